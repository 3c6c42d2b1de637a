package dev.redoubt.core;

import dev.redoubt.core.Note.Trigger;
import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The end: everybody reads the last version once more. A loss or rot that is found here is dealt
 * with like any other, so that the run ends with as many intact copies as it can have.
 */
final class Finishing {

  private Finishing() {}

  static void begin(Turn turn) {
    long step = turn.history.newest();
    turn.enter(new Phase.Finishing(step, Map.of()));
    turn.sendAll(new Message.Finish(turn.epoch, step, Succession.write(turn)));
    Succession.spread(turn);
  }

  static void finalRead(Turn turn, Message.Final message) {
    if (!(turn.phase instanceof Phase.Finishing finishing)
        || message.step() != finishing.step()
        || !turn.roster.seats().containsValue(message.worker())) {
      turn.refuseUnasked(message);
      return;
    }
    Digest agreed = turn.history.agreed(finishing.step(), turn.shardOf(message.worker()));
    if (agreed != null && !agreed.equals(message.digest())) {
      // The base check of the next epoch finds it again, blames, and has it mended.
      Epochs.open(
          turn, Trigger.ALARM, message.worker() + " reads its last version as " + message.digest());
      return;
    }
    Phase.Finishing next =
        new Phase.Finishing(
            finishing.step(), Sorted.with(finishing.finals(), message.worker(), message.digest()));
    turn.phase = next;
    proceed(turn, next);
  }

  /** Concludes if everybody has read. */
  static void proceed(Turn turn, Phase.Finishing finishing) {
    if (!Quorum.reached(turn)) {
      return;
    }
    List<Verdict.FinalDigest> finals = new ArrayList<>();
    for (Map.Entry<Rank, WorkerId> seat : turn.roster.seats().entrySet()) {
      Digest digest = finishing.finals().get(seat.getValue());
      if (digest == null) {
        return;
      }
      finals.add(new Verdict.FinalDigest(seat.getKey(), seat.getValue(), digest));
    }
    turn.conclude(new Verdict.Completed(finals));
  }
}
