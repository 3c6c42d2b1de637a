package dev.redoubt.cli.page;

import java.util.List;
import java.util.Locale;

/**
 * What every machine was, from the first planned step to the end.
 *
 * @param seconds from the first planned step to the end
 * @param lanes controllers first, then workers
 */
record Timeline(double seconds, List<Lane> lanes) {

  Timeline {
    lanes = List.copyOf(lanes);
  }

  /** What a machine was. */
  enum State {
    TRAINING("holds a rank"),
    SPARE("stands by"),
    ACTING("the controller that acts"),
    GONE("lost, killed or taken off"),
    EVICTED("evicted"),
    DRAINED("left in order");

    private final String meaning;

    State(String meaning) {
      this.meaning = meaning;
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    String meaning() {
      return meaning;
    }
  }

  /** What happened to a machine at a moment. */
  enum Kind {
    STRUCK("a fault struck"),
    ALARM("an alarm about it"),
    BLAMED("it was blamed"),
    LOST("it was lost"),
    EVICTED("it was evicted");

    private final String meaning;

    Kind(String meaning) {
      this.meaning = meaning;
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    String meaning() {
      return meaning;
    }
  }

  /**
   * A machine, with all that it was: one that comes back is the same machine under another name.
   *
   * @param node its first name
   * @param stretches in order, without gaps from the first one's beginning on
   */
  record Lane(String node, List<Stretch> stretches, List<Mark> marks) {

    Lane {
      stretches = List.copyOf(stretches);
      marks = List.copyOf(marks);
    }
  }

  /**
   * A time in which a machine was one thing.
   *
   * @param name under which it was that, such as {@code w1~2}
   * @param rank such as {@code pod1/rank0}; empty if it had none
   */
  record Stretch(double from, double to, String name, State state, String rank) {

    double seconds() {
      return to - from;
    }
  }

  /** A moment, and what the journal says of it. */
  record Mark(double at, Kind kind, String text) {}
}
