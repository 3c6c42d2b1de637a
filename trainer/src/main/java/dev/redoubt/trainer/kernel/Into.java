package dev.redoubt.trainer.kernel;

/** Where the accumulation of a product begins. */
public enum Into {
  /** At zero: what stood in the target is gone. */
  OVERWRITE,
  /** At what stands in the target: the chain of fused multiply-adds goes on. */
  CONTINUE
}
