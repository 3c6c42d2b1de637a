package dev.redoubt.redundancy;

import java.util.Comparator;

/**
 * Where a worker with a rank stands.
 *
 * @param pod from 0
 * @param rank in the pod, from 0
 */
public record Place(int pod, int rank) implements Comparable<Place> {

  private static final Comparator<Place> ORDER =
      Comparator.comparingInt(Place::pod).thenComparingInt(Place::rank);

  @Override
  public int compareTo(Place other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "pod" + pod + "/rank" + rank;
  }
}
