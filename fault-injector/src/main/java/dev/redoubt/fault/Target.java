package dev.redoubt.fault;

/**
 * Whom a fault strikes: the worker that holds this rank when the time comes, whichever machine it
 * is.
 *
 * @param pod from 0
 * @param rank within the pod, from 0
 */
public record Target(int pod, int rank) implements Victim {

  /** Checks the indices. */
  public Target {
    if (pod < 0 || rank < 0) {
      throw new IllegalArgumentException(
          "pods and ranks count from 0, not %d and %d".formatted(pod, rank));
    }
  }

  @Override
  public String toString() {
    return "pod" + pod + "/rank" + rank;
  }
}
