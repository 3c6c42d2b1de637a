package dev.redoubt.node;

import dev.redoubt.core.ControllerEffect;
import dev.redoubt.core.Message;
import dev.redoubt.core.Note;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Injector;
import dev.redoubt.fault.Phase;

/**
 * Where faults get into the controller: before it says what it has decided, when it hears the first
 * attestation, and before it writes down a commit. What strikes it while the workers compute,
 * reduce or update is brought by one of them ({@link FaultHooks}).
 */
final class ControllerFaults {

  private final String node;
  private final Injector injector;
  private final Strikes strikes;
  private long planned;
  private boolean off;

  ControllerFaults(String node, Outside outside) {
    this.node = node;
    this.injector = new Injector(outside.desk());
    this.strikes = outside.strikes();
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
            strike(order.step(), Phase.PLAN);
          }
        }
        case ControllerEffect.Write write when write.note() instanceof Note.StepCommitted step ->
            strike(step.step(), Phase.COMMIT);
        default -> {}
      }
    }
    return !off;
  }

  private void strike(long step, Phase phase) {
    for (Fault fault : injector.atController(step, phase)) {
      off |= !strikes.strike(node, fault, step);
    }
  }
}
