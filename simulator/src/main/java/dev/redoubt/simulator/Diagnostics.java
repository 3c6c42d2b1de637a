package dev.redoubt.simulator;

import dev.redoubt.fault.DataFault;
import dev.redoubt.fault.DataInjector;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Injector;
import dev.redoubt.fault.MemoryFault;
import dev.redoubt.fault.Pattern;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Place;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.trainer.SumTree;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.Probe;
import dev.redoubt.trainer.replay.Bisection;
import dev.redoubt.trainer.replay.Difference;
import dev.redoubt.trainer.replay.LocalComputation;
import dev.redoubt.trainer.replay.StateDifference;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Replays the step of an injection on the machine that was struck and on another one, and bisects
 * the two computations. The fault strikes again in the replay, as one that lasts would; of one that
 * has passed a replay shows nothing, and only what the machine still holds of it can be compared.
 */
final class Diagnostics {

  private final Trainer trainer;
  private final int vocabulary;
  private final int microbatches;
  private final GoldenVersions golden;
  private final GradientPool pool;

  Diagnostics(
      Trainer trainer, int vocabulary, int microbatches, GoldenVersions golden, GradientPool pool) {
    this.trainer = trainer;
    this.vocabulary = vocabulary;
    this.microbatches = microbatches;
    this.golden = golden;
    this.pool = pool;
  }

  /**
   * Diagnoses a wrong result.
   *
   * @param fault of a class that {@link FaultClass#isComputed}
   * @throws IllegalArgumentException if it is of memory or of a digest
   */
  Diagnosis of(DataFault fault) {
    pool.takeBackAll();
    if (fault instanceof DefectiveCore) {
      return inMicrobatch(fault, Site.ACTIVATIONS);
    }
    if (!(fault instanceof MemoryFault memory)) {
      throw new IllegalArgumentException("no diagnosis of " + fault.kind());
    }
    Site site = memory.place().site();
    return switch (site) {
      case ACTIVATIONS, PRODUCT, TOKENS -> inMicrobatch(fault, site);
      case GRADIENT -> inGradient(memory);
      case REDUCED_GRADIENT -> inSum(memory);
      case PARAMETERS, FIRST_MOMENTS, SECOND_MOMENTS -> inUpdate(memory);
      case STORED_COPY, DIGEST, AUDIT ->
          throw new IllegalArgumentException("no diagnosis of " + site.kebab());
    };
  }

  /** A fault that was not claimed yet, and where it strikes first. */
  private final class Again {

    private final DataFault fault;
    private final Target target;
    private final Injector injector;
    private final DataInjector data;
    private @Nullable Hit first;

    Again(DataFault fault) {
      this.fault = fault;
      this.target = (Target) fault.target();
      FaultLedger ledger = new FaultLedger(new FaultPlan(List.of(fault)));
      this.injector = new Injector(ledger);
      this.data =
          new DataInjector(
              injector, FaultProbe.tensors(trainer.layout()), "suspect", ledger::record);
      injector.beforeCompute(fault.when().step(), target);
    }

    Probe probe() {
      return new FaultProbe(
          trainer, vocabulary, data, () -> target, hit -> first = first == null ? hit : first);
    }

    List<MemoryFault> due(Phase phase, Site site) {
      return injector.due(fault.when().step(), phase, target, Set.of(site));
    }
  }

  /**
   * The first change that a fault made while a microbatch was computed.
   *
   * @param instruction with its tile; empty for the tokens
   * @param index of the cell
   * @param bits that changed
   */
  record Hit(String instruction, long index, int bits) {}

  private Diagnosis inMicrobatch(DataFault fault, Site site) {
    long step = fault.when().step();
    MemorySegment base = golden.state(step - 1);
    MemorySegment gradient = pool.take();
    for (int microbatch = 0; microbatch < microbatches; microbatch++) {
      Again dry = new Again(fault);
      pass(dry.probe(), base, step, microbatch, gradient);
      Hit hit = dry.first;
      if (hit != null) {
        return judge(site, hit, bisect(fault, base, microbatch, gradient));
      }
    }
    return Diagnosis.WRONG;
  }

  private Bisection.Finding bisect(
      DataFault fault, MemorySegment base, int microbatch, MemorySegment gradient) {
    long step = fault.when().step();
    LocalComputation clean =
        new LocalComputation(
            trainer.program(), 0, probe -> pass(probe, base, step, microbatch, gradient));
    LocalComputation suspect =
        new LocalComputation(
            trainer.program(),
            0,
            probe -> pass(new Again(fault).probe().then(probe), base, step, microbatch, gradient));
    return Bisection.operations(trainer.program(), clean, suspect);
  }

  private void pass(
      Probe probe, MemorySegment base, long step, int microbatch, MemorySegment gradient) {
    trainer.probe(probe);
    try {
      double ignored = trainer.gradient(base, step, microbatch, gradient);
    } finally {
      trainer.probe(null);
    }
  }

  /** A token shows in the operation that looks it up, in the row that it stands for. */
  private static Diagnosis judge(Site site, Hit hit, Bisection.Finding finding) {
    if (!(finding instanceof Bisection.Differs differs)) {
      return Diagnosis.WRONG;
    }
    Difference.Element element = differs.difference().first();
    if (site == Site.TOKENS) {
      boolean isLookup = differs.operation().kind() == Instruction.Kind.EMBED;
      return new Diagnosis(isLookup, isLookup && element.row() == hit.index(), isLookup);
    }
    boolean operation = differs.operation().name().equals(hit.instruction());
    boolean same = operation && differs.output() == 0 && index(differs) == hit.index();
    return new Diagnosis(operation, same, same && bits(element) == hit.bits());
  }

  private static long index(Bisection.Differs differs) {
    Difference.Element element = differs.difference().first();
    return (long) element.row() * differs.difference().columns() + element.column();
  }

  private static int bits(Difference.Element element) {
    return element.expectedBits() ^ element.foundBits();
  }

  /** No operation differs, and the gradient does. */
  private Diagnosis inGradient(MemoryFault fault) {
    long step = fault.when().step();
    MemorySegment base = golden.state(step - 1);
    MemorySegment right = pool.take();
    double ignored = trainer.gradient(base, step, 0, right);
    MemorySegment wrong = pool.take().copyFrom(right);
    Again again = new Again(fault);
    again.data.inGradient(step, 0, again.target, wrong, 0, wrong.byteSize());
    Bisection.Finding operations = bisect(fault, base, 0, pool.take());
    List<StateDifference> found = StateDifference.ofGradients(trainer.layout(), right, wrong);
    return judge(fault, operations instanceof Bisection.Same, found);
  }

  private Diagnosis inSum(MemoryFault fault) {
    long step = fault.when().step();
    MemorySegment base = golden.state(step - 1);
    MemorySegment right =
        SumTree.fold(
            microbatches,
            microbatch -> {
              MemorySegment gradient = pool.take();
              double ignored = trainer.gradient(base, step, microbatch, gradient);
              return gradient;
            },
            (left, other) -> {
              Trainer.add(left, other);
              pool.give(other);
              return left;
            });
    MemorySegment wrong = pool.take().copyFrom(right);
    Again again = new Again(fault);
    again
        .due(Phase.UPDATE, Site.REDUCED_GRADIENT)
        .forEach(due -> again.data.inReduced(due, step, wrong));
    return judge(fault, true, StateDifference.ofGradients(trainer.layout(), right, wrong));
  }

  private Diagnosis inUpdate(MemoryFault fault) {
    long step = fault.when().step();
    MemorySegment right = golden.state(step);
    MemorySegment wrong = Arena.ofAuto().allocate(right.byteSize(), 64).copyFrom(right);
    Again again = new Again(fault);
    again
        .due(Phase.UPDATE, fault.place().site())
        .forEach(due -> again.data.inVersion(due, step, wrong, golden.state(step - 1)));
    return judge(fault, true, StateDifference.ofStates(trainer.layout(), right, wrong));
  }

  /** The first element that differs is in the reach of the pattern, in its tensor alone. */
  private static Diagnosis judge(
      MemoryFault fault, boolean operation, List<StateDifference> found) {
    if (found.size() != 1) {
      return new Diagnosis(operation, false, false);
    }
    Place place = fault.place();
    Difference difference = found.getFirst().difference();
    Difference.Element first = difference.first();
    long offset = (long) first.row() * difference.columns() + first.column() - place.element();
    boolean element =
        found.getFirst().tensor().equals(place.name())
            && offset >= 0
            && offset < fault.pattern().reach();
    return new Diagnosis(operation, element, element && isPattern(fault, bits(first)));
  }

  /** What the mask of the pattern is, where it has one. */
  private static boolean isPattern(MemoryFault fault, int bits) {
    return switch (fault.pattern()) {
      case Pattern.Bits pattern -> pattern.mask() == bits;
      case Pattern.Stride pattern -> pattern.mask() == bits;
      case Pattern.Burst _, Pattern.Nulled _, Pattern.WrongOffset _, Pattern.StaleRead _ -> true;
    };
  }
}
