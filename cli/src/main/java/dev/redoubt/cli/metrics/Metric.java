package dev.redoubt.cli.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A line of {@link MetricTable}. What would make a bad metric is refused when the line is written,
 * not when somebody scrapes it.
 *
 * @param name in Micrometer's way, {@code redoubt.<noun>.<what>}
 * @param unit a base unit such as {@code seconds}; empty for a count
 * @param tags the keys, each with few values
 * @param help a sentence
 */
public record Metric(String name, Type type, String unit, List<String> tags, String help) {

  /** What it is to Prometheus. */
  public enum Type {
    /** Only grows. */
    COUNTER,
    /** Goes up and down. */
    GAUGE,
    /** A histogram of durations, with their count, sum and maximum. */
    TIMER
  }

  private static final Pattern NAME = Pattern.compile("[a-z]+(\\.[a-z]+)+");
  private static final Pattern TAG = Pattern.compile("[a-z]+");
  private static final Set<String> BASE_UNITS =
      Set.of("", "seconds", "bytes", "steps", "ratio", "nats", "threads");

  /** Tags whose values grow without end in a long run. */
  private static final Set<String> UNBOUNDED = Set.of("run", "step", "epoch", "version");

  /** The one metric that says which run it is. */
  static final String INFO = "redoubt.run.info";

  /** Refuses what a linter would. */
  public Metric {
    tags = List.copyOf(tags);
    check(NAME.matcher(name).matches(), name, "a name is lower-case words with dots between");
    check(BASE_UNITS.contains(unit), name, "'" + unit + "' is no base unit of " + BASE_UNITS);
    check((type == Type.TIMER) == isDuration(name), name, "timers, and only they, are durations");
    check(type != Type.TIMER || unit.equals("seconds"), name, "a timer is in seconds");
    check(help.endsWith(".") && help.length() > 10, name, "the help is a sentence");
    for (String tag : tags) {
      check(TAG.matcher(tag).matches(), name, "a tag is a lower-case word, not " + tag);
      check(name.equals(INFO) || !UNBOUNDED.contains(tag), name, tag + " has no end of values");
    }
  }

  private static boolean isDuration(String name) {
    return name.endsWith(".duration") || name.endsWith(".latency") || name.equals("jvm.gc.pause");
  }

  private static void check(boolean holds, String name, String wanted) {
    if (!holds) {
      throw new IllegalArgumentException("metric " + name + ": " + wanted);
    }
  }

  /** What Prometheus calls it; a timer is a family with {@code _count}, {@code _sum} and more. */
  public String prometheusName() {
    Meter.Type meter =
        switch (type) {
          case COUNTER -> Meter.Type.COUNTER;
          case GAUGE -> Meter.Type.GAUGE;
          case TIMER -> Meter.Type.TIMER;
        };
    String base = new PrometheusNamingConvention().name(name, meter, unit.isEmpty() ? null : unit);
    return switch (type) {
      case COUNTER -> base.endsWith("_total") ? base : base + "_total";
      case GAUGE -> name.equals(INFO) && !base.endsWith("_info") ? base + "_info" : base;
      case TIMER -> base;
    };
  }
}
