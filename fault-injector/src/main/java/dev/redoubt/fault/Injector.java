package dev.redoubt.fault;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Says at a worker's hook points which faults strike now. What it returns is claimed: the caller
 * strikes with it and writes the {@link Strike} into the ledger. A fault that lasts is claimed once
 * and returned again and again.
 *
 * <p>The worker passes the rank that it holds at that moment, since a spare gets its rank only when
 * it takes over.
 */
public final class Injector {

  private final FaultDesk desk;
  private FaultPlan plan;
  private List<MemoryFault> memoryFaults;
  private List<DefectiveCore> cores;

  /** Faults that last and have struck this machine, and the step in which they began. */
  private final Map<String, Long> bound = new HashMap<>();

  private final Map<String, Came> came = new HashMap<>();
  private final Set<String> proved = new HashSet<>();
  private long draws;
  private long newest;

  /** An injector for one worker; all workers of a run share the desk. */
  public Injector(FaultDesk desk) {
    this.desk = desk;
    this.plan = desk.plan();
    this.memoryFaults = only(plan, MemoryFault.class);
    this.cores = only(plan, DefectiveCore.class);
  }

  private static <T extends Fault> List<T> only(FaultPlan plan, Class<T> kind) {
    return plan.faults().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** A plan can grow while the run goes. */
  @SuppressWarnings("ReferenceEquality") // As many faults may be other ones.
  private void look() {
    FaultPlan now = desk.plan();
    if (now != plan) {
      plan = now;
      memoryFaults = only(now, MemoryFault.class);
      cores = only(now, DefectiveCore.class);
    }
  }

  private List<MemoryFault> memoryFaults() {
    look();
    return memoryFaults;
  }

  private List<DefectiveCore> cores() {
    look();
    return cores;
  }

  /** As the worker begins {@code step}: what strikes the machine, and not its data. */
  public List<Fault> beforeCompute(long step, Target holds) {
    newest = step;
    for (DefectiveCore core : cores()) {
      if (core.when().is(step, Phase.COMPUTE) && core.target().equals(holds) && desk.claim(core)) {
        bound.put(core.id(), step);
      }
    }
    return claim(step, Phase.COMPUTE, holds);
  }

  /**
   * As the controller plans {@code step}: cores of spares that become defective. Spares come to no
   * step, so that somebody has to tell them.
   *
   * @param spares how many there are
   */
  public List<DefectiveCore> atSpares(long step, int spares) {
    return cores().stream()
        .filter(core -> core.when().is(step, Phase.COMPUTE))
        .filter(core -> core.target() instanceof Spare spare && spare.number() < spares)
        .filter(desk::claim)
        .toList();
  }

  /** The machine has a core that is defective since {@code step}, claimed by who says so. */
  public void has(DefectiveCore core, long step) {
    newest = Math.max(newest, step);
    bound.put(core.id(), step);
  }

  /**
   * A machine that is back has what it had.
   *
   * @param defects as {@link FaultDesk#defects} tells them; each was proved long since
   */
  public void inherit(Map<String, Long> defects) {
    cores().stream()
        .filter(core -> defects.containsKey(core.id()))
        .forEach(
            core -> {
              has(core, Objects.requireNonNull(defects.get(core.id())));
              proved.add(core.id());
            });
  }

  /** When the worker has its first partial sum of {@code step}, and has sent none. */
  public List<Fault> beforeReduce(long step, Target holds) {
    return claim(step, Phase.REDUCE, holds);
  }

  /** After {@code step} wrote its version, before that is digested: as above. */
  public List<Fault> afterUpdate(long step, Target holds) {
    return claim(step, Phase.UPDATE, holds);
  }

  /** When the worker is about to say what its new version is. */
  public List<Fault> beforeAttest(long step, Target holds) {
    return claim(step, Phase.ATTEST, holds);
  }

  /** At a phase that the controller itself comes to: what strikes it, and what it is asked for. */
  public List<Fault> atController(long step, Phase phase) {
    return desk.plan().faults().stream()
        .filter(fault -> fault.when().is(step, phase))
        .filter(fault -> fault.target() instanceof TheController || fault instanceof Drain)
        .filter(desk::claim)
        .toList();
  }

  /**
   * Faults of a place that there is once in a step and phase: of versions, the reduced gradient,
   * the digest.
   *
   * @param sites that the caller is about to strike
   */
  public List<MemoryFault> due(long step, Phase phase, Target holds, Set<Site> sites) {
    return due(
        step,
        holds,
        fault -> fault.when().phase() == phase && sites.contains(fault.place().site()));
  }

  /**
   * Faults of a place that each microbatch has.
   *
   * @param holds null if the worker computes for another one: an audit, a replay
   * @param isHere whether the place is in what the caller has before it
   */
  List<MemoryFault> inMicrobatch(
      long step, int microbatch, @Nullable Target holds, Site site, Predicate<MemoryFault> isHere) {
    return due(
        step,
        holds,
        fault ->
            fault.place().site() == site
                && fault.place().isIn(microbatch)
                && isHere.test(fault)
                && isFirst(fault, step, microbatch));
  }

  /**
   * One that lasts and names no microbatch is to strike in the first of each step only. A worker
   * computes them in ascending order, so a lower one or the same again is another try of the step.
   */
  private boolean isFirst(MemoryFault fault, long step, int microbatch) {
    if (fault.recurrence().once() || fault.place().microbatch().isPresent()) {
      return true;
    }
    Came last = came.get(fault.id());
    boolean isFirst = last == null || last.step() != step || microbatch <= last.microbatch();
    if (isFirst) {
      came.put(fault.id(), new Came(step, microbatch));
    }
    return isFirst;
  }

  /** When a fault could have struck last. */
  private record Came(long step, int microbatch) {}

  private List<MemoryFault> due(long step, @Nullable Target holds, Predicate<MemoryFault> isHere) {
    List<MemoryFault> due = new ArrayList<>();
    for (MemoryFault fault : memoryFaults()) {
      if (lasts(fault, step) && isHere.test(fault) && strikes(fault, step, holds)) {
        due.add(fault);
      }
    }
    return due;
  }

  private boolean strikes(MemoryFault fault, long step, @Nullable Target holds) {
    double probability = fault.recurrence().probability();
    if (fault.everywhere()) {
      // The same on every machine, and each time that it is computed.
      return Draw.happens(probability, fault.id().hashCode(), step);
    }
    if (holds == null || !(bound.containsKey(fault.id()) || begins(fault, step, holds))) {
      return false;
    }
    return Draw.happens(probability, fault.id().hashCode(), draws++);
  }

  private boolean begins(MemoryFault fault, long step, Target holds) {
    boolean begins =
        fault.when().is(step, fault.when().phase())
            && fault.target().equals(holds)
            && desk.claim(fault);
    if (begins && !fault.recurrence().once()) {
      bound.put(fault.id(), step);
    }
    return begins;
  }

  /** One that has not begun yet may begin later, if nobody said in which step. */
  private boolean lasts(DataFault fault, long step) {
    Long began = bound.get(fault.id());
    if (began == null && fault.when().orLater()) {
      return step >= fault.when().step();
    }
    long since = step - (began == null ? fault.when().step() : began);
    return since >= 0 && since < fault.recurrence().steps();
  }

  /** What strikes the word of whoever checks another worker, and is claimed with this. */
  List<BitFlip> lies(long step) {
    List<BitFlip> lies = new ArrayList<>();
    for (MemoryFault fault : memoryFaults()) {
      if (fault instanceof BitFlip flip
          && flip.site() == Site.AUDIT
          && flip.when().is(step, Phase.COMPUTE)
          && desk.claim(flip)) {
        lies.add(flip);
      }
    }
    return lies;
  }

  /**
   * Whether nothing strikes any machine while {@code step} is computed: no fault of the plan begins
   * in it, and none that this machine has lasts till then. A plan can grow, so what was calm before
   * has to be asked again.
   */
  public boolean isCalm(long step) {
    return desk.plan().faults().stream()
        .noneMatch(
            fault -> fault instanceof DataFault data ? lasts(data, step) : begins(fault, step));
  }

  private static boolean begins(Fault fault, long step) {
    When when = fault.when();
    return when.orLater() ? step >= when.step() : step == when.step();
  }

  /** Whether anything in the plan strikes operations, or tokens. */
  boolean strikesOperations() {
    return !cores().isEmpty()
        || memoryFaults().stream()
            .map(fault -> fault.place().site())
            .anyMatch(site -> site.ofOperations() || site == Site.TOKENS);
  }

  /** Those that this machine has, in that step. */
  List<DefectiveCore> cores(long step) {
    return cores().stream()
        .filter(core -> bound.containsKey(core.id()) && lasts(core, step))
        .toList();
  }

  /** Those that this machine has now, in no step; with the step since which it has each. */
  Map<DefectiveCore, Long> coresNow() {
    Map<DefectiveCore, Long> now = new LinkedHashMap<>();
    for (DefectiveCore core : cores(newest)) {
      now.put(core, bound.get(core.id()));
    }
    return now;
  }

  /** Whether a strike now is the first of that fault in the run, which is its proof. */
  boolean provesNow(DataFault fault) {
    boolean everywhere = fault instanceof MemoryFault memory && memory.everywhere();
    return proved.add(fault.id()) && (!everywhere || desk.claim(fault));
  }

  private List<Fault> claim(long step, Phase phase, Target holds) {
    return desk.plan().faults().stream()
        .filter(fault -> fault.when().is(step, phase) && isHere(fault.target(), phase, holds))
        .filter(fault -> !(fault instanceof DataFault))
        .filter(desk::claim)
        .toList();
  }

  /** The controller does not see workers reduce; the first of them to do so strikes for it. */
  private static boolean isHere(Victim victim, Phase phase, Target holds) {
    return switch (victim) {
      case Target target -> target.equals(holds);
      case Spare ignored -> false;
      case TheController ignored -> phase.isWorkers() && phase != Phase.ATTEST;
    };
  }
}
