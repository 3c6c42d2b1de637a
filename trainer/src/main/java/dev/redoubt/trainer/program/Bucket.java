package dev.redoubt.trainer.program;

/**
 * A part of the gradient that is final at one moment of the backward pass and may leave the worker
 * then: whole digest blocks.
 *
 * @param index in the order in which buckets become ready
 * @param offset first byte in the gradient's region, a multiple of the digest's block
 * @param bytes a multiple of the digest's block
 */
public record Bucket(int index, long offset, long bytes) {}
