package dev.redoubt.core;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Somebody was blamed for what it computed of a step, and may be asked to compute it again.
 *
 * @param rank that it had
 * @param spans that it computed
 */
record Suspicion(long step, WorkerId worker, Rank rank, Detector detector, List<Span> spans) {
  Suspicion {
    spans = List.copyOf(spans);
  }

  /** In the order in which they are computed. */
  List<Integer> microbatches() {
    return spans.stream()
        .flatMapToInt(span -> IntStream.range(span.from(), span.to()))
        .boxed()
        .toList();
  }
}
