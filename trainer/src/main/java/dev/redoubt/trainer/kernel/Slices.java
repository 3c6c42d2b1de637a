package dev.redoubt.trainer.kernel;

/**
 * A contraction that a mesh may split over workers is summed as four logical slices in a fixed
 * tree: {@code (s0 + s1) + (s2 + s3)}, by {@link Elementwise#tree}.
 *
 * <p>The slices are part of the model's definition: one worker that computes all four gets the bits
 * of four workers that compute one each.
 */
public final class Slices {

  /** The number of slices; every contraction that may be split is a multiple of it. */
  public static final int COUNT = 4;

  private Slices() {}
}
