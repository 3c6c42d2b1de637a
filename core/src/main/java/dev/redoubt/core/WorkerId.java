package dev.redoubt.core;

/**
 * One incarnation of a machine. A worker that was lost never comes back under its old id: whoever
 * returns is a new worker, so that nothing it said before can be taken for news.
 */
public record WorkerId(String name) implements Comparable<WorkerId> {

  /** The machine: the name up to the first {@code ~}, after which comes the incarnation. */
  public String machine() {
    int tilde = name.indexOf('~');
    return tilde < 0 ? name : name.substring(0, tilde);
  }

  @Override
  public int compareTo(WorkerId other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
