package dev.redoubt.trainer.data;

/**
 * Where a token came from.
 *
 * @param source the name of the data source
 * @param document its path within the source; empty if the source is one file or one text
 * @param position of the token's first byte in the document, from 0
 */
public record TokenOrigin(String source, String document, long position) {}
