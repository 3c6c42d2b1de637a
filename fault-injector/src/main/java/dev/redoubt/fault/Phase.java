package dev.redoubt.fault;

/** Where in a step a fault strikes. */
public enum Phase {
  /** The controller has decided on the step, and has told nobody. */
  PLAN,
  /** As the worker begins the step: state faults go into the version that the step reads. */
  COMPUTE,
  /** A worker has a partial sum, and has sent it to nobody. */
  REDUCE,
  /**
   * In the version that the step writes, before it is digested: as if the update had written it
   * wrong, so that the worker attests the digest of the corrupted bytes.
   */
  UPDATE,
  /** A worker has its new version, and has said so to nobody; or the controller hears the first. */
  ATTEST,
  /** The controller has heard all, and has written down nothing. */
  COMMIT;

  /** Whether a worker comes to it; the others are known to the controller alone. */
  public boolean isWorkers() {
    return this != PLAN && this != COMMIT;
  }
}
