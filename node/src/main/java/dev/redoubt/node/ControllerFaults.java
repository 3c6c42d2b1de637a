package dev.redoubt.node;

import dev.redoubt.core.ControllerEffect;
import dev.redoubt.core.Message;
import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.Drain;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultDesk;
import dev.redoubt.fault.Injector;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Spare;
import dev.redoubt.fault.Strike;
import java.util.ArrayList;
import java.util.List;

/**
 * Where faults get into the controller: before it says what it has decided, when it hears the first
 * attestation, and before it writes down a commit. What strikes it while the workers compute,
 * reduce or update is brought by one of them ({@link FaultHooks}).
 */
final class ControllerFaults {

  private final String node;
  private final Injector injector;
  private final Strikes strikes;
  private final FaultDesk desk;
  private final RunListener listener;
  private long planned;
  private boolean off;

  /** Asked for, and not yet passed on. */
  private final List<Drain> asked = new ArrayList<>();

  /** The step whose spares are to be struck; 0 if that is done. */
  private long atSpares;

  /** Passed on, and not yet done. */
  private final List<Drain> open = new ArrayList<>();

  ControllerFaults(String node, Outside outside) {
    this.node = node;
    this.injector = new Injector(outside.desk());
    this.strikes = outside.strikes();
    this.desk = outside.desk();
    this.listener = outside.listener();
  }

  /** Whether the machine was switched off: nothing may be done any more. */
  boolean isOff() {
    return off;
  }

  /** A worker says something; false if that is not heard any more. */
  boolean hears(Message message) {
    if (!off && message instanceof Message.Attested attested) {
      strike(attested.step(), Phase.ATTEST);
    }
    return !off;
  }

  /** Something is about to be done; false if it is not any more. */
  boolean does(ControllerEffect effect) {
    if (!off) {
      switch (effect) {
        case ControllerEffect.Send send when send.message() instanceof Message.RunStep order -> {
          if (order.step() != planned) {
            planned = order.step();
            atSpares = planned;
            strike(order.step(), Phase.PLAN);
          }
        }
        case ControllerEffect.Write write when write.note() instanceof Note.Drained drained ->
            left(drained);
        case ControllerEffect.Write write when write.note() instanceof Note.StepCommitted step ->
            strike(step.step(), Phase.COMMIT);
        default -> {}
      }
    }
    return !off;
  }

  private void strike(long step, Phase phase) {
    for (Fault fault : injector.atController(step, phase)) {
      if (fault instanceof Drain drain) {
        asked.add(drain);
      } else {
        off |= !strikes.strike(node, fault, step);
      }
    }
  }

  /** The ranks whose holders are to leave; each is told once. */
  List<Rank> drains() {
    List<Rank> ranks = asked.stream().map(ControllerFaults::rank).toList();
    open.addAll(asked);
    asked.clear();
    return ranks;
  }

  /**
   * What spares are struck with; each is told once.
   *
   * @param spares in the order in which they would get a rank
   */
  List<Hit> atSpares(List<WorkerId> spares) {
    List<Hit> hits = new ArrayList<>();
    if (atSpares > 0) {
      for (DefectiveCore core : injector.atSpares(atSpares, spares.size())) {
        WorkerId worker = spares.get(((Spare) core.target()).number());
        hits.add(new Hit(worker, new Wire.Struck(core.id(), atSpares)));
      }
      atSpares = 0;
    }
    return hits;
  }

  /** Who is struck, and by what. */
  record Hit(WorkerId worker, Wire.Struck struck) {}

  private static Rank rank(Drain drain) {
    return new Rank(drain.target().pod(), drain.target().rank());
  }

  private void left(Note.Drained drained) {
    open.stream()
        .filter(drain -> rank(drain).equals(drained.rank()))
        .findFirst()
        .ifPresent(drain -> prove(drain, drained));
  }

  private void prove(Drain drain, Note.Drained drained) {
    open.remove(drain);
    Strike proof =
        Strike.of(
            drain,
            drained.worker().name(),
            drain.when().step(),
            "it left %s before step %d".formatted(drained.rank(), drained.step()));
    desk.record(proof);
    listener.struck(System.nanoTime(), proof);
  }
}
