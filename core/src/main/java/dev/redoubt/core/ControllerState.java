package dev.redoubt.core;

import java.util.List;
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
 * @param draining who is to leave between two steps, and the rank that it had when that was asked
 *     for; a controller that takes over does not know of it
 * @param unfit whose machines gave wrong answers to known-answer tests; a controller that takes
 *     over does not know of it
 * @param screened the last step that was redone because of a screen's alarm; -1 if none was
 * @param audit what is audited of the steps that are not verified
 * @param lag who is late in it; a controller that takes over does not know of it
 * @param tier what is on disk
 * @param suspicion who is to be asked to compute a step again; null if nobody is. A controller that
 *     takes over does not know of it
 * @param guests who keeps what of others' shards; a controller that takes over does not know of it
 * @param reign what succession needs
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
    Map<WorkerId, Rank> draining,
    Set<WorkerId> unfit,
    long screened,
    Audit audit,
    Lag lag,
    Tier tier,
    @Nullable Suspicion suspicion,
    Guests guests,
    Reign reign) {

  /** The name under which the cluster's membership reports a broken connection. */
  static final WorkerId MEMBERSHIP = new WorkerId("(membership)");

  public ControllerState {
    strikes = Sorted.map(strikes);
    broken = Sorted.map(broken);
    draining = Sorted.map(draining);
    unfit = Sorted.set(unfit);
  }

  /** The only controller of a run, before anybody has joined. */
  public static ControllerState start(ProtocolConfig config, long nowMillis) {
    if (config.succession() != ProtocolConfig.Succession.NONE) {
      throw new IllegalArgumentException("a controller that can be replaced has an incarnation");
    }
    return start(config, 0, new Phase.Forming(), nowMillis);
  }

  /**
   * A controller that knows nothing, and asks the workers what there is to know.
   *
   * @param incarnation 1 to {@link Epoch#INCARNATION_MAX}; no other controller of the run has had
   *     it
   */
  public static ControllerState start(ProtocolConfig config, int incarnation, long nowMillis) {
    if (config.succession() == ProtocolConfig.Succession.NONE) {
      throw new IllegalArgumentException("the rules of the run allow one controller only");
    }
    if (incarnation < 1 || incarnation > Epoch.INCARNATION_MAX) {
      throw new IllegalArgumentException(
          "incarnations are 1 to " + Epoch.INCARNATION_MAX + ", not " + incarnation);
    }
    long claim = Epoch.claim(0, incarnation);
    return start(config, claim, new Phase.Claiming(claim, Set.of(), Map.of()), nowMillis);
  }

  private static ControllerState start(
      ProtocolConfig config, long epoch, Phase phase, long nowMillis) {
    return new ControllerState(
        config,
        epoch,
        phase,
        nowMillis,
        nowMillis,
        Roster.EMPTY,
        History.NONE,
        null,
        Map.of(),
        Map.of(),
        0,
        Map.of(),
        Set.of(),
        -1,
        Audit.NONE,
        Lag.NONE,
        Tier.EMPTY,
        null,
        Guests.NONE,
        Reign.NONE);
  }

  /** Whether the run is over. */
  public boolean concluded() {
    return phase instanceof Phase.Concluded;
  }

  /** Whether another controller has taken over. */
  public boolean deposed() {
    return phase instanceof Phase.Deposed;
  }

  /** The step under way, or the newest one that is done. */
  public long step() {
    return switch (phase) {
      case Phase.Running running -> running.step();
      case Phase.Auditing auditing -> auditing.running().step();
      default -> Math.max(config.first(), history.newest());
    };
  }

  /** Workers with a rank and spares, now. */
  public int members() {
    return roster.seats().size() + roster.spares().size();
  }

  /** Workers without a rank, in the order in which they would get one. */
  public List<WorkerId> spares() {
    return List.copyOf(roster.spares());
  }

  /** Workers that have nothing to do as long as nobody asks them: none before ranks are given. */
  public List<WorkerId> idle() {
    return roster.seats().isEmpty() || concluded() || deposed() ? List.of() : spares();
  }

  /** The verified watermark; -1 before the first version is agreed. */
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
      case Phase.Auditing auditing ->
          "audits of step "
              + auditing.running().step()
              + (config.audits().lagSteps() > 0 ? " and of those after " + verified() : "")
              + ": "
              + audit.asked()
              + (lag.owes() ? ", and of stand-ins" : "");
      case Phase.Diagnosing diagnosing ->
          "what " + diagnosing.silent() + " compute of step " + diagnosing.order().step();
      case Phase.Mending mending -> "repairs " + mending.mends();
      case Phase.Finishing finishing ->
          "the last reading by "
              + roster.seats().values().stream()
                  .filter(worker -> !finishing.finals().containsKey(worker))
                  .toList();
      case Phase.Claiming claiming ->
          "promises to obey epoch "
              + Epoch.text(epoch)
              + ", given by "
              + claiming.reports().keySet();
      case Phase.Deposed ignored -> "nothing: another controller reigns";
      case Phase.Concluded ignored -> "nothing";
    };
  }
}
