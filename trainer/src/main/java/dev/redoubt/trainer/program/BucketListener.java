package dev.redoubt.trainer.program;

/** Is told while the backward pass runs, on its thread, which parts of the gradient are final. */
@FunctionalInterface
public interface BucketListener {

  /** Nobody listens. */
  BucketListener NONE = bucket -> {};

  /** These bytes of the gradient are final; buckets come in the order of their index. */
  void ready(Bucket bucket);

  /**
   * The next instruction would run now. What this throws gives the gradient up: whoever no longer
   * needs it has not to wait for a whole bucket, which is most of the gradient in a small model.
   */
  default void goOn() {}
}
