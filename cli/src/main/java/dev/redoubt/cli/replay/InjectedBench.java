package dev.redoubt.cli.replay;

import dev.redoubt.cli.replay.RecordedJournal.Struck;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.MemoryFault;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.trainer.program.Probe;
import dev.redoubt.trainer.replay.Bisection;
import dev.redoubt.trainer.replay.StateDifference;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Computes a step with a fault of operations, or of data by a pattern: by the run's own injector,
 * on the microbatches of the pod that was struck, in their order. For pods of one worker.
 */
final class InjectedBench {

  private static final Probe NOTHING = (step, microbatch, instruction) -> {};

  private final StepBench bench;
  private final MemorySegment clean;
  private final Fault fault;
  private final Target holds;
  private final Struck struck;
  private final NavigableSet<Integer> own;

  /**
   * Beside a clean step.
   *
   * @param clean the version that it writes
   * @param own microbatches of those that the fault can be in
   */
  InjectedBench(
      StepBench bench,
      MemorySegment clean,
      Fault fault,
      Target holds,
      Struck struck,
      NavigableSet<Integer> own) {
    this.bench = bench;
    this.clean = clean;
    this.fault = fault;
    this.holds = holds;
    this.struck = struck;
    this.own = own;
  }

  /** Why a fault cannot be computed again; null if it can. */
  static @Nullable String flaw(Fault fault, int struckAt, int workersPerPod) {
    boolean chance =
        switch (fault) {
          case DefectiveCore core -> core.recurrence().probability() < 1;
          case MemoryFault memory -> memory.recurrence().probability() < 1 && !memory.everywhere();
          default -> false;
        };
    return switch (fault) {
      case DefectiveCore core when !(core.target() instanceof Target) ->
          "a spare's machine had it, which has no part of a step";
      case MemoryFault memory when memory.place().site().isDigest() ->
          "it changed what was said, and nothing that was computed";
      case DefectiveCore ignored when workersPerPod > 1 -> "the pods have several ranks";
      case MemoryFault ignored when workersPerPod > 1 -> "the pods have several ranks";
      case DefectiveCore core when chance && struckAt != core.when().step() ->
          "chance had kept it back in earlier steps, of which nothing is recorded";
      case MemoryFault memory when chance && struckAt != memory.when().step() ->
          "chance had kept it back in earlier steps, of which nothing is recorded";
      case DefectiveCore ignored -> null;
      case MemoryFault ignored -> null;
      default -> "it changes no data";
    };
  }

  /** The microbatches that it can be in: of the pod, or all if every machine is wrong alike. */
  static NavigableSet<Integer> reach(Fault fault, Target holds, Struck struck, int microbatches) {
    if (fault instanceof MemoryFault memory && memory.everywhere()) {
      return new TreeSet<>(IntStream.range(0, microbatches).boxed().toList());
    }
    return FaultBench.own(holds.pod(), struck, microbatches);
  }

  FaultReplay replay(OptionalInt wanted) {
    if (!(fault instanceof MemoryFault memory)) {
      return inOperations(wanted);
    }
    Site site = memory.place().site();
    return switch (site) {
      case ACTIVATIONS, PRODUCT, TOKENS -> inOperations(wanted);
      case GRADIENT -> inGradient();
      case REDUCED_GRADIENT -> inSum(memory);
      case STORED_COPY -> unread();
      case PARAMETERS, FIRST_MOMENTS, SECOND_MOMENTS ->
          memory.when().phase() == Phase.UPDATE ? inUpdate(memory) : inBase(memory, wanted);
      case DIGEST, AUDIT -> throw new IllegalArgumentException(site.kebab() + " is not computed");
    };
  }

  private FaultReplay inOperations(OptionalInt wanted) {
    Probe faulty = bench.again(fault, holds).probe();
    MemorySegment sum =
        bench.sum(
            (microbatch, gradient) ->
                bench.gradient(microbatch, own.contains(microbatch) ? faulty : NOTHING, gradient));
    List<String> digests = bench.digests(bench.update(bench.base(), sum));
    Supplier<Probe> faults = () -> bench.again(fault, holds).probe();
    int microbatch = wanted.orElseGet(() -> firstThatDiffers(faults));
    Bisection.Finding first = bisect(microbatch, faults);
    MemorySegment wrong = bench.gradient(microbatch, earlier(microbatch), of(microbatch, faults));
    List<StateDifference> gradient =
        StateDifference.ofGradients(
            bench.layout(), bench.gradient(bench.base(), microbatch), wrong);
    return report(microbatch, List.of(), FaultBench.text(first), gradient, digests, digests);
  }

  private int firstThatDiffers(Supplier<Probe> faults) {
    return own.stream()
        .filter(at -> !(bisect(at, faults) instanceof Bisection.Same))
        .findFirst()
        .orElse(own.first());
  }

  private Bisection.Finding bisect(int microbatch, Supplier<Probe> faults) {
    return Bisection.operations(
        bench.trainer().program(),
        bench.computation(bench.base(), microbatch),
        bench.computation(microbatch, earlier(microbatch), () -> of(microbatch, faults)));
  }

  /** What the machine computes before it: a fault that strikes once may strike there. */
  private SortedSet<Integer> earlier(int microbatch) {
    return own.contains(microbatch) ? own.headSet(microbatch) : own.headSet(own.first());
  }

  private Probe of(int microbatch, Supplier<Probe> faults) {
    return own.contains(microbatch) ? faults.get() : NOTHING;
  }

  /** It was changed after the last operation, and everybody sums it up. */
  private FaultReplay inGradient() {
    int microbatch = ((MemoryFault) fault).place().microbatch().orElse(own.first());
    MemorySegment right = bench.gradient(bench.base(), microbatch);
    MemorySegment wrong = bench.copy(right);
    bench.again(fault, holds).inGradient(bench.step(), microbatch, wrong);
    MemorySegment sum =
        bench.sum(
            at -> bench.base(),
            (at, gradient) -> {
              if (at == microbatch) {
                gradient.copyFrom(wrong);
              }
            });
    List<StateDifference> gradient = StateDifference.ofGradients(bench.layout(), right, wrong);
    List<String> digests = bench.digests(bench.update(bench.base(), sum));
    String operation = "none: the gradient was changed after the last operation";
    return report(microbatch, FaultBench.texts(gradient), operation, gradient, digests, digests);
  }

  private FaultReplay inSum(MemoryFault memory) {
    MemorySegment right = bench.sum(at -> bench.base(), (at, gradient) -> {});
    MemorySegment wrong = bench.copy(right);
    bench.again(fault, holds).inMemory(memory, bench.step(), wrong, null);
    List<String> where =
        FaultBench.texts(StateDifference.ofGradients(bench.layout(), right, wrong));
    String operation = "none: the sum was changed before the update read it";
    List<String> found = bench.digests(bench.update(bench.base(), wrong));
    return report(null, where, operation, List.of(), found, bench.digests(clean));
  }

  private FaultReplay inUpdate(MemoryFault memory) {
    MemorySegment found = bench.copy(clean);
    bench.again(fault, holds).inMemory(memory, bench.step(), found, bench.base());
    String operation = "none: the optimizer's update was the first to differ";
    return report(
        null,
        states(clean, found),
        operation,
        List.of(),
        bench.digests(found),
        bench.digests(clean));
  }

  private FaultReplay inBase(MemoryFault memory, OptionalInt wanted) {
    MemorySegment base = bench.base();
    MemorySegment found = bench.copy(base);
    bench.again(fault, holds).inMemory(memory, bench.step(), found, bench.older());
    MemorySegment sum = bench.sum(at -> own.contains(at) ? found : base, (at, gradient) -> {});
    int microbatch = wanted.orElse(own.first());
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
        FaultBench.text(first),
        gradient,
        bench.digests(bench.update(found, sum)),
        bench.digests(bench.update(base, sum)));
  }

  private FaultReplay unread() {
    List<String> digests = bench.digests(clean);
    return report(null, List.of(), FaultBench.UNREAD, List.of(), digests, digests);
  }

  private List<String> states(MemorySegment right, MemorySegment wrong) {
    return FaultBench.texts(StateDifference.ofStates(bench.layout(), right, wrong));
  }

  private FaultReplay report(
      @Nullable Integer microbatch,
      List<String> where,
      String operation,
      List<StateDifference> gradient,
      List<String> onStruck,
      List<String> elsewhere) {
    return FaultBench.report(
        fault.id(),
        holds.pod(),
        struck,
        microbatch,
        where,
        operation,
        gradient,
        onStruck,
        elsewhere);
  }
}
