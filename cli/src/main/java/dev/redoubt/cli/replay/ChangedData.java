package dev.redoubt.cli.replay;

import dev.redoubt.cli.replay.RecordedJournal.Struck;
import dev.redoubt.core.Assignment;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.WorkerId;
import dev.redoubt.trainer.replay.Bisection;
import dev.redoubt.trainer.replay.StateDifference;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a step makes of data that a fault has changed, beside what it makes of the right data. */
final class ChangedData {

  private static final int GRADIENTS_SHOWN = 3;

  private final StepBench bench;
  private final MemorySegment clean;
  private final String fault;
  private final int pod;
  private final Struck struck;
  private final NavigableSet<Integer> own;

  /**
   * Beside a clean step.
   *
   * @param clean the version that it writes
   * @param pod that was struck
   * @param own microbatches of those that the fault can be in
   */
  ChangedData(
      StepBench bench,
      MemorySegment clean,
      String fault,
      int pod,
      Struck struck,
      NavigableSet<Integer> own) {
    this.bench = bench;
    this.clean = clean;
    this.fault = fault;
    this.pod = pod;
    this.struck = struck;
    this.own = own;
  }

  /** The microbatches of a pod in the step that was struck. */
  static NavigableSet<Integer> own(int pod, Struck struck, int microbatches) {
    List<Seat> seats =
        struck.pods().stream()
            .map(live -> new Seat(new Rank(live, 0), new WorkerId("pod" + live)))
            .toList();
    NavigableSet<Integer> own = new TreeSet<>();
    new Assignment(0, microbatches, seats)
        .spans(pod)
        .forEach(
            span -> {
              for (int at = span.from(); at < span.to(); at++) {
                own.add(at);
              }
            });
    return own;
  }

  /** A copy that the step does not read. */
  FaultReplay unread() {
    List<String> digests = bench.digests(clean);
    String operation = "none: the step does not read the version that was struck";
    return report(null, List.of(), operation, List.of(), digests, digests);
  }

  /** The version that the step wrote was found as {@code found}. */
  FaultReplay inUpdate(MemorySegment found) {
    return report(
        null,
        states(clean, found),
        "none: the optimizer's update was the first to differ",
        List.of(),
        bench.digests(found),
        bench.digests(clean));
  }

  /** The pod read {@code found} in place of the version before. */
  FaultReplay inBase(MemorySegment found, OptionalInt wanted) {
    MemorySegment base = bench.base();
    MemorySegment sum = bench.sum(at -> own.contains(at) ? found : base, (at, gradient) -> {});
    int microbatch = wanted.orElse(first());
    Bisection.Finding first =
        Bisection.operations(
            bench.trainer().program(),
            bench.computation(base, microbatch),
            bench.computation(found, microbatch));
    List<StateDifference> gradient =
        StateDifference.ofGradients(
            bench.layout(), bench.gradient(base, microbatch), bench.gradient(found, microbatch));
    return report(
        microbatch,
        states(base, found),
        text(first),
        gradient,
        bench.digests(bench.update(found, sum)),
        bench.digests(bench.update(base, sum)));
  }

  /** A gradient was {@code wrong} after the last operation, and everybody sums it up. */
  FaultReplay inGradient(int microbatch, MemorySegment right, MemorySegment wrong) {
    MemorySegment base = bench.base();
    MemorySegment sum =
        bench.sum(
            at -> base,
            (at, gradient) -> {
              if (at == microbatch) {
                gradient.copyFrom(wrong);
              }
            });
    List<StateDifference> gradient = StateDifference.ofGradients(bench.layout(), right, wrong);
    List<String> digests = bench.digests(bench.update(base, sum));
    String operation = "none: the gradient was changed after the last operation";
    return report(microbatch, texts(gradient), operation, gradient, digests, digests);
  }

  /** The first of the microbatches that the fault can be in; 0 if there is none. */
  int first() {
    return own.isEmpty() ? 0 : own.first();
  }

  private List<String> states(MemorySegment right, MemorySegment wrong) {
    return texts(StateDifference.ofStates(bench.layout(), right, wrong));
  }

  FaultReplay report(
      @Nullable Integer microbatch,
      List<String> where,
      String operation,
      List<StateDifference> gradient,
      List<String> onStruck,
      List<String> elsewhere) {
    return new FaultReplay(
        fault,
        "pod" + pod,
        struck.evidence(),
        microbatch,
        where,
        operation,
        texts(gradient.subList(0, Math.min(GRADIENTS_SHOWN, gradient.size()))),
        gradient.size(),
        onStruck,
        elsewhere);
  }

  static String text(Bisection.Finding finding) {
    return switch (finding) {
      case Bisection.Differs differs -> differs.toString();
      case Bisection.Gone gone -> gone.operation() + ": differed once, and not again";
      case Bisection.Same ignored -> "none: no operation of the microbatch shows it";
      case Bisection.OtherInputs ignored -> "none: the inputs differ";
    };
  }

  static List<String> texts(List<StateDifference> differences) {
    return differences.stream().map(StateDifference::toString).toList();
  }
}
