package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who is late in the step under way, and who does their work too.
 *
 * @param summed who has said that it is done with its own sums
 * @param passed which limits each late worker let pass in this step
 * @param row how many it let pass in a row, in this step and in those before
 * @param doubles work of late workers that was given to spares, by span
 * @param pending of the step before, which counts by now: the spare has not answered yet
 * @param pace what is usual
 */
record Lag(
    Set<WorkerId> summed,
    Map<WorkerId, Passed> passed,
    Map<WorkerId, Integer> row,
    Map<Span, Doubled> doubles,
    List<Doubled> pending,
    Pace pace) {

  static final Lag NONE = new Lag(Set.of(), Map.of(), Map.of(), Map.of(), List.of(), Pace.UNKNOWN);

  /**
   * Limits that were let pass.
   *
   * @param at when the last one was: the next is counted from there, so that a controller that
   *     stood still itself does not count several at once
   */
  record Passed(int times, long at) {}

  /**
   * A span that two compute.
   *
   * @param owned the digest of its owner's sum, once that has attested it; null if it did not
   * @param standIn the spare
   * @param tried spares that could not
   * @param said the digest of the spare's sum; null until it answers
   */
  record Doubled(
      long step,
      Span span,
      WorkerId owner,
      @Nullable Digest owned,
      @Nullable WorkerId standIn,
      Set<WorkerId> tried,
      @Nullable Digest said) {
    Doubled {
      tried = Sorted.set(tried);
    }

    boolean owed() {
      return standIn != null && said == null;
    }

    boolean differs() {
      return owned != null && said != null && !owned.equals(said);
    }

    Doubled asking(WorkerId spare) {
      return new Doubled(step, span, owner, owned, spare, Sorted.with(tried, spare), null);
    }

    Doubled unasked() {
      return new Doubled(step, span, owner, owned, null, tried, null);
    }

    Doubled saying(Digest digest) {
      return new Doubled(step, span, owner, owned, standIn, tried, digest);
    }

    Doubled owned(@Nullable Digest digest) {
      return new Doubled(step, span, owner, digest, standIn, tried, said);
    }
  }

  Lag {
    summed = Sorted.set(summed);
    passed = Sorted.map(passed);
    row = Sorted.map(row);
    doubles = Sorted.map(doubles);
    pending = List.copyOf(pending);
  }

  /**
   * The step under way is over.
   *
   * @param stillPending what spares still owe of it
   */
  Lag nextStep(List<Doubled> stillPending) {
    return new Lag(Set.of(), Map.of(), row, Map.of(), stillPending, pace);
  }

  Lag withSummed(WorkerId worker) {
    return new Lag(Sorted.with(summed, worker), passed, row, doubles, pending, pace);
  }

  Lag with(Pace next) {
    return new Lag(summed, passed, row, doubles, pending, next);
  }

  Lag with(Doubled one) {
    return new Lag(summed, passed, row, Sorted.with(doubles, one.span(), one), pending, pace);
  }

  /** It let one more limit pass. */
  Lag withLate(WorkerId worker, long now) {
    return new Lag(
        summed,
        Sorted.with(passed, worker, new Passed(passed(worker) + 1, now)),
        Sorted.with(row, worker, row(worker) + 1),
        doubles,
        pending,
        pace);
  }

  /** It was in time. */
  Lag withoutRow(WorkerId worker) {
    return new Lag(summed, passed, Sorted.without(row, worker), doubles, pending, pace);
  }

  Lag withoutPending(Doubled one) {
    List<Doubled> left = new ArrayList<>(pending);
    left.remove(one);
    return new Lag(summed, passed, row, doubles, left, pace);
  }

  boolean owes() {
    return doubles.values().stream().anyMatch(Doubled::owed);
  }

  int passed(WorkerId worker) {
    Passed known = passed.get(worker);
    return known == null ? 0 : known.times();
  }

  int row(WorkerId worker) {
    return row.getOrDefault(worker, 0);
  }

  /** What spares still owe, of this step and of the one before. */
  Stream<Doubled> owed() {
    return Stream.concat(doubles.values().stream(), pending.stream()).filter(Doubled::owed);
  }
}
