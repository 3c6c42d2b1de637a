package dev.redoubt.core;

import dev.redoubt.core.Note.Kind;
import dev.redoubt.core.Note.Trigger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Who was wrong: votes, replays by a third worker, redos, and what follows from the answer. */
final class Judging {

  private Judging() {}

  /** The copies differ: nothing is committed; everybody goes back and reads the base again. */
  static void differ(Turn turn, Inquiry copies) {
    long step = copies.step();
    turn.write(
        new Note.Detected(
            turn.epoch, step, Detector.STATE_DIGEST, copies.suspects(), copies.summary()));
    Inquiry open = turn.inquiry;
    int redos = open == null || open.step() != step ? 0 : open.redos() + 1;
    if (redos > turn.config.redosMax()) {
      undecidable(turn, copies, redos - 1);
      return;
    }
    turn.inquiry =
        new Inquiry(step, copies.ballots(), redos, Set.of(), turn.history.agreedOn(step - 1));
    Epochs.open(
        turn, Trigger.ALARM, "the copies of step " + step + " differ" + remark(turn, copies));
  }

  /** Why a spare that is there will not be asked. */
  private static String remark(Turn turn, Inquiry copies) {
    boolean asked = turn.config.mesh().workersPerPod() == 1 || turn.roster.spares().isEmpty();
    return asked || copies.outvoted().isPresent()
        ? ""
        : "; one spare cannot replay what a pod of several computes, so only a redo can tell";
  }

  /**
   * The copies agree, but somebody computed on a version that had rotted: its gradients are in
   * every copy. Returns whether the step has to be done again for it.
   */
  static boolean rottenBases(Turn turn, Phase.Running running, Inquiry copies) {
    long step = running.step();
    Inquiry found = copies;
    List<WorkerId> outworn = new ArrayList<>();
    for (Message.Attested attested : running.attested().values()) {
      Message.Rot rot = attested.base();
      if (rot != null) {
        WorkerId worker = attested.worker();
        found = found.withRotten(worker);
        turn.write(
            new Note.Detected(
                turn.epoch, step, Detector.BASE_CHECK, turn.suspect(worker), rot.toString()));
        if (turn.blame(step, worker, Detector.BASE_CHECK, rot.toString())) {
          outworn.add(worker);
        }
      }
    }
    if (found.rotten().isEmpty()) {
      return false;
    }
    turn.inquiry = found;
    Set<WorkerId> intact = new TreeSet<>(turn.roster.seats().values());
    intact.removeAll(found.rotten());
    List<WorkerId> ignored = Membership.evict(turn, step, outworn, intact);
    Epochs.open(turn, Trigger.ALARM, "step " + step + " was computed on a version that rotted");
    return true;
  }

  /**
   * Somebody's own checks found wrong matrix products, by their definition: they are in its sums,
   * and so in all copies. It was its machine, whatever the others say. Returns whether the step has
   * to be done again for it.
   */
  static boolean wrongProducts(Turn turn, Phase.Running running) {
    long step = running.step();
    List<WorkerId> outworn = new ArrayList<>();
    boolean found = false;
    for (Message.Attested attested : running.attested().values()) {
      String wrong = attested.wrongProducts();
      if (wrong != null) {
        found = true;
        WorkerId worker = attested.worker();
        turn.write(new Note.Detected(turn.epoch, step, Detector.ABFT, turn.suspect(worker), wrong));
        if (turn.blame(step, worker, Detector.ABFT, wrong)) {
          outworn.add(worker);
        }
      }
    }
    if (!found) {
      return false;
    }
    List<WorkerId> ignored = Membership.evict(turn, step, outworn, turn.roster.seats().values());
    Epochs.open(turn, Trigger.ALARM, "step " + step + " was computed with wrong matrix products");
    return true;
  }

  private static void undecidable(Turn turn, Inquiry copies, int redos) {
    String reason =
        "the copies of step "
            + copies.step()
            + " differ, also after "
            + redos
            + " redos, and nothing can say which is right: "
            + copies.summary();
    turn.write(
        new Note.Blamed(
            turn.epoch,
            copies.step(),
            null,
            null,
            Detector.STATE_DIGEST,
            Kind.UNDECIDABLE,
            reason));
    turn.conclude(new Verdict.Undecidable(reason));
  }

  /** Everybody stands on the base: the open question first, then the step. */
  static void prepared(Turn turn, long base) {
    Inquiry open = turn.inquiry;
    if (open == null) {
      Stepping.run(turn, base + 1);
      return;
    }
    Optional<List<Inquiry.Finding>> outvoted = open.outvoted();
    if (outvoted.isPresent()) {
      List<Inquiry.Finding> others =
          outvoted.get().stream()
              .filter(finding -> !open.rotten().contains(finding.ballot().worker()))
              .toList();
      condemn(turn, others, Detector.STATE_DIGEST, base);
    } else if (!open.rotten().isEmpty()) {
      condemn(turn, List.of(), Detector.BASE_CHECK, base);
    } else if (!arbitrate(turn, open, base)) {
      Stepping.run(turn, base + 1);
    }
  }

  /**
   * The question is answered: blames all that were found wrong. Who had enough strikes is evicted;
   * if nobody was, the step is done again on {@code base}.
   */
  private static void condemn(
      Turn turn, List<Inquiry.Finding> findings, Detector detector, long base) {
    long step = turn.inquiry == null ? base + 1 : turn.inquiry.step();
    turn.inquiry = null;
    List<WorkerId> outworn = blameAll(turn, step, findings, detector);
    List<WorkerId> evicted = Membership.evict(turn, step, outworn, turn.roster.seats().values());
    if (evicted.isEmpty()) {
      Stepping.run(turn, base + 1);
    } else {
      Epochs.open(turn, Trigger.EVICTION, "evicted " + evicted);
    }
  }

  /**
   * Blames all that were found wrong and are still here. Returns who had one strike too many.
   *
   * <p>The ranks of a pod exchange the norm before the update, so the fault of one may be in all of
   * them. If several of a pod were found wrong, each gets a strike, and nobody is named.
   */
  static List<WorkerId> blameAll(
      Turn turn, long step, List<Inquiry.Finding> findings, Detector detector) {
    Map<Integer, List<Inquiry.Finding>> pods = new TreeMap<>();
    for (Inquiry.Finding finding : findings) {
      if (turn.roster.contains(finding.ballot().worker())) {
        pods.computeIfAbsent(finding.ballot().rank().pod(), pod -> new ArrayList<>()).add(finding);
      }
    }
    List<WorkerId> outworn = new ArrayList<>();
    for (List<Inquiry.Finding> pod : pods.values()) {
      if (pod.size() > 1) {
        outworn.addAll(blamePod(turn, step, pod, detector));
      } else {
        WorkerId worker = pod.getFirst().ballot().worker();
        if (turn.blame(step, worker, detector, pod.getFirst().evidence())) {
          outworn.add(worker);
        }
      }
    }
    return outworn;
  }

  private static List<WorkerId> blamePod(
      Turn turn, long step, List<Inquiry.Finding> findings, Detector detector) {
    String evidence =
        findings.stream()
            .map(finding -> finding.ballot().rank() + " " + finding.evidence())
            .collect(Collectors.joining("; "));
    List<WorkerId> workers = findings.stream().map(finding -> finding.ballot().worker()).toList();
    turn.strikeAll(step, workers, detector, evidence);
    return workers.stream().filter(turn::outworn).toList();
  }

  /**
   * A step was redone and all agree now: who had said something else before was wrong. Returns who
   * had one strike too many.
   */
  static List<WorkerId> answer(Turn turn, Inquiry copies) {
    Inquiry open = turn.inquiry;
    if (open == null || open.step() != copies.step()) {
      return List.of();
    }
    turn.inquiry = null;
    if (!open.base().equals(turn.history.agreedOn(copies.step() - 1))) {
      return List.of();
    }
    return blameAll(
        turn,
        copies.step(),
        open.differingFrom(copies.votes(), "after the redo all attest"),
        Detector.STATE_DIGEST);
  }

  // Arbitration.

  /**
   * Asks a spare to replay the step. Returns false if there is nobody to ask, or if a pod has
   * several ranks: a spare alone has neither the memory for a whole model nor the other ranks.
   */
  private static boolean arbitrate(Turn turn, Inquiry open, long base) {
    if (turn.config.mesh().workersPerPod() != 1
        || turn.roster.spares().isEmpty()
        || open.step() != base + 1) {
      return false;
    }
    WorkerId arbiter = turn.roster.spares().first();
    WorkerId donor = turn.roster.seats().firstEntry().getValue();
    Message.Replay order =
        new Message.Replay(turn.epoch, base + 1, turn.history.agreed(base, 0), donor);
    turn.enter(new Phase.Arbitrating(base, arbiter, order));
    turn.send(arbiter, order);
    return true;
  }

  static void replayed(Turn turn, Message.Replayed message) {
    Inquiry open = turn.inquiry;
    if (!(turn.phase instanceof Phase.Arbitrating arbitrating)
        || !arbitrating.arbiter().equals(message.worker())
        || open == null
        || message.step() != arbitrating.base() + 1) {
      turn.refuseUnasked(message);
      return;
    }
    if (message.state() == null) {
      Stepping.run(turn, message.step());
      return;
    }
    Inquiry.Vote truth =
        new Inquiry.Vote(message.state(), Double.doubleToRawLongBits(message.loss()));
    List<Inquiry.Finding> findings =
        open.differingFrom(Map.of(0, truth), "the replay by " + message.worker());
    if (findings.size() < open.ballots().size()) {
      condemn(turn, findings, Detector.ARBITRATION, arbitrating.base());
    } else {
      // Neither is what came out of the replay: the redo has to say more.
      Stepping.run(turn, message.step());
    }
  }
}
