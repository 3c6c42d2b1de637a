package dev.redoubt.core;

import dev.redoubt.core.Note.Kind;
import dev.redoubt.core.Note.Trigger;
import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A step: from the order, over the attestations, to the commit. */
final class Stepping {

  private Stepping() {}

  static void run(Turn turn, long step) {
    if (step > turn.config.steps()) {
      Finishing.begin(turn);
      return;
    }
    if (Scanning.evict(turn, step)
        || Diagnosing.begin(turn, step)
        || Membership.release(turn, step)
        || Membership.grow(turn, step)) {
      return;
    }
    turn.enter(new Phase.Running(step, Map.of()));
    Guarding.say(turn);
    Speculating.begin(turn, step);
    turn.write(new Note.StepStarted(turn.epoch, step));
    LastResort.keep(turn);
    Memory ignored = Succession.write(turn);
    turn.sendAll(order(turn, step));
    Auditing.begin(turn, step);
    Succession.spread(turn);
  }

  static Message.RunStep order(Turn turn, long step) {
    return new Message.RunStep(
        turn.epoch, step, turn.history.verified(), turn.memory, Guarding.agreed(turn, step - 1));
  }

  static void attested(Turn turn, Message.Attested message) {
    if (!(turn.phase instanceof Phase.Running running)
        || message.step() != running.step()
        || !turn.roster.seats().containsValue(message.worker())) {
      turn.refuseUnasked(message);
      return;
    }
    if (running.attested().containsKey(message.worker())) {
      turn.refuse(message, "it has attested already");
      return;
    }
    Phase.Running next =
        new Phase.Running(
            running.step(), Sorted.with(running.attested(), message.worker(), message));
    turn.phase = next;
    Guarding.reported(turn, message.step(), message.worker(), message.guests());
    proceed(turn, next);
  }

  /** Weighs the step when all have attested, and a majority stands behind this controller. */
  static void proceed(Turn turn, Phase.Running running) {
    if (running.attested().keySet().containsAll(turn.roster.seats().values())
        && Quorum.reached(turn)) {
      weigh(turn, running);
    }
  }

  /**
   * Weighs a step that was attested for the controller before. Returns whether that opened an
   * epoch; if not, it is committed.
   */
  static boolean inherit(Turn turn, Phase.Running done, Memory memory) {
    if (turn.config.audits().on()) {
      // Nobody knows what its audits said. Everybody still has the version before it.
      Epochs.open(
          turn,
          Trigger.SUCCESSION,
          "another controller took over; step " + done.step() + " is done and audited again");
      return true;
    }
    turn.phase = done;
    if (Judging.wrongProducts(turn, done)) {
      return true;
    }
    if (turn.config.screens() && screenAlarms(turn, done)) {
      return true;
    }
    Inquiry copies = Inquiry.into(done, memory.roster());
    boolean compared = turn.config.compares(done.step());
    if (compared && !copies.unanimous()) {
      if (turn.config.patience().on()) {
        // Maybe because a spare stood in for somebody. Then none of the copies is to blame.
        Epochs.open(turn, Trigger.SUCCESSION, "another controller took over; the copies differ");
      } else {
        Judging.differ(turn, copies);
      }
      return true;
    }
    if (Judging.rottenBases(turn, done, copies)) {
      return true;
    }
    Assignment assignment =
        new Assignment(memory.epoch(), turn.config.microbatches(), memory.seats());
    commit(turn, done, assignment, compared ? copies.digests() : Map.of());
    return false;
  }

  /**
   * All have attested: wrong products first, for they explain the rest; then alarms of screens,
   * then the comparison, then the bases, then what was read of stored versions.
   */
  private static void weigh(Turn turn, Phase.Running running) {
    if (Judging.wrongProducts(turn, running)) {
      return;
    }
    if (turn.config.screens() && screenAlarms(turn, running)) {
      return;
    }
    Inquiry copies = Inquiry.into(running, turn.roster);
    boolean compared = turn.config.compares(running.step());
    if (Speculating.disputed(turn, running, copies)) {
      return;
    }
    if (compared && !copies.unanimous()) {
      Judging.differ(turn, copies);
      return;
    }
    if (Judging.rottenBases(turn, running, copies)) {
      return;
    }
    if (turn.audit.owes()) {
      Auditing.gate(turn, running);
    } else {
      settle(turn, running, List.of());
    }
  }

  /**
   * The copies of the step agree, and some audits are not over, of it or of those before: the next
   * one begins all the same, and may have to be done again with all that are provisional.
   */
  static void ahead(Turn turn, Phase.Running running) {
    attested(turn, running, turn.assignment(), Inquiry.into(running, turn.roster).digests());
    Mending.mend(turn, running);
  }

  /**
   * Nothing speaks against the step: it is committed, and the next one begins.
   *
   * @param blamed who was blamed too often while it was audited
   */
  static void settle(Turn turn, Phase.Running running, List<WorkerId> blamed) {
    Inquiry copies = Inquiry.into(running, turn.roster);
    boolean compared = turn.config.compares(running.step());
    List<WorkerId> outworn = new ArrayList<>(blamed);
    outworn.addAll(compared ? Judging.answer(turn, copies) : List.of());
    commit(turn, running, turn.assignment(), compared ? copies.digests() : Map.of());
    outworn.addAll(Speculating.done(turn, running));
    outworn.addAll(Guarding.outworn(turn, running));
    List<WorkerId> evicted =
        Membership.evict(turn, running.step(), outworn, turn.roster.seats().values());
    Auditing.dismiss(turn, blamed);
    if (evicted.isEmpty()) {
      Mending.mend(turn, running);
    } else {
      Epochs.open(turn, Trigger.EVICTION, "evicted " + evicted);
    }
  }

  /**
   * Screens are blunt: an alarm has the step redone once. If it comes again it follows the data or
   * the machine, which a screen cannot tell: it is said, and the training goes on.
   */
  private static boolean screenAlarms(Turn turn, Phase.Running running) {
    long step = running.step();
    Map<Integer, List<Message.Attested>> pods = new TreeMap<>();
    for (Message.Attested attested : running.attested().values()) {
      int pod = turn.rankOf(attested.worker()).pod();
      pods.computeIfAbsent(pod, none -> new ArrayList<>()).add(attested);
    }
    boolean again = step == turn.screened;
    boolean redo = false;
    for (List<Message.Attested> pod : pods.values()) {
      if (pod.stream().anyMatch(attested -> attested.alarm() != null)) {
        redo |= screenAlarm(turn, step, pod, again);
      }
    }
    if (redo) {
      turn.screened = step;
      Epochs.open(turn, Trigger.ALARM, "a screen's alarm in step " + step);
    }
    return redo;
  }

  /**
   * The alarm of a pod. What one rank computes goes into what the others do, so they are heard
   * together: if the version that one of them computed on has rotted, that explains it, and nobody
   * is blamed for more. Returns whether the step has to be done again for it.
   */
  private static boolean screenAlarm(
      Turn turn, long step, List<Message.Attested> pod, boolean again) {
    List<Message.Attested> alarmed =
        pod.stream().filter(attested -> attested.alarm() != null).toList();
    boolean rotten = pod.stream().anyMatch(attested -> attested.base() != null);
    List<Rank> suspects =
        pod.stream()
            .filter(attested -> attested.alarm() != null || attested.base() != null)
            .map(attested -> turn.rankOf(attested.worker()))
            .toList();
    String alarm =
        alarmed.stream()
            .map(attested -> Objects.requireNonNull(attested.alarm()))
            .distinct()
            .collect(Collectors.joining("; "));
    turn.write(new Note.Detected(turn.epoch, step, Detector.SCREEN, suspects, alarm));
    if (rotten) {
      return false;
    }
    if (again) {
      String evidence = alarm + ", and again when the step was redone";
      turn.write(
          new Note.Blamed(
              turn.epoch, step, null, null, Detector.SCREEN, Kind.UNDECIDABLE, evidence));
    } else if (alarmed.size() > 1) {
      List<WorkerId> workers = alarmed.stream().map(Message.Attested::worker).toList();
      turn.strikeAll(step, workers, Detector.SCREEN, alarm);
    } else {
      WorkerId worker = alarmed.getFirst().worker();
      turn.strike(worker);
      turn.write(
          new Note.Blamed(
              turn.epoch,
              step,
              worker,
              turn.rankOf(worker),
              Detector.SCREEN,
              Kind.TRANSIENT,
              alarm));
      turn.suspect(step, worker, Detector.SCREEN);
    }
    return !again;
  }

  /**
   * All have attested, and agree if they were compared.
   *
   * @param digests by shard; empty if the copies were not compared
   */
  private static void commit(
      Turn turn, Phase.Running running, Assignment assignment, Map<Integer, Digest> digests) {
    attested(turn, running, assignment, digests);
    if (turn.config.compares(running.step()) || !turn.config.digests()) {
      verify(turn);
    }
  }

  private static void attested(
      Turn turn, Phase.Running running, Assignment assignment, Map<Integer, Digest> digests) {
    Message.Attested any = running.attested().values().iterator().next();
    History.Done done = new History.Done(running.step(), any.loss(), assignment);
    turn.history = turn.history.attested(done, digests);
  }

  /** Moves the watermark to the newest step, or to the last before one that is not audited yet. */
  static void verify(Turn turn) {
    long step = turn.audit.auditedUpTo(turn.history.newest());
    if (step <= turn.history.verified()) {
      return;
    }
    for (History.Done done : turn.history.provisional()) {
      if (done.step() <= step) {
        List<Digest> known = List.copyOf(turn.history.agreedOn(done.step()).values());
        turn.write(
            new Note.StepCommitted(turn.epoch, done.step(), known, done.loss(), done.assignment()));
      }
    }
    turn.history = turn.history.verified(step, turn.config.keepVersions());
    // Not before: a step that is only provisional is given up again by the next epoch.
    turn.barren = 0;
  }

  static void frameRefused(Turn turn, Message.FrameRefused message) {
    if (!(turn.phase instanceof Phase.Running running) || message.step() != running.step()) {
      turn.refuseUnasked(message);
      return;
    }
    String evidence =
        "a frame from "
            + message.sender()
            + " reached "
            + message.worker()
            + " with other bytes than it was sent with";
    turn.write(
        new Note.Detected(
            turn.epoch,
            running.step(),
            Detector.FRAME_DIGEST,
            turn.suspect(message.sender()),
            evidence));
    Epochs.open(turn, Trigger.ALARM, "a corrupt frame in step " + running.step());
  }
}
