package dev.redoubt.core;

/**
 * How many machines, and how they stand together.
 *
 * @param pods whole copies of the model, data parallel between each other
 * @param workersPerPod shards of one copy, model parallel inside the pod
 * @param spares workers without a rank
 */
public record Mesh(int pods, int workersPerPod, int spares) {

  public Mesh {
    if (pods < 1 || workersPerPod < 1 || spares < 0) {
      throw new IllegalArgumentException(
          "a mesh has at least one pod and one worker in each, not pods="
              + pods
              + " workersPerPod="
              + workersPerPod
              + " spares="
              + spares);
    }
  }

  /** Workers that have a rank. */
  public int seats() {
    return pods * workersPerPod;
  }

  /** All workers, spares included. */
  public int workers() {
    return seats() + spares;
  }
}
