package dev.redoubt.core;

import dev.redoubt.core.Note.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One transition of the controller under way: a scratch copy of the state, and the effects so far.
 *
 * <p>The rooms of the controller ({@link Epochs}, {@link Preparing}, {@link Stepping}, {@link
 * Auditing}, {@link Speculating}, {@link Judging}, {@link Mending}, {@link Guarding}, {@link
 * Membership}, {@link Scanning}, {@link Finishing}, {@link Deadlines}) hold no state: each is a set
 * of functions over a turn. Passing states and lists of effects from one to the next was rejected:
 * a decision often goes through three rooms, and the order of the effects is the order in which it
 * was taken.
 */
final class Turn {

  final ProtocolConfig config;
  final long now;

  long epoch;
  Phase phase;
  long since;
  long reminded;
  Roster roster;
  History history;
  @Nullable Inquiry inquiry;
  Map<WorkerId, Integer> strikes;
  Map<WorkerId, Set<WorkerId>> broken;
  int barren;
  Map<WorkerId, Rank> draining;
  Set<WorkerId> unfit;
  long screened;
  Audit audit;
  Lag lag;
  Tier tier;
  @Nullable Suspicion suspicion;
  Guests guests;
  long after;
  long serial;
  @Nullable Memory memory;
  Set<WorkerId> before;
  Set<WorkerId> electors;
  Set<WorkerId> heard;
  Set<WorkerId> down;
  Map<WorkerId, String> dismissals;
  String waiting;

  private final List<ControllerEffect> effects = new ArrayList<>();

  Turn(ControllerState state, long now) {
    this.config = state.config();
    this.now = now;
    this.epoch = state.epoch();
    this.phase = state.phase();
    this.since = state.since();
    this.reminded = state.reminded();
    this.roster = state.roster();
    this.history = state.history();
    this.inquiry = state.inquiry();
    this.strikes = state.strikes();
    this.broken = state.broken();
    this.barren = state.barren();
    this.draining = state.draining();
    this.unfit = state.unfit();
    this.screened = state.screened();
    this.audit = state.audit();
    this.lag = state.lag();
    this.tier = state.tier();
    this.suspicion = state.suspicion();
    this.guests = state.guests();
    this.after = state.reign().after();
    this.serial = state.reign().serial();
    this.memory = state.reign().memory();
    this.before = state.reign().before();
    this.electors = state.reign().electors();
    this.heard = state.reign().heard();
    this.down = state.reign().down();
    this.dismissals = state.reign().dismissals();
    this.waiting = state.reign().waiting();
  }

  ControllerState state() {
    return new ControllerState(
        config,
        epoch,
        phase,
        since,
        reminded,
        roster,
        history,
        inquiry,
        strikes,
        broken,
        barren,
        draining,
        unfit,
        screened,
        audit,
        lag,
        tier,
        suspicion,
        guests,
        new Reign(after, serial, memory, before, electors, heard, down, dismissals, waiting));
  }

  /** Whether another controller may take over. */
  boolean replaceable() {
    return config.succession() != ProtocolConfig.Succession.NONE;
  }

  List<ControllerEffect> effects() {
    return effects;
  }

  // Effects.

  void send(WorkerId worker, Message.ToWorker message) {
    effects.add(new ControllerEffect.Send(worker, message));
  }

  /** The same to everybody with a rank. */
  void sendAll(Message.ToWorker message) {
    roster.seats().values().forEach(worker -> send(worker, message));
  }

  void write(Note note) {
    effects.add(new ControllerEffect.Write(note));
  }

  void expel(WorkerId worker, String reason) {
    effects.add(new ControllerEffect.Expel(worker, reason));
  }

  void standDown(String reason) {
    effects.add(new ControllerEffect.StandDown(reason));
  }

  void refuse(Message.ToController message, String reason) {
    write(new Note.Refused(epoch, message.toString(), reason));
  }

  /** Refuses an answer that the present phase did not ask for. */
  void refuseUnasked(Message.ToController message) {
    refuse(message, "not asked in " + phase);
  }

  // Decisions.

  void enter(Phase next) {
    phase = next;
    since = now;
    reminded = now;
    heard = Set.of();
    waiting = "";
  }

  /** Says why nothing happens, unless it was said already. */
  void await(String reason) {
    if (!waiting.equals(reason)) {
      waiting = reason;
      write(new Note.Waiting(epoch, reason));
    }
  }

  void conclude(Verdict verdict) {
    enter(new Phase.Concluded(verdict));
    write(new Note.Concluded(epoch, verdict));
    effects.add(new ControllerEffect.Conclude(verdict));
  }

  /** A strike, with its verdict. Returns whether it was one too many. */
  boolean blame(long step, WorkerId worker, Detector detector, String evidence) {
    int count = strike(worker);
    boolean tooMany = outworn(worker);
    Kind kind = tooMany ? Kind.PERSISTENT : Kind.TRANSIENT;
    String counted = evidence + " (strike " + count + " of " + config.strikesToEvict() + ")";
    Rank rank = roster.rankOf(worker).orElse(null);
    write(new Note.Blamed(epoch, step, worker, rank, detector, kind, counted));
    suspect(step, worker, detector);
    return tooMany;
  }

  /**
   * A strike for each of several ranks of a pod, one of which was wrong: what it computed is in
   * what the others did. So nobody is named; but whoever is wrong again and again has to go at
   * last.
   */
  void strikeAll(long step, List<WorkerId> workers, Detector detector, String evidence) {
    for (WorkerId worker : workers) {
      int ignored = strike(worker);
    }
    String said = evidence + "; the fault of one reaches its whole pod: a strike for each";
    write(new Note.Blamed(epoch, step, null, null, detector, Kind.UNDECIDABLE, said));
  }

  /** Who was blamed first for what it computed is asked to do it again, if anybody is. */
  void suspect(long step, WorkerId worker, Detector detector) {
    Rank rank = roster.rankOf(worker).orElse(null);
    boolean known = suspicion != null && suspicion.step() == step;
    if (config.diagnosis() && rank != null && !known && Diagnosing.explains(detector)) {
      suspicion = new Suspicion(step, worker, rank, detector, assignment().spans(rank.pod()));
    }
  }

  /** It has shown that it is wrong again and again: no more strikes are waited for. */
  void condemn(WorkerId worker) {
    int count = strike(worker);
    strikes = Sorted.with(strikes, worker, Math.max(count, config.strikesToEvict()));
  }

  /** Whether a worker was blamed so often that it should go, or its machine is not fit. */
  boolean outworn(WorkerId worker) {
    return unfit.contains(worker) || strikes.getOrDefault(worker, 0) >= config.strikesToEvict();
  }

  int strike(WorkerId worker) {
    int count = strikes.getOrDefault(worker, 0) + 1;
    strikes = Sorted.with(strikes, worker, count);
    return count;
  }

  // Looking things up.

  /** With a rank, and spares. */
  Set<WorkerId> members() {
    Set<WorkerId> members = new TreeSet<>(roster.spares());
    members.addAll(roster.seats().values());
    return members;
  }

  Assignment assignment() {
    return roster.assignment(epoch, config.microbatches());
  }

  Rank rankOf(WorkerId worker) {
    return roster
        .rankOf(worker)
        .orElseThrow(() -> new IllegalStateException(worker + " has no rank in " + roster));
  }

  int shardOf(WorkerId worker) {
    return rankOf(worker).index();
  }

  /** The rank of a suspect, if it still has one. */
  List<Rank> suspect(WorkerId worker) {
    return roster.rankOf(worker).map(List::of).orElse(List.of());
  }

  /** The others with the same shard as {@code worker}, in the order of their ranks. */
  List<WorkerId> copiesOf(WorkerId worker) {
    int shard = shardOf(worker);
    return roster.seats().entrySet().stream()
        .filter(seat -> seat.getKey().index() == shard)
        .map(Map.Entry::getValue)
        .filter(other -> !other.equals(worker))
        .toList();
  }
}
