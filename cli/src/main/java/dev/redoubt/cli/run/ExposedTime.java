package dev.redoubt.cli.run;

import dev.redoubt.cli.report.RunOutcome.ExposedCommunication;
import dev.redoubt.core.Note;
import dev.redoubt.node.StepMeasure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * How much of the steps was waiting for others: communication that no computing hid.
 *
 * <p>Medians over the committed steps, because the first ones run in code that is not compiled yet.
 * Waiting for a slower worker is in it too: no worker can tell a slow network from a slow peer.
 */
final class ExposedTime {

  private static final double SECOND = 1e-9;

  /**
   * One step.
   *
   * @param exposed waits of all workers over the time of all workers
   * @param worst the largest share of one worker
   * @param computeSeconds median of the workers
   * @param bytesSent by all workers
   */
  record StepShare(
      double exposed, String worstWorker, double worst, double computeSeconds, long bytesSent) {}

  private ExposedTime() {}

  /** Of one step; null if nobody measured it. */
  static @Nullable StepShare of(List<StepMeasure> measures) {
    if (measures.isEmpty()) {
      return null;
    }
    long waits = measures.stream().mapToLong(StepMeasure::waitNanos).sum();
    long all = measures.stream().mapToLong(StepMeasure::nanos).sum();
    StepMeasure worst =
        measures.stream().max(Comparator.comparingDouble(ExposedTime::share)).orElseThrow();
    return new StepShare(
        share(waits, all),
        worst.rank().toString(),
        share(worst),
        median(measures, measure -> measure.computeNanos() * SECOND),
        measures.stream().mapToLong(StepMeasure::bytesSent).sum());
  }

  /** Of all steps that stand committed; null if none was measured. */
  static @Nullable ExposedCommunication of(RunHistory history) {
    List<StepShare> steps = new ArrayList<>();
    Map<String, List<Double>> workers = new TreeMap<>();
    for (Note.StepCommitted committed : history.standing().values()) {
      List<StepMeasure> measures = history.measures(committed);
      StepShare step = of(measures);
      if (step != null) {
        steps.add(step);
        measures.forEach(
            measure ->
                workers
                    .computeIfAbsent(measure.rank().toString(), rank -> new ArrayList<>())
                    .add(share(measure)));
      }
    }
    if (steps.isEmpty()) {
      return null;
    }
    Map<String, Double> medians = new TreeMap<>();
    workers.forEach((rank, shares) -> medians.put(rank, median(shares, share -> share)));
    Map.Entry<String, Double> worst =
        medians.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
    return new ExposedCommunication(
        median(steps, StepShare::exposed),
        worst.getKey(),
        worst.getValue(),
        (long) median(steps, StepShare::bytesSent));
  }

  private static double share(StepMeasure measure) {
    return share(measure.waitNanos(), measure.nanos());
  }

  private static double share(long part, long all) {
    return all <= 0 ? 0 : (double) part / all;
  }

  /** The lower one of two in the middle. */
  private static <T> double median(List<T> list, ToDoubleFunction<T> value) {
    double[] sorted = list.stream().mapToDouble(value).sorted().toArray();
    return sorted[(sorted.length - 1) / 2];
  }
}
