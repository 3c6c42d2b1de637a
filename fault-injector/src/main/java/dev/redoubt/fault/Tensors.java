package dev.redoubt.fault;

/** Where the tensors of a worker's shard stand in its memory. */
public interface Tensors {

  /**
   * The first byte of a tensor: in a version for the sites of a version, in a gradient for those of
   * a gradient.
   */
  long offset(Site site, String tensor);

  /** How many floats it has. */
  long size(String tensor);
}
