package dev.redoubt.fault;

/** Where in a step a fault strikes. */
public enum Phase {
  /** As the worker begins the step: state faults go into the version that the step reads. */
  COMPUTE,
  /**
   * In the version that the step writes, before it is digested: as if the update had written it
   * wrong, so that the worker attests the digest of the corrupted bytes.
   */
  UPDATE
}
