package dev.redoubt.cli.bench;

import java.util.List;
import java.util.SequencedMap;

/**
 * What a benchmark found.
 *
 * @param schema version of this form
 * @param benchmark its name
 * @param machine what it ran on
 * @param figures line by line
 * @param targets what was wanted of them
 */
public record BenchReport(
    int schema,
    String benchmark,
    SequencedMap<String, String> machine,
    List<Figure> figures,
    List<Target> targets) {

  /** Copies the lists. */
  public BenchReport {
    figures = List.copyOf(figures);
    targets = List.copyOf(targets);
  }

  /**
   * A figure beside its reference.
   *
   * @param group what kind of thing it is
   * @param name of the thing, unique in its group
   * @param speed in {@code unit}
   * @param reference what it is measured against; empty for none
   * @param ratio to the reference, 1 is equal, more is better; NaN if there is none
   * @param low the lower quartile of the ratios; NaN if there is none
   * @param high the upper quartile
   * @param note what else there is to say
   */
  public record Figure(
      String group,
      String name,
      double speed,
      String unit,
      String reference,
      double ratio,
      double low,
      double high,
      String note) {

    /** A speed without a reference. */
    public static Figure alone(String group, String name, double speed, String unit, String note) {
      return new Figure(group, name, speed, unit, "", Double.NaN, Double.NaN, Double.NaN, note);
    }

    /** A speed beside a reference. */
    public static Figure beside(
        String group, String name, double speed, String unit, String reference, Comparison pair) {
      return new Figure(
          group, name, speed, unit, reference, pair.ratio(), pair.low(), pair.high(), "");
    }

    Figure noting(String words) {
      return new Figure(group, name, speed, unit, reference, ratio, low, high, words);
    }
  }

  /** How a target stands. */
  public enum Outcome {
    HELD,
    MISSED,
    /** The figure could not be taken, or was not asked for. */
    UNKNOWN
  }

  /**
   * What is wanted.
   *
   * @param observed NaN if it could not be taken
   */
  public record Target(String what, String wanted, double observed, Outcome outcome) {

    /** A figure that should be at least so much. */
    public static Target atLeast(String what, double least, double observed) {
      return new Target(what, ">= " + least, observed, outcome(observed, observed >= least));
    }

    /** A figure that should be at most so much. */
    public static Target atMost(String what, double most, double observed) {
      return new Target(what, "<= " + most, observed, outcome(observed, observed <= most));
    }

    private static Outcome outcome(double observed, boolean held) {
      if (Double.isNaN(observed)) {
        return Outcome.UNKNOWN;
      }
      return held ? Outcome.HELD : Outcome.MISSED;
    }
  }

  /** The worst of the targets: missed before unknown before held. */
  public Outcome outcome() {
    if (targets.stream().anyMatch(target -> target.outcome() == Outcome.MISSED)) {
      return Outcome.MISSED;
    }
    boolean unknown = targets.stream().anyMatch(target -> target.outcome() == Outcome.UNKNOWN);
    return unknown ? Outcome.UNKNOWN : Outcome.HELD;
  }
}
