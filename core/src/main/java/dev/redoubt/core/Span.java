package dev.redoubt.core;

import java.util.ArrayList;
import java.util.List;

/**
 * A node of the fixed binary tree over a step's microbatches: {@code [from, to)}.
 *
 * <p>The tree is that of RFC 6962: a node splits at the largest power of two below its size. Its
 * shape depends on the number of microbatches alone, so the sum over it has the same bits whoever
 * computed which part; machines only ever hand over whole nodes.
 */
public record Span(int from, int to) implements Comparable<Span> {

  public Span {
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException("an empty span [" + from + "," + to + ")");
    }
  }

  /** The root of the tree over {@code microbatches} leaves. */
  public static Span root(int microbatches) {
    return new Span(0, microbatches);
  }

  public int size() {
    return to - from;
  }

  public boolean isLeaf() {
    return size() == 1;
  }

  /** The left child; its size is the largest power of two below this size. */
  public Span left() {
    return new Span(from, middle());
  }

  /** The right child. */
  public Span right() {
    return new Span(middle(), to);
  }

  private int middle() {
    if (isLeaf()) {
      throw new IllegalStateException("leaf " + this + " has no children");
    }
    return from + Integer.highestOneBit(size() - 1);
  }

  /** The fewest nodes of this tree that together are exactly {@code [low, high)}. */
  public List<Span> cover(int low, int high) {
    List<Span> nodes = new ArrayList<>();
    collect(Math.max(low, from), Math.min(high, to), nodes);
    return List.copyOf(nodes);
  }

  private void collect(int low, int high, List<Span> nodes) {
    if (low >= high) {
      return;
    }
    if (low == from && high == to) {
      nodes.add(this);
      return;
    }
    left().collect(low, Math.min(high, middle()), nodes);
    right().collect(Math.max(low, middle()), high, nodes);
  }

  @Override
  public int compareTo(Span other) {
    return from != other.from ? Integer.compare(from, other.from) : Integer.compare(other.to, to);
  }

  @Override
  public String toString() {
    return "[" + from + "," + to + ")";
  }
}
