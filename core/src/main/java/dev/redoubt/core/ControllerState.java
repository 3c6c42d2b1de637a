package dev.redoubt.core;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that the controller remembers.
 *
 * @param epoch of the present assignment; 0 while forming
 * @param phase what it waits for, since {@code since}, last reminded at {@code reminded}, in
 *     milliseconds of the shell's monotonic clock
 * @param inquiry the open question who was wrong; null if there is none
 * @param strikes how often each worker was blamed
 * @param broken which workers (and {@link #MEMBERSHIP}) have lost the connection to whom
 * @param barren epochs opened since the last step was committed
 * @param screened the last step that was redone because of a screen's alarm; -1 if none was
 */
public record ControllerState(
    ProtocolConfig config,
    long epoch,
    Phase phase,
    long since,
    long reminded,
    Roster roster,
    History history,
    @Nullable Inquiry inquiry,
    Map<WorkerId, Integer> strikes,
    Map<WorkerId, Set<WorkerId>> broken,
    int barren,
    long screened) {

  /** The name under which the cluster's membership reports a broken connection. */
  static final WorkerId MEMBERSHIP = new WorkerId("(membership)");

  public ControllerState {
    strikes = Sorted.map(strikes);
    broken = Sorted.map(broken);
  }

  /** Before anybody has joined. */
  public static ControllerState start(ProtocolConfig config, long nowMillis) {
    return new ControllerState(
        config,
        0,
        new Phase.Forming(),
        nowMillis,
        nowMillis,
        Roster.EMPTY,
        History.NONE,
        null,
        Map.of(),
        Map.of(),
        0,
        -1);
  }

  /** Whether the run is over. */
  public boolean concluded() {
    return phase instanceof Phase.Concluded;
  }

  /** The step under way, or the newest one that is done. */
  public long step() {
    return phase instanceof Phase.Running running ? running.step() : Math.max(0, history.newest());
  }

  /** Workers with a rank and spares, now. */
  public int members() {
    return roster.seats().size() + roster.spares().size();
  }

  /** The verified watermark; -1 before version 0 is agreed. */
  public long verified() {
    return history.verified();
  }

  /** Who it is waiting for, in words: for the live line, and for whoever asks why nothing moves. */
  public String waitingFor() {
    return switch (phase) {
      case Phase.Forming ignored ->
          (config.mesh().workers() - members()) + " of " + config.mesh().workers() + " to join";
      case Phase.Preparing preparing ->
          "base " + preparing.base() + ": " + new TreeMap<>(preparing.standing());
      case Phase.Arbitrating arbitrating -> "the replay by " + arbitrating.arbiter();
      case Phase.Running running ->
          "attestations of step "
              + running.step()
              + " by "
              + roster.seats().values().stream()
                  .filter(worker -> !running.attested().containsKey(worker))
                  .toList();
      case Phase.Mending mending -> "repairs " + mending.mends();
      case Phase.Finishing finishing ->
          "the last reading by "
              + roster.seats().values().stream()
                  .filter(worker -> !finishing.finals().containsKey(worker))
                  .toList();
      case Phase.Concluded ignored -> "nothing";
    };
  }
}
