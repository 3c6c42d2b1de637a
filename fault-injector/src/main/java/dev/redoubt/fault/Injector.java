package dev.redoubt.fault;

import java.util.List;
import java.util.function.Predicate;

/**
 * Says at a worker's hook points which faults strike now. What it returns is claimed: the caller
 * strikes with it and writes the {@link Strike} into the ledger.
 *
 * <p>The worker passes the rank that it holds at that moment, since a spare gets its rank only when
 * it takes over.
 */
public final class Injector {

  private final FaultDesk desk;

  /** An injector for one worker; all workers of a run share the desk. */
  public Injector(FaultDesk desk) {
    this.desk = desk;
  }

  /** As the worker begins {@code step}: all but flips of gradients. */
  public List<Fault> beforeCompute(long step, Target holds) {
    return claim(step, Phase.COMPUTE, holds, fault -> !strikesGradient(fault));
  }

  /** When the worker has its first partial sum of {@code step}, and has sent none. */
  public List<Fault> beforeReduce(long step, Target holds) {
    return claim(step, Phase.REDUCE, holds, fault -> true);
  }

  /** When the worker is about to say what its new version is. */
  public List<Fault> beforeAttest(long step, Target holds) {
    return claim(step, Phase.ATTEST, holds, fault -> true);
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
   * After a part of the gradient of {@code microbatch} was computed, before it is summed, digested
   * or sent.
   *
   * @param inPart whether the element that a flip strikes is in that part; what is not strikes with
   *     another part
   */
  public List<BitFlip> afterGradient(
      long step, int microbatch, Target holds, Predicate<BitFlip> inPart) {
    return claim(
            step,
            Phase.COMPUTE,
            holds,
            fault -> strikesGradient(fault, microbatch) && inPart.test((BitFlip) fault))
        .stream()
        .map(BitFlip.class::cast)
        .toList();
  }

  /** After {@code step} wrote its version, before that is digested. */
  public List<Fault> afterUpdate(long step, Target holds) {
    return claim(step, Phase.UPDATE, holds, fault -> true);
  }

  private List<Fault> claim(long step, Phase phase, Target holds, Predicate<Fault> hooked) {
    return desk.plan().faults().stream()
        .filter(fault -> fault.when().is(step, phase) && isHere(fault.target(), phase, holds))
        .filter(hooked)
        .filter(desk::claim)
        .toList();
  }

  /** The controller does not see workers reduce; the first of them to do so strikes for it. */
  private static boolean isHere(Victim victim, Phase phase, Target holds) {
    return switch (victim) {
      case Target target -> target.equals(holds);
      case TheController ignored -> phase.isWorkers() && phase != Phase.ATTEST;
    };
  }

  private static boolean strikesGradient(Fault fault) {
    return fault instanceof BitFlip flip && flip.site() == Site.GRADIENT;
  }

  private static boolean strikesGradient(Fault fault, int microbatch) {
    return strikesGradient(fault)
        && fault instanceof BitFlip flip
        && flip.microbatch().orElse(microbatch) == microbatch;
  }
}
