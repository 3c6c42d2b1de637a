package dev.redoubt.cli.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Micrometer's registry, let in through {@link MetricTable}: a metric of ours that is not in the
 * table, or has other tags there, is a defect and throws; one of Micrometer's own that is not there
 * is left out.
 */
public final class MetricRegistry implements AutoCloseable {

  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(20),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(200),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(2),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofMinutes(2)
  };

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<Meter.Id, Level> levels = new ConcurrentHashMap<>();
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private volatile boolean ready;

  /** A registry with the metrics of this JVM in it. */
  public MetricRegistry() {
    registry.config().meterFilter(new OnlyOfTheTable());
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  /** A metric as it stands in the table, or not at all. */
  private static final class OnlyOfTheTable implements MeterFilter {
    @Override
    public MeterFilterReply accept(Meter.Id id) {
      Optional<Metric> metric = MetricTable.find(id.getName());
      if (metric.isEmpty() && !id.getName().startsWith("redoubt.")) {
        return MeterFilterReply.DENY;
      }
      List<String> wanted =
          metric
              .map(Metric::tags)
              .orElseThrow(
                  () -> new IllegalArgumentException("not in the table of metrics: " + id));
      List<String> keys = id.getTags().stream().map(Tag::getKey).toList();
      if (!keys.equals(wanted.stream().sorted().toList())) {
        throw new IllegalArgumentException(id.getName() + " has the tags " + wanted + ": " + keys);
      }
      return MeterFilterReply.NEUTRAL;
    }
  }

  /** A counter, from 0 on, in the series with these values of its tags. */
  public Counter counter(Metric metric, String... values) {
    return Counter.builder(named(metric, Metric.Type.COUNTER))
        .description(metric.help())
        .baseUnit(metric.unit().isEmpty() ? null : metric.unit())
        .tags(tags(metric, values))
        .register(registry);
  }

  /** A counter that is kept elsewhere and asked when it is scraped. */
  public void counter(Metric metric, LongSupplier count, String... values) {
    FunctionCounter ignored =
        FunctionCounter.builder(named(metric, Metric.Type.COUNTER), count, LongSupplier::getAsLong)
            .description(metric.help())
            .baseUnit(metric.unit().isEmpty() ? null : metric.unit())
            .tags(tags(metric, values))
            .register(registry);
  }

  /** A timer, in the series with these values of its tags. */
  public Timer timer(Metric metric, String... values) {
    return Timer.builder(named(metric, Metric.Type.TIMER))
        .description(metric.help())
        .serviceLevelObjectives(BUCKETS)
        .tags(tags(metric, values))
        .register(registry);
  }

  /** A gauge that asks when it is scraped; NaN is left to Prometheus as it is. */
  public void gauge(Metric metric, DoubleSupplier value, String... values) {
    Gauge ignored =
        Gauge.builder(named(metric, Metric.Type.GAUGE), value::getAsDouble)
            .description(metric.help())
            .baseUnit(metric.unit().isEmpty() ? null : metric.unit())
            .tags(tags(metric, values))
            .register(registry);
  }

  /** A gauge that is set; the same one each time for the same values of its tags, at first 0. */
  public Level level(Metric metric, String... values) {
    Meter.Id id = new Meter.Id(metric.name(), tags(metric, values), null, null, Meter.Type.GAUGE);
    return levels.computeIfAbsent(
        id,
        absent -> {
          Level level = new Level(0);
          gauge(metric, level::value, values);
          return level;
        });
  }

  private static String named(Metric metric, Metric.Type type) {
    if (metric.type() != type) {
      throw new IllegalArgumentException(metric.name() + " is a " + metric.type());
    }
    return metric.name();
  }

  private static Tags tags(Metric metric, String... values) {
    if (values.length != metric.tags().size()) {
      throw new IllegalArgumentException(metric.name() + " has the tags " + metric.tags());
    }
    Tags tags = Tags.empty();
    for (int i = 0; i < values.length; i++) {
      tags = tags.and(metric.tags().get(i), values[i]);
    }
    return tags;
  }

  /** Whether a training is under way here: a run's cluster has formed, a member belongs to one. */
  public boolean isReady() {
    return ready;
  }

  /** Says so. */
  public void ready(boolean now) {
    ready = now;
  }

  /** All series, in Prometheus' text format. */
  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
