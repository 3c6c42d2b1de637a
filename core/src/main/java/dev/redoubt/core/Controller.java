package dev.redoubt.core;

import dev.redoubt.core.Note.Kind;
import dev.redoubt.core.Note.Trigger;
import dev.redoubt.core.Phase.Mend;
import dev.redoubt.core.Phase.Standing;
import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The single controller of a run: plans each step, compares the attestations, blames, repairs,
 * evicts and re-plans.
 *
 * <p>There is one way back, whatever broke: a new epoch, in which everybody reads the last verified
 * version again, whoever lacks it or holds it corrupt fetches it from somebody who does not, and
 * the step is done again. Finer ways (redoing only the part of the worker that was lost) were
 * rejected: a step is short, and one way that is always taken is one that is always tested. The
 * limit: the healthy workers' part of an interrupted step is computed twice.
 */
public final class Controller {

  /** The state after an event, and what has to be done, in order. */
  public record Step(ControllerState state, List<ControllerEffect> effects) {
    public Step {
      effects = List.copyOf(effects);
    }
  }

  private final ProtocolConfig config;
  private final long now;
  private final List<ControllerEffect> effects = new ArrayList<>();

  private long epoch;
  private Phase phase;
  private long since;
  private long reminded;
  private Roster roster;
  private History history;
  private @Nullable Inquiry inquiry;
  private Map<WorkerId, Integer> strikes;
  private Map<WorkerId, Set<WorkerId>> broken;
  private int barren;
  private long screened;

  private Controller(ControllerState state, long now) {
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
    this.screened = state.screened();
  }

  /**
   * One transition.
   *
   * @param nowMillis the shell's monotonic clock
   */
  public static Step step(ControllerState state, ControllerEvent event, long nowMillis) {
    Controller turn = new Controller(state, nowMillis);
    if (!state.concluded()) {
      turn.on(event);
    }
    return new Step(turn.freeze(), turn.effects);
  }

  private ControllerState freeze() {
    return new ControllerState(
        config, epoch, phase, since, reminded, roster, history, inquiry, strikes, broken, barren,
        screened);
  }

  private void on(ControllerEvent event) {
    switch (event) {
      case ControllerEvent.Received received -> received(received.message());
      case ControllerEvent.Unreachable gone ->
          linkBroken(ControllerState.MEMBERSHIP, gone.worker());
      case ControllerEvent.Down down ->
          lost(down.worker(), Detector.MEMBERSHIP, "removed from the cluster's membership");
      case ControllerEvent.Tick ignored -> tick();
    }
  }

  private void received(Message.ToController message) {
    if (message instanceof Message.Join join) {
      join(join.worker());
      return;
    }
    if (!roster.contains(message.worker())) {
      refuse(message, message.worker() + " does not belong to the run");
      send(message.worker(), new Message.Dismiss(epoch, "not a member of epoch " + epoch));
      return;
    }
    switch (message) {
      case Message.Join ignored -> {}
      case Message.LinkBroken link -> linkBroken(link.worker(), link.peer());
      case Message.Ready ready -> of(ready.epoch(), ready, () -> ready(ready));
      case Message.NotReady not -> of(not.epoch(), not, () -> notReady(not));
      case Message.Pulled pulled -> of(pulled.epoch(), pulled, () -> pulled(pulled));
      case Message.PullFailed failed -> of(failed.epoch(), failed, () -> pullFailed(failed));
      case Message.Attested attested -> of(attested.epoch(), attested, () -> attested(attested));
      case Message.FrameRefused frame -> of(frame.epoch(), frame, () -> frameRefused(frame));
      case Message.Replayed replayed -> of(replayed.epoch(), replayed, () -> replayed(replayed));
      case Message.Final last -> of(last.epoch(), last, () -> finalRead(last));
    }
  }

  /** Fencing: what was said in another epoch is not an answer to anything of this one. */
  private void of(long said, Message.ToController message, Runnable action) {
    if (said == epoch) {
      action.run();
    } else {
      refuse(message, "epoch " + said + " is over, this is epoch " + epoch);
    }
  }

  // Forming.

  private void join(WorkerId worker) {
    if (roster.lost().contains(worker)) {
      refuse(new Message.Join(worker), worker + " was lost, and an id is not used again");
      send(worker, new Message.Dismiss(epoch, "an id is not used again"));
      return;
    }
    if (roster.contains(worker)) {
      return;
    }
    roster = roster.join(worker);
    if (phase instanceof Phase.Forming && roster.spares().size() >= config.mesh().workers()) {
      roster = roster.seat(config.mesh());
      history = History.NONE;
      open(Trigger.FORMED, "all workers joined", 0);
    }
  }

  // A new epoch.

  /** Opens the next epoch, to go on from the last verified version. */
  private void open(Trigger trigger, String cause) {
    open(trigger, cause, Math.max(0, history.verified()));
  }

  private void open(Trigger trigger, String cause, long base) {
    epoch++;
    barren++;
    broken = Map.of();
    if (roster.seats().isEmpty()) {
      conclude(new Verdict.Lost("no worker with a rank is left: " + cause));
      return;
    }
    if (barren > config.redosMax() * (config.mesh().workers() + 1)) {
      conclude(
          new Verdict.Undecidable(
              barren - 1 + " epochs passed without a committed step; the last cause: " + cause));
      return;
    }
    if (history.verified() >= 0 && base < history.newest()) {
      history = history.backTo(base);
    }
    Map<WorkerId, Standing> standing = new TreeMap<>();
    roster.seats().values().forEach(worker -> standing.put(worker, new Standing.Asked()));
    Assignment assignment = assignment();
    enter(new Phase.Preparing(base, standing));
    write(new Note.EpochOpened(epoch, base, trigger, cause, assignment));
    roster.seats().values().forEach(worker -> send(worker, prepareOrder(worker, base)));
  }

  private Message.Prepare prepareOrder(WorkerId worker, long base) {
    return new Message.Prepare(epoch, assignment(), base, history.agreed(base, shardOf(worker)));
  }

  private void ready(Message.Ready message) {
    if (!(phase instanceof Phase.Preparing preparing)
        || message.version() != preparing.base()
        || !(preparing.standing().get(message.worker()) instanceof Standing.Asked)) {
      refuse(message, "not asked in " + phase);
      return;
    }
    stands(preparing, message.worker(), message.digest());
  }

  private void stands(Phase.Preparing preparing, WorkerId worker, @Nullable Digest digest) {
    phase =
        new Phase.Preparing(
            preparing.base(),
            Sorted.with(preparing.standing(), worker, new Standing.Stands(digest)));
    prepare();
  }

  private void notReady(Message.NotReady message) {
    if (!(phase instanceof Phase.Preparing preparing)
        || message.version() != preparing.base()
        || !(preparing.standing().get(message.worker()) instanceof Standing.Asked)) {
      refuse(message, "not asked in " + phase);
      return;
    }
    if (message.flaw() == Message.Flaw.CORRUPT) {
      if (corruptBase(message)) {
        return;
      }
    }
    needs(preparing, message.worker(), message.flaw(), Set.of());
  }

  private void needs(
      Phase.Preparing preparing, WorkerId worker, Message.Flaw flaw, Set<WorkerId> tried) {
    phase =
        new Phase.Preparing(
            preparing.base(),
            Sorted.with(preparing.standing(), worker, new Standing.Needs(flaw, tried)));
    prepare();
  }

  /**
   * A worker's base rotted since it was agreed: it is blamed, with its own word as the evidence.
   * Returns whether it was evicted for it.
   */
  private boolean corruptBase(Message.NotReady message) {
    WorkerId worker = message.worker();
    Rank rank = rankOf(worker);
    String evidence =
        "version "
            + message.version()
            + " was agreed as "
            + history.agreed(message.version(), rank.index())
            + " and is read as "
            + message.found();
    long step = message.version() + 1;
    if (inquiry == null) {
      write(new Note.Detected(epoch, step, Detector.BASE_CHECK, List.of(rank), evidence));
    } else {
      step = inquiry.step();
      inquiry = inquiry.withRotten(worker);
    }
    boolean evict = blame(step, worker, Detector.BASE_CHECK, evidence);
    if (evict) {
      remove(step, worker, evidence);
      open(Trigger.EVICTION, "evicted [" + worker + "]");
    }
    return evict;
  }

  /** Looks how far the preparation is, and does what comes next. */
  private void prepare() {
    if (!(phase instanceof Phase.Preparing preparing)) {
      return;
    }
    if (preparing.standing().values().stream().anyMatch(Standing.Asked.class::isInstance)) {
      return;
    }
    if (preparing.base() == 0 && history.verified() < 0 && !agreeOnTheBeginning(preparing)) {
      return;
    }
    Map<WorkerId, Standing> standing = new TreeMap<>(preparing.standing());
    standing.replaceAll((worker, how) -> withDonor(preparing, worker, how));
    phase = new Phase.Preparing(preparing.base(), standing);
    if (standing.values().stream().allMatch(Standing.Stands.class::isInstance)) {
      prepared(preparing.base());
    } else if (standing.values().stream().noneMatch(Standing.Fetches.class::isInstance)) {
      noDonor(preparing.base(), standing);
    }
  }

  /** Version 0 is made by everybody from the seed; who made something else is blamed. */
  private boolean agreeOnTheBeginning(Phase.Preparing preparing) {
    List<Inquiry.Ballot> ballots = new ArrayList<>();
    preparing
        .standing()
        .forEach(
            (worker, how) -> {
              if (how instanceof Standing.Stands stands) {
                ballots.add(
                    new Inquiry.Ballot(
                        worker, rankOf(worker), new Inquiry.Vote(stands.digest(), 0)));
              }
            });
    Inquiry beginning = new Inquiry(0, ballots, 0, Set.of());
    if (beginning.unanimous()) {
      Map<Integer, Digest> digests = new TreeMap<>();
      for (Inquiry.Ballot ballot : ballots) {
        if (ballot.vote().state() != null) {
          digests.put(ballot.rank().index(), ballot.vote().state());
        }
      }
      history = History.NONE.begun(digests);
      return true;
    }
    write(
        new Note.Detected(
            epoch, 0, Detector.STATE_DIGEST, beginning.suspects(), beginning.summary()));
    List<WorkerId> evicted = new ArrayList<>();
    beginning
        .outvoted()
        .orElse(List.of())
        .forEach(
            finding -> {
              WorkerId worker = finding.ballot().worker();
              if (blame(0, worker, Detector.STATE_DIGEST, finding.evidence())) {
                evicted.add(worker);
              }
            });
    evicted.forEach(worker -> remove(0, worker, "version 0 is wrong again"));
    open(Trigger.ALARM, "version 0 differs", 0);
    return false;
  }

  private Standing withDonor(Phase.Preparing preparing, WorkerId worker, Standing how) {
    if (!(how instanceof Standing.Needs needs)) {
      return how;
    }
    Optional<WorkerId> donor = donor(preparing, worker, needs.tried());
    if (donor.isEmpty()) {
      return how;
    }
    send(worker, pullOrder(preparing.base(), worker, donor.get()));
    return new Standing.Fetches(donor.get(), needs.flaw(), needs.tried());
  }

  private Message.Pull pullOrder(long version, WorkerId worker, WorkerId donor) {
    return new Message.Pull(epoch, version, history.agreed(version, shardOf(worker)), donor);
  }

  /** Somebody with the same shard who has just read the version and found it intact. */
  private Optional<WorkerId> donor(
      Phase.Preparing preparing, WorkerId worker, Set<WorkerId> tried) {
    return roster.seats().entrySet().stream()
        .filter(seat -> seat.getKey().index() == shardOf(worker))
        .map(Map.Entry::getValue)
        .filter(other -> !other.equals(worker) && !tried.contains(other))
        .filter(other -> preparing.standing().get(other) instanceof Standing.Stands)
        .findFirst();
  }

  private void noDonor(long base, Map<WorkerId, Standing> standing) {
    WorkerId needy =
        standing.entrySet().stream()
            .filter(entry -> entry.getValue() instanceof Standing.Needs)
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow();
    long older = base - 1;
    if (older >= 0 && history.agreed(older, shardOf(needy)) != null) {
      String reason = "no intact copy of version " + base + " of shard " + shardOf(needy);
      write(new Note.RolledBack(epoch, base, older, reason));
      open(Trigger.ROLLBACK, reason, older);
    } else {
      conclude(
          new Verdict.Lost(
              "no intact copy of shard "
                  + shardOf(needy)
                  + " at version "
                  + base
                  + " is left in any worker's memory"));
    }
  }

  private void pulled(Message.Pulled message) {
    if (phase instanceof Phase.Preparing preparing
        && preparing.base() == message.version()
        && preparing.standing().get(message.worker()) instanceof Standing.Fetches fetches
        && fetches.donor().equals(message.donor())) {
      restored(message);
      stands(preparing, message.worker(), message.digest());
    } else if (phase instanceof Phase.Mending mending
        && mending.asked(message.worker(), message.version(), message.donor()) != null) {
      restored(message);
      mended(mending, message.worker(), message.version());
    } else {
      refuse(message, "not asked in " + phase);
    }
  }

  private void restored(Message.Pulled message) {
    write(
        new Note.Restored(
            epoch,
            message.version(),
            message.worker(),
            rankOf(message.worker()),
            message.donor(),
            message.blocks(),
            message.bytes()));
  }

  private void pullFailed(Message.PullFailed message) {
    if (phase instanceof Phase.Preparing preparing
        && preparing.base() == message.version()
        && preparing.standing().get(message.worker()) instanceof Standing.Fetches fetches
        && fetches.donor().equals(message.donor())) {
      transferAlarm(message);
      Map<WorkerId, Standing> standing = new TreeMap<>(preparing.standing());
      if (message.flaw() == Message.PullFlaw.DONOR_CORRUPT) {
        standing.put(
            message.donor(), new Standing.Needs(Message.Flaw.CORRUPT, Set.of(message.worker())));
      }
      needs(
          new Phase.Preparing(preparing.base(), standing),
          message.worker(),
          fetches.flaw(),
          Sorted.with(fetches.tried(), message.donor()));
    } else if (phase instanceof Phase.Mending mending
        && mending.asked(message.worker(), message.version(), message.donor()) != null) {
      transferAlarm(message);
      mendElsewhere(mending, message);
    } else {
      refuse(message, "not asked in " + phase);
    }
  }

  private void transferAlarm(Message.PullFailed message) {
    boolean corrupt =
        message.flaw() == Message.PullFlaw.DONOR_CORRUPT
            || message.flaw() == Message.PullFlaw.ARRIVED_CORRUPT;
    if (corrupt) {
      List<Rank> suspects = roster.rankOf(message.donor()).map(List::of).orElse(List.of());
      write(
          new Note.Detected(
              epoch,
              message.version() + 1,
              Detector.TRANSFER,
              suspects,
              message.flaw() + " from " + message.donor() + ": " + message.detail()));
    }
  }

  /** Everybody stands on the base: the open question first, then the step. */
  private void prepared(long base) {
    Inquiry open = inquiry;
    if (open == null) {
      run(base + 1);
      return;
    }
    Optional<List<Inquiry.Finding>> outvoted = open.outvoted();
    if (outvoted.isPresent()) {
      List<Inquiry.Finding> others =
          outvoted.get().stream()
              .filter(finding -> !open.rotten().contains(finding.ballot().worker()))
              .toList();
      condemn(open, others, Detector.STATE_DIGEST, base);
    } else if (!open.rotten().isEmpty()) {
      condemn(open, List.of(), Detector.BASE_CHECK, base);
    } else if (!arbitrate(open, base)) {
      run(base + 1);
    }
  }

  /**
   * The question is answered: blames all that were found wrong. Who had enough strikes is evicted;
   * if nobody was, the step is done again on {@code base}.
   */
  private void condemn(
      Inquiry answered, List<Inquiry.Finding> findings, Detector detector, long base) {
    inquiry = null;
    List<WorkerId> evicted = new ArrayList<>();
    for (Inquiry.Finding finding : findings) {
      WorkerId worker = finding.ballot().worker();
      if (roster.contains(worker) && blame(answered.step(), worker, detector, finding.evidence())) {
        evicted.add(worker);
        remove(answered.step(), worker, finding.evidence());
      }
    }
    if (evicted.isEmpty()) {
      run(base + 1);
    } else {
      open(Trigger.EVICTION, "evicted " + evicted);
    }
  }

  /** A strike, with its verdict. Returns whether it was one too many. */
  private boolean blame(long step, WorkerId worker, Detector detector, String evidence) {
    int count = strike(worker);
    boolean tooMany = count >= config.strikesToEvict();
    write(
        new Note.Blamed(
            epoch,
            step,
            worker,
            roster.rankOf(worker).orElse(null),
            detector,
            tooMany ? Kind.PERSISTENT : Kind.TRANSIENT,
            evidence + " (strike " + count + " of " + config.strikesToEvict() + ")"));
    return tooMany;
  }

  private int strike(WorkerId worker) {
    int count = strikes.getOrDefault(worker, 0) + 1;
    strikes = Sorted.with(strikes, worker, count);
    return count;
  }

  // Arbitration.

  /** Asks a spare to replay the step. Returns false if there is nobody to ask. */
  private boolean arbitrate(Inquiry open, long base) {
    if (config.mesh().workersPerPod() != 1
        || roster.spares().isEmpty()
        || open.step() != base + 1) {
      return false;
    }
    WorkerId arbiter = roster.spares().first();
    WorkerId donor = roster.seats().firstEntry().getValue();
    Message.Replay order = new Message.Replay(epoch, base + 1, history.agreed(base, 0), donor);
    enter(new Phase.Arbitrating(base, arbiter, order));
    send(arbiter, order);
    return true;
  }

  private void replayed(Message.Replayed message) {
    Inquiry open = inquiry;
    if (!(phase instanceof Phase.Arbitrating arbitrating)
        || !arbitrating.arbiter().equals(message.worker())
        || open == null
        || message.step() != arbitrating.base() + 1) {
      refuse(message, "not asked in " + phase);
      return;
    }
    if (message.state() == null) {
      run(arbitrating.base() + 1);
      return;
    }
    Inquiry.Vote truth =
        new Inquiry.Vote(message.state(), Double.doubleToRawLongBits(message.loss()));
    List<Inquiry.Finding> findings =
        open.differingFrom(Map.of(0, truth), "the replay by " + message.worker());
    if (findings.size() < open.ballots().size()) {
      condemn(open, findings, Detector.ARBITRATION, arbitrating.base());
    } else {
      // Neither is what came out of the replay: the redo has to say more.
      run(arbitrating.base() + 1);
    }
  }

  // A step.

  private void run(long step) {
    if (step > config.steps()) {
      finish();
      return;
    }
    enter(new Phase.Running(step, Map.of()));
    write(new Note.StepStarted(epoch, step));
    Message.RunStep order = new Message.RunStep(epoch, step, history.verified());
    roster.seats().values().forEach(worker -> send(worker, order));
  }

  private void attested(Message.Attested message) {
    if (!(phase instanceof Phase.Running running)
        || message.step() != running.step()
        || !roster.seats().containsValue(message.worker())) {
      refuse(message, "not asked in " + phase);
      return;
    }
    if (running.attested().containsKey(message.worker())) {
      refuse(message, "it has attested already");
      return;
    }
    Phase.Running next =
        new Phase.Running(
            running.step(), Sorted.with(running.attested(), message.worker(), message));
    phase = next;
    if (next.attested().keySet().containsAll(roster.seats().values())) {
      weigh(next);
    }
  }

  /**
   * All have attested: alarms first, then the comparison, then what was read of stored versions.
   */
  private void weigh(Phase.Running running) {
    if (config.screens() && screenAlarms(running)) {
      return;
    }
    Inquiry copies = inquiryInto(running);
    boolean compared = config.compares(running.step());
    if (compared && !copies.unanimous()) {
      differ(copies);
      return;
    }
    List<WorkerId> evicted = compared ? answerInquiry(copies) : List.of();
    commit(running, compared);
    if (!evicted.isEmpty()) {
      evicted.forEach(worker -> remove(running.step(), worker, "blamed again"));
      open(Trigger.EVICTION, "evicted " + evicted);
      return;
    }
    mend(running);
  }

  /**
   * Screens are blunt: an alarm has the step redone once. If it comes again it follows the data or
   * the machine, which a screen cannot tell: it is said, and the training goes on.
   */
  private boolean screenAlarms(Phase.Running running) {
    long step = running.step();
    boolean again = step == screened;
    boolean redo = false;
    for (Message.Attested attested : running.attested().values()) {
      if (attested.alarm() != null) {
        Rank rank = rankOf(attested.worker());
        write(new Note.Detected(epoch, step, Detector.SCREEN, List.of(rank), attested.alarm()));
        if (again) {
          String evidence = attested.alarm() + ", and again when the step was redone";
          write(
              new Note.Blamed(
                  epoch, step, null, null, Detector.SCREEN, Kind.UNDECIDABLE, evidence));
        } else {
          strike(attested.worker());
          write(
              new Note.Blamed(
                  epoch,
                  step,
                  attested.worker(),
                  rank,
                  Detector.SCREEN,
                  Kind.TRANSIENT,
                  attested.alarm()));
          redo = true;
        }
      }
    }
    if (redo) {
      screened = step;
      open(Trigger.ALARM, "a screen's alarm in step " + step);
    }
    return redo;
  }

  private Inquiry inquiryInto(Phase.Running running) {
    List<Inquiry.Ballot> ballots = new ArrayList<>();
    roster
        .seats()
        .forEach(
            (rank, worker) -> {
              Message.Attested attested = running.attested().get(worker);
              if (attested != null) {
                ballots.add(new Inquiry.Ballot(worker, rank, Inquiry.Vote.of(attested)));
              }
            });
    return new Inquiry(running.step(), ballots, 0, Set.of());
  }

  /** The copies differ: nothing is committed; everybody goes back and reads the base again. */
  private void differ(Inquiry copies) {
    write(
        new Note.Detected(
            epoch, copies.step(), Detector.STATE_DIGEST, copies.suspects(), copies.summary()));
    if (inquiry != null && inquiry.redos() >= config.redosMax()) {
      String reason =
          "the copies of step "
              + copies.step()
              + " differ, also after "
              + inquiry.redos()
              + " redos, and nothing can say which is right: "
              + copies.summary();
      write(
          new Note.Blamed(
              epoch, copies.step(), null, null, Detector.STATE_DIGEST, Kind.UNDECIDABLE, reason));
      conclude(new Verdict.Undecidable(reason));
      return;
    }
    int redos = inquiry == null ? -1 : inquiry.redos();
    inquiry = new Inquiry(copies.step(), copies.ballots(), redos + 1, Set.of());
    open(Trigger.ALARM, "the copies of step " + copies.step() + " differ");
  }

  /** A step was redone and all agree now: who had said something else before was wrong. */
  private List<WorkerId> answerInquiry(Inquiry copies) {
    List<WorkerId> evicted = new ArrayList<>();
    if (inquiry == null || inquiry.step() != copies.step()) {
      return evicted;
    }
    Map<Integer, Inquiry.Vote> truth = new TreeMap<>();
    copies.ballots().forEach(ballot -> truth.put(ballot.rank().index(), ballot.vote()));
    for (Inquiry.Finding finding : inquiry.differingFrom(truth, "after the redo all attest")) {
      WorkerId worker = finding.ballot().worker();
      if (roster.contains(worker)
          && blame(copies.step(), worker, Detector.STATE_DIGEST, finding.evidence())) {
        evicted.add(worker);
      }
    }
    inquiry = null;
    return evicted;
  }

  private void commit(Phase.Running running, boolean compared) {
    Message.Attested any = running.attested().values().iterator().next();
    history = history.attested(new History.Done(running.step(), any.loss(), assignment()));
    barren = 0;
    if (!compared && config.digests()) {
      return;
    }
    Map<Integer, Digest> digests = new TreeMap<>();
    roster
        .seats()
        .forEach(
            (rank, worker) -> {
              Message.Attested attested = running.attested().get(worker);
              if (compared && attested != null && attested.state() != null) {
                digests.put(rank.index(), attested.state());
              }
            });
    for (History.Done done : history.provisional()) {
      List<Digest> known =
          done.step() == running.step() ? List.copyOf(digests.values()) : List.of();
      write(new Note.StepCommitted(epoch, done.step(), known, done.loss(), done.assignment()));
    }
    history = history.verified(digests, config.keepVersions());
  }

  // Mending stored versions.

  private void mend(Phase.Running running) {
    List<Mend> mends = new ArrayList<>();
    List<WorkerId> evicted = new ArrayList<>();
    running
        .attested()
        .forEach(
            (worker, attested) -> {
              for (Message.StoredDigest stored : attested.scrubbed()) {
                Digest agreed = history.agreed(stored.version(), shardOf(worker));
                if (agreed != null && !agreed.equals(stored.digest())) {
                  rot(running.step(), worker, stored, agreed, mends, evicted);
                }
              }
            });
    if (!evicted.isEmpty()) {
      evicted.forEach(worker -> remove(running.step(), worker, "its memory rots again"));
      open(Trigger.EVICTION, "evicted " + evicted);
    } else if (mends.isEmpty()) {
      run(running.step() + 1);
    } else {
      enter(new Phase.Mending(running.step(), mends));
      mends.forEach(this::sendMend);
    }
  }

  private void rot(
      long step,
      WorkerId worker,
      Message.StoredDigest stored,
      Digest agreed,
      List<Mend> mends,
      List<WorkerId> evicted) {
    Rank rank = rankOf(worker);
    String evidence =
        "stored version "
            + stored.version()
            + " was agreed as "
            + agreed
            + " and is read as "
            + stored.digest();
    write(new Note.Detected(epoch, step, Detector.SCRUB, List.of(rank), evidence));
    if (blame(step, worker, Detector.SCRUB, evidence)) {
      evicted.add(worker);
      return;
    }
    mendDonor(worker, Set.of())
        .ifPresent(donor -> mends.add(new Mend(worker, stored.version(), agreed, donor, Set.of())));
  }

  private Optional<WorkerId> mendDonor(WorkerId worker, Set<WorkerId> tried) {
    return roster.seats().entrySet().stream()
        .filter(seat -> seat.getKey().index() == shardOf(worker))
        .map(Map.Entry::getValue)
        .filter(other -> !other.equals(worker) && !tried.contains(other))
        .findFirst();
  }

  private void sendMend(Mend mend) {
    send(mend.worker(), new Message.Pull(epoch, mend.version(), mend.agreed(), mend.donor()));
  }

  private void mended(Phase.Mending mending, WorkerId worker, long version) {
    List<Mend> left = new ArrayList<>(mending.mends());
    left.removeIf(mend -> mend.worker().equals(worker) && mend.version() == version);
    phase = new Phase.Mending(mending.step(), left);
    if (left.isEmpty()) {
      run(mending.step() + 1);
    } else {
      // A worker mends one version at a time; the others of it were refused while it was busy.
      left.stream()
          .filter(mend -> mend.worker().equals(worker))
          .findFirst()
          .ifPresent(this::sendMend);
    }
  }

  private void mendElsewhere(Phase.Mending mending, Message.PullFailed message) {
    Mend failed =
        Objects.requireNonNull(mending.asked(message.worker(), message.version(), message.donor()));
    Set<WorkerId> tried = Sorted.with(failed.tried(), failed.donor());
    Optional<WorkerId> donor = mendDonor(failed.worker(), tried);
    if (donor.isEmpty()) {
      // Nobody has it intact: it is one of the older versions, and the newer ones will do.
      mended(mending, failed.worker(), failed.version());
      return;
    }
    Mend next = new Mend(failed.worker(), failed.version(), failed.agreed(), donor.get(), tried);
    List<Mend> mends = new ArrayList<>(mending.mends());
    mends.set(mends.indexOf(failed), next);
    phase = new Phase.Mending(mending.step(), mends);
    sendMend(next);
  }

  // Losses.

  private void frameRefused(Message.FrameRefused message) {
    if (!(phase instanceof Phase.Running running) || message.step() != running.step()) {
      refuse(message, "not asked in " + phase);
      return;
    }
    List<Rank> suspects = roster.rankOf(message.sender()).map(List::of).orElse(List.of());
    write(
        new Note.Detected(
            epoch,
            running.step(),
            Detector.FRAME_DIGEST,
            suspects,
            "a frame from "
                + message.sender()
                + " reached "
                + message.worker()
                + " with other bytes than it was sent with"));
    open(Trigger.ALARM, "a corrupt frame in step " + running.step());
  }

  private void linkBroken(WorkerId reporter, WorkerId peer) {
    if (!roster.contains(peer)) {
      return;
    }
    Set<WorkerId> reporters = Sorted.with(broken.getOrDefault(peer, Set.of()), reporter);
    broken = Sorted.with(broken, peer, reporters);
    long others =
        1 + roster.seats().values().stream().filter(worker -> !worker.equals(peer)).count();
    if (2L * reporters.size() >= others) {
      lost(
          peer,
          Detector.MEMBERSHIP,
          "the connection broke for "
              + reporters.stream().map(WorkerId::name).collect(Collectors.joining(", "))
              + " ("
              + reporters.size()
              + " of "
              + others
              + ")");
    }
  }

  private void lost(WorkerId worker, Detector detector, String reason) {
    if (!roster.contains(worker)) {
      return;
    }
    Rank rank = roster.rankOf(worker).orElse(null);
    long step = phase instanceof Phase.Running running ? running.step() : history.newest() + 1;
    write(new Note.WorkerLost(epoch, step, worker, rank, detector, reason));
    drop(worker, reason);
    if (phase instanceof Phase.Forming) {
      return;
    }
    if (phase instanceof Phase.Finishing finishing && rank != null) {
      finals(finishing);
    } else if (rank != null
        || (phase instanceof Phase.Arbitrating arbitrating
            && arbitrating.arbiter().equals(worker))) {
      open(Trigger.LOSS, worker + " was lost: " + reason);
    }
  }

  /** Takes a worker off by the controller's own will. */
  private void remove(long step, WorkerId worker, String reason) {
    roster
        .rankOf(worker)
        .ifPresent(rank -> write(new Note.Evicted(epoch, step, worker, rank, reason)));
    drop(worker, reason);
  }

  private void drop(WorkerId worker, String reason) {
    Roster.Change change = roster.lose(worker);
    roster = change.next();
    // The epoch that begins now: whoever is dismissed hears of it, and refuses all older orders.
    send(worker, new Message.Dismiss(epoch + 1, reason));
    effects.add(new ControllerEffect.Expel(worker, reason));
    Rank rank = change.rank();
    if (rank == null || phase instanceof Phase.Forming) {
      return;
    }
    WorkerId spare = change.spare();
    if (spare != null) {
      write(new Note.Replaced(epoch, rank, worker, spare));
    } else {
      write(new Note.Dissolved(epoch, rank.pod(), worker, change.freed()));
    }
  }

  // The end.

  private void finish() {
    enter(new Phase.Finishing(history.newest(), Map.of()));
    Message.Finish order = new Message.Finish(epoch, history.newest());
    roster.seats().values().forEach(worker -> send(worker, order));
  }

  private void finalRead(Message.Final message) {
    if (!(phase instanceof Phase.Finishing finishing)
        || message.step() != finishing.step()
        || !roster.seats().containsValue(message.worker())) {
      refuse(message, "not asked in " + phase);
      return;
    }
    finals(
        new Phase.Finishing(
            finishing.step(), Sorted.with(finishing.finals(), message.worker(), message.digest())));
  }

  private void finals(Phase.Finishing finishing) {
    phase = finishing;
    if (roster.seats().isEmpty()) {
      conclude(new Verdict.Lost("the last worker was lost before it could say what it holds"));
      return;
    }
    List<Verdict.FinalDigest> finals = new ArrayList<>();
    for (Map.Entry<Rank, WorkerId> seat : roster.seats().entrySet()) {
      Digest digest = finishing.finals().get(seat.getValue());
      if (digest == null) {
        return;
      }
      finals.add(new Verdict.FinalDigest(seat.getKey(), seat.getValue(), digest));
    }
    conclude(new Verdict.Completed(finals));
  }

  private void conclude(Verdict verdict) {
    enter(new Phase.Concluded(verdict));
    write(new Note.Concluded(epoch, verdict));
    effects.add(new ControllerEffect.Conclude(verdict));
  }

  // Time.

  private void tick() {
    ProtocolConfig.Timeouts timeouts = config.timeouts();
    long waited = now - since;
    switch (phase) {
      case Phase.Forming ignored when waited > timeouts.joinMillisMax() ->
          conclude(
              new Verdict.NotFormed(
                  roster.spares().size()
                      + " of "
                      + config.mesh().workers()
                      + " workers joined within "
                      + timeouts.joinMillisMax()
                      + " ms"));
      case Phase.Preparing preparing when waited > timeouts.prepareMillisMax() -> silent(preparing);
      case Phase.Running running when waited > timeouts.stallMillisMax() ->
          open(
              Trigger.STALL,
              "step " + running.step() + " stalled; waiting for " + freeze().waitingFor());
      case Phase.Arbitrating arbitrating when waited > timeouts.stallMillisMax() ->
          lost(arbitrating.arbiter(), Detector.DEADLINE, "no replay within the deadline");
      case Phase.Mending mending when waited > timeouts.prepareMillisMax() ->
          open(Trigger.STALL, "repairs after step " + mending.step() + " stalled");
      case Phase.Finishing finishing when waited > timeouts.prepareMillisMax() ->
          roster.seats().values().stream()
              .filter(worker -> !finishing.finals().containsKey(worker))
              .findFirst()
              .ifPresent(worker -> lost(worker, Detector.DEADLINE, "no last reading in time"));
      default -> {
        if (now - reminded > timeouts.resendMillis()) {
          remind();
        }
      }
    }
  }

  /** Who has not answered a Prepare in time is lost; who could not fetch in time as well. */
  private void silent(Phase.Preparing preparing) {
    List<WorkerId> gone =
        preparing.standing().entrySet().stream()
            .filter(entry -> !(entry.getValue() instanceof Standing.Stands))
            .map(Map.Entry::getKey)
            .toList();
    long step = preparing.base() + 1;
    for (WorkerId worker : gone) {
      Rank rank = roster.rankOf(worker).orElse(null);
      String reason = "not ready for epoch " + epoch + " within the deadline";
      write(new Note.WorkerLost(epoch, step, worker, rank, Detector.DEADLINE, reason));
      if (roster.contains(worker)) {
        drop(worker, reason);
      }
    }
    open(Trigger.LOSS, "not ready in time: " + gone);
  }

  /** Says again what has not been answered: any message may have been lost. */
  private void remind() {
    reminded = now;
    switch (phase) {
      case Phase.Preparing preparing ->
          preparing
              .standing()
              .forEach(
                  (worker, how) -> {
                    if (how instanceof Standing.Asked) {
                      send(worker, prepareOrder(worker, preparing.base()));
                    } else if (how instanceof Standing.Fetches fetches) {
                      send(worker, pullOrder(preparing.base(), worker, fetches.donor()));
                    }
                  });
      case Phase.Running running -> {
        Message.RunStep order = new Message.RunStep(epoch, running.step(), history.verified());
        roster.seats().values().stream()
            .filter(worker -> !running.attested().containsKey(worker))
            .forEach(worker -> send(worker, order));
      }
      case Phase.Arbitrating arbitrating -> send(arbitrating.arbiter(), arbitrating.order());
      case Phase.Mending mending -> {
        Set<WorkerId> asked = new TreeSet<>();
        mending.mends().stream().filter(mend -> asked.add(mend.worker())).forEach(this::sendMend);
      }
      case Phase.Finishing finishing ->
          roster.seats().values().stream()
              .filter(worker -> !finishing.finals().containsKey(worker))
              .forEach(worker -> send(worker, new Message.Finish(epoch, finishing.step())));
      case Phase.Forming ignored -> {}
      case Phase.Concluded ignored -> {}
    }
  }

  // Small things.

  private Assignment assignment() {
    return roster.assignment(epoch, config.microbatches());
  }

  private Rank rankOf(WorkerId worker) {
    return roster
        .rankOf(worker)
        .orElseThrow(() -> new IllegalStateException(worker + " has no rank in " + roster));
  }

  private int shardOf(WorkerId worker) {
    return rankOf(worker).index();
  }

  private void enter(Phase next) {
    phase = next;
    since = now;
    reminded = now;
  }

  private void send(WorkerId worker, Message.ToWorker message) {
    effects.add(new ControllerEffect.Send(worker, message));
  }

  private void write(Note note) {
    effects.add(new ControllerEffect.Write(note));
  }

  private void refuse(Message.ToController message, String reason) {
    write(new Note.Refused(epoch, message.toString(), reason));
  }
}
