package dev.redoubt.core;

import dev.redoubt.core.Note.Trigger;
import dev.redoubt.core.Phase.Standing;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** New epochs: the one way back, and its limit. */
final class Epochs {

  private Epochs() {}

  /** Opens the next epoch, to go on from the last verified version. */
  static void open(Turn turn, Trigger trigger, String cause) {
    open(turn, trigger, cause, Math.max(turn.config.first(), turn.history.verified()));
  }

  /** Opens the next epoch, to go on from version {@code base}; what is newer is given up. */
  static void open(Turn turn, Trigger trigger, String cause, long base) {
    long after = turn.memory == null ? turn.epoch : turn.memory.epoch();
    turn.epoch = Epoch.next(turn.epoch);
    if (trigger != Trigger.GROWTH && trigger != Trigger.DRAIN) {
      turn.barren++;
    }
    turn.broken = Map.of();
    turn.audit = turn.audit.givenUp();
    turn.lag = turn.lag.nextStep(List.of());
    if (turn.roster.seats().isEmpty()) {
      turn.conclude(new Verdict.Lost("no worker with a rank is left: " + cause));
    } else if (turn.barren > turn.config.barrenMax()) {
      turn.conclude(
          new Verdict.Undecidable(
              turn.barren
                  - 1
                  + " epochs passed without a committed step; the last cause: "
                  + cause));
    } else {
      turn.after = after;
      prepare(turn, trigger, cause, base);
    }
  }

  private static void prepare(Turn turn, Trigger trigger, String cause, long base) {
    if (turn.history.verified() >= 0 && base < turn.history.newest()) {
      turn.history = turn.history.backTo(base);
      // It may be doubt that all go back for: what is newer is to be written anew.
      turn.tier = turn.tier.upTo(base);
    }
    Guarding.opened(turn, base);
    Map<WorkerId, Standing> standing = new TreeMap<>();
    turn.roster.seats().values().forEach(worker -> standing.put(worker, new Standing.Asked()));
    turn.enter(new Phase.Preparing(base, standing));
    turn.electors = Sorted.set(turn.members());
    Memory ignored = Succession.write(turn);
    turn.write(new Note.EpochOpened(turn.epoch, base, trigger, cause, turn.assignment()));
    turn.roster
        .seats()
        .values()
        .forEach(worker -> turn.send(worker, Preparing.order(turn, worker, base)));
    Succession.spread(turn);
  }
}
