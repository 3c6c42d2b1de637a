package dev.redoubt.cli.replay;

import dev.redoubt.cli.replay.RecordedJournal.Struck;
import dev.redoubt.core.Assignment;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.trainer.replay.Bisection;
import dev.redoubt.trainer.replay.StateDifference;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Computes a step with one bit flip as the journal and the scenario have it. */
final class FaultBench {

  static final String UNREAD = "none: the step does not read the version that was struck";

  private static final int GRADIENTS_SHOWN = 3;

  private final StepBench bench;
  private final int microbatches;
  private final MemorySegment clean;

  /**
   * Beside a clean step.
   *
   * @param clean the version that it writes
   */
  FaultBench(StepBench bench, int microbatches, MemorySegment clean) {
    this.bench = bench;
    this.microbatches = microbatches;
    this.clean = clean;
  }

  FaultReplay replay(BitFlip flip, Struck struck, OptionalInt wanted) {
    if (flip.site() == Site.STORED_COPY) {
      List<String> digests = bench.digests(clean);
      return report(flip, struck, null, List.of(), UNREAD, List.of(), digests, digests);
    }
    if (flip.when().phase() == Phase.UPDATE) {
      return inUpdate(flip, struck);
    }
    Set<Integer> own = own(flip, struck);
    return flip.site() == Site.GRADIENT
        ? inGradient(flip, struck, own)
        : inBase(flip, struck, own, wanted);
  }

  /** The microbatches of the pod that was struck. */
  private Set<Integer> own(BitFlip flip, Struck struck) {
    return own(pod(flip), struck, microbatches);
  }

  /** Those of a pod. */
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

  private static int pod(BitFlip flip) {
    return flip.target().pod();
  }

  private FaultReplay inUpdate(BitFlip flip, Struck struck) {
    MemorySegment found = bench.flipped(clean, flip);
    List<String> where = texts(StateDifference.ofStates(bench.layout(), clean, found));
    String operation = "none: the optimizer's update was the first to differ";
    return report(
        flip,
        struck,
        null,
        where,
        operation,
        List.of(),
        bench.digests(found),
        bench.digests(clean));
  }

  private FaultReplay inBase(BitFlip flip, Struck struck, Set<Integer> own, OptionalInt wanted) {
    MemorySegment base = bench.base();
    MemorySegment found = bench.flipped(base, flip);
    MemorySegment sum = bench.sum(at -> own.contains(at) ? found : base, (at, gradient) -> {});
    int microbatch = wanted.orElse(own.stream().findFirst().orElse(0));
    Bisection.Finding first =
        Bisection.operations(
            bench.trainer().program(),
            bench.computation(base, microbatch),
            bench.computation(found, microbatch));
    List<StateDifference> gradient =
        StateDifference.ofGradients(
            bench.layout(), bench.gradient(base, microbatch), bench.gradient(found, microbatch));
    return report(
        flip,
        struck,
        microbatch,
        texts(StateDifference.ofStates(bench.layout(), base, found)),
        text(first),
        gradient,
        bench.digests(bench.update(found, sum)),
        bench.digests(bench.update(base, sum)));
  }

  /** It was flipped after the last operation, and everybody sums it up. */
  private FaultReplay inGradient(BitFlip flip, Struck struck, Set<Integer> own) {
    MemorySegment base = bench.base();
    int microbatch = flip.microbatch().orElse(own.stream().findFirst().orElse(0));
    MemorySegment sum =
        bench.sum(
            at -> base,
            (at, gradient) -> {
              if (at == microbatch) {
                bench.flip(gradient, 0, flip);
              }
            });
    MemorySegment right = bench.gradient(base, microbatch);
    MemorySegment wrong = bench.gradient(base, microbatch);
    bench.flip(wrong, 0, flip);
    List<StateDifference> gradient = StateDifference.ofGradients(bench.layout(), right, wrong);
    List<String> digests = bench.digests(bench.update(base, sum));
    return report(
        flip,
        struck,
        microbatch,
        texts(gradient),
        "none: the gradient was changed after the last operation",
        gradient,
        digests,
        digests);
  }

  private static FaultReplay report(
      BitFlip flip,
      Struck struck,
      @Nullable Integer microbatch,
      List<String> where,
      String operation,
      List<StateDifference> gradient,
      List<String> onStruck,
      List<String> elsewhere) {
    return report(
        flip.id(), pod(flip), struck, microbatch, where, operation, gradient, onStruck, elsewhere);
  }

  static FaultReplay report(
      String fault,
      int pod,
      Struck struck,
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
