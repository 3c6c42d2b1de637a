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
  private final NavigableSet<Integer> own;
  private final ChangedData data;

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
    this.own = own;
    data = new ChangedData(bench, clean, fault.id(), holds.pod(), struck, own);
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
    return ChangedData.own(holds.pod(), struck, microbatches);
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
      case STORED_COPY -> data.unread();
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
    return data.report(microbatch, List.of(), ChangedData.text(first), gradient, digests, digests);
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

  private FaultReplay inGradient() {
    int microbatch = ((MemoryFault) fault).place().microbatch().orElse(own.first());
    MemorySegment right = bench.gradient(bench.base(), microbatch);
    MemorySegment wrong = bench.copy(right);
    bench.again(fault, holds).inGradient(bench.step(), microbatch, wrong);
    return data.inGradient(microbatch, right, wrong);
  }

  private FaultReplay inSum(MemoryFault memory) {
    MemorySegment right = bench.sum(at -> bench.base(), (at, gradient) -> {});
    MemorySegment wrong = bench.copy(right);
    bench.again(fault, holds).inMemory(memory, bench.step(), wrong, null);
    List<String> where =
        ChangedData.texts(StateDifference.ofGradients(bench.layout(), right, wrong));
    String operation = "none: the sum was changed before the update read it";
    List<String> found = bench.digests(bench.update(bench.base(), wrong));
    return data.report(null, where, operation, List.of(), found, bench.digests(clean));
  }

  private FaultReplay inUpdate(MemoryFault memory) {
    MemorySegment found = bench.copy(clean);
    bench.again(fault, holds).inMemory(memory, bench.step(), found, bench.base());
    return data.inUpdate(found);
  }

  private FaultReplay inBase(MemoryFault memory, OptionalInt wanted) {
    MemorySegment found = bench.copy(bench.base());
    bench.again(fault, holds).inMemory(memory, bench.step(), found, bench.older());
    return data.inBase(found, wanted);
  }
}
