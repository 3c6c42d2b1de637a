package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The end: everybody reads the last version once more. */
final class Finishing {

  private Finishing() {}

  static void begin(Turn turn) {
    long step = turn.history.newest();
    turn.enter(new Phase.Finishing(step, Map.of()));
    turn.sendAll(new Message.Finish(turn.epoch, step));
  }

  static void finalRead(Turn turn, Message.Final message) {
    if (!(turn.phase instanceof Phase.Finishing finishing)
        || message.step() != finishing.step()
        || !turn.roster.seats().containsValue(message.worker())) {
      turn.refuseUnasked(message);
      return;
    }
    proceed(
        turn,
        new Phase.Finishing(
            finishing.step(), Sorted.with(finishing.finals(), message.worker(), message.digest())));
  }

  /** Concludes if everybody who is left has read. */
  static void proceed(Turn turn, Phase.Finishing finishing) {
    turn.phase = finishing;
    if (turn.roster.seats().isEmpty()) {
      turn.conclude(new Verdict.Lost("the last worker was lost before it could say what it holds"));
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
