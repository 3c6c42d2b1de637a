package dev.redoubt.trainer.program;

/** The step is given up: a worker of the pod is gone, or a new epoch has begun. No defect. */
public final class AbandonedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** Says why, in words for a log. */
  public AbandonedException(String reason) {
    super(reason);
  }
}
