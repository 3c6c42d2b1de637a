package dev.redoubt.core;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How long it took ranks of late to sum up their microbatches. All ranks go into one figure: they
 * are machines of a kind, and one that was slow from the first step on is seen by it.
 *
 * @param samples microseconds for each microbatch, the newest last
 */
record Pace(List<Long> samples) {

  static final Pace UNKNOWN = new Pace(List.of());

  /** So many are remembered. */
  static final int SAMPLES_MAX = 32;

  /** With fewer nothing is called usual. */
  static final int SAMPLES_MIN = 4;

  Pace {
    samples = List.copyOf(samples);
  }

  /** A rank was done with {@code microbatches} after so many milliseconds. */
  Pace with(long millis, int microbatches) {
    List<Long> next = new ArrayList<>(samples);
    if (next.size() == SAMPLES_MAX) {
      next.removeFirst();
    }
    next.add(millis * 1000 / microbatches);
    return new Pace(next);
  }

  /** What {@code microbatches} usually take, by the lower median; empty if too little is known. */
  OptionalDouble usualMillis(int microbatches) {
    if (samples.size() < SAMPLES_MIN) {
      return OptionalDouble.empty();
    }
    long median = samples.stream().sorted().toList().get((samples.size() - 1) / 2);
    return OptionalDouble.of(median * microbatches / 1000.0);
  }
}
