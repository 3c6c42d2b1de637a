package dev.redoubt.cli.run;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.Note.Kind;
import dev.redoubt.core.Note.Trigger;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.Verdict;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Strike;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A made-up history, one second between any two things; worker w0 holds pod 0, and so on. */
final class Tale {

  static final long SECOND = 1_000_000_000L;
  static final Digest RIGHT = new Digest(1);
  static final Digest WRONG = new Digest(2);

  private final RunHistory history = new RunHistory();
  private final List<Seat> seats = new ArrayList<>();
  private final int microbatches = 6;
  private long now;
  private long epoch;

  /** Pods of one worker, on version 0. */
  static Tale of(int pods) {
    Tale tale = new Tale();
    IntStream.range(0, pods).forEach(pod -> tale.seats.add(new Seat(rank(pod), worker(pod))));
    return tale.epoch(0, Trigger.FORMED);
  }

  /** Pods of two workers, w0 and w1 in the first, on version 0. */
  static Tale ofPairs(int pods) {
    Tale tale = new Tale();
    IntStream.range(0, 2 * pods)
        .forEach(i -> tale.seats.add(new Seat(new Rank(i / 2, i % 2), worker(i))));
    return tale.epoch(0, Trigger.FORMED);
  }

  static Rank rank(int pod) {
    return new Rank(pod, 0);
  }

  static WorkerId worker(int index) {
    return new WorkerId("w" + index);
  }

  RunHistory history() {
    return history;
  }

  long nanos() {
    return now;
  }

  Tale pause(long nanos) {
    now += nanos;
    return this;
  }

  Tale note(Note note) {
    now += SECOND;
    return noteAtOnce(note);
  }

  Tale noteAtOnce(Note note) {
    history.add(now, note);
    return this;
  }

  Tale epoch(long base, Trigger trigger) {
    epoch++;
    return note(new Note.EpochOpened(epoch, base, trigger, "because", assignment()));
  }

  private Assignment assignment() {
    return new Assignment(epoch, microbatches, seats);
  }

  Tale start(long step) {
    return note(new Note.StepStarted(epoch, step));
  }

  Tale commit(long step) {
    return commit(step, List.of(RIGHT));
  }

  Tale commit(long step, List<Digest> digests) {
    return note(new Note.StepCommitted(epoch, step, digests, 5.0 - step * 0.1, assignment()));
  }

  /** Another controller, in an epoch of its own, commits what was done in the one before. */
  Tale saysAgain(long step) {
    return note(new Note.StepCommitted(epoch + 1, step, List.of(RIGHT), 5.0, assignment()));
  }

  Tale commitAtOnce(long step, List<Digest> digests) {
    return noteAtOnce(new Note.StepCommitted(epoch, step, digests, 5.0, assignment()));
  }

  /** Whole steps, from one to another. */
  Tale steps(long from, long to) {
    for (long step = from; step <= to; step++) {
      start(step).commit(step);
    }
    return this;
  }

  Tale strike(Fault fault, int worker) {
    now += SECOND;
    history.add(now, proof(fault, worker));
    return this;
  }

  static Strike proof(Fault fault, int worker) {
    String node = worker(worker).name();
    return fault instanceof Crash crash
        ? Strike.of(crash, node, fault.when().step(), "it is gone")
        : new Strike(fault.id(), fault.kind(), node, fault.when().step(), "changed", null, null);
  }

  Tale detected(long step, Detector detector, int... pods) {
    List<Rank> suspects = IntStream.of(pods).mapToObj(Tale::rank).toList();
    return note(new Note.Detected(epoch, step, detector, suspects, "they differ"));
  }

  Tale suspected(long step, Detector detector, Rank... suspects) {
    return note(new Note.Detected(epoch, step, detector, List.of(suspects), "they differ"));
  }

  Tale blamed(long step, Rank rank) {
    return note(
        new Note.Blamed(
            epoch, step, holder(rank), rank, Detector.STATE_DIGEST, Kind.TRANSIENT, "outvoted"));
  }

  Tale blamed(long step, @Nullable Integer pod, Kind kind) {
    return note(
        new Note.Blamed(
            epoch,
            step,
            pod == null ? null : holder(pod),
            pod == null ? null : rank(pod),
            Detector.STATE_DIGEST,
            kind,
            "outvoted"));
  }

  private WorkerId holder(int pod) {
    return holder(rank(pod));
  }

  private WorkerId holder(Rank rank) {
    return seats.stream()
        .filter(seat -> seat.rank().equals(rank))
        .findFirst()
        .orElseThrow()
        .worker();
  }

  Tale restored(long version, int pod) {
    return note(new Note.Restored(epoch, version, holder(pod), rank(pod), worker(9), 1, 4096));
  }

  /** A machine without a rank fails its scan, and is taken off. */
  Tale scanned(long step, int machine, @Nullable String incarnation) {
    WorkerId who = new WorkerId("w" + machine + (incarnation == null ? "" : incarnation));
    return note(new Note.Scanned(epoch, who, 3, "gate of ones"))
        .noteAtOnce(
            new Note.Blamed(epoch, step, who, null, Detector.SCAN, Kind.PERSISTENT, "gate of ones"))
        .noteAtOnce(new Note.WorkerLost(epoch, step, who, null, Detector.SCAN, "gate of ones"));
  }

  Tale lost(long step, int pod) {
    return note(
        new Note.WorkerLost(
            epoch, step, holder(pod), rank(pod), Detector.MEMBERSHIP, "the connection broke"));
  }

  Tale evicted(long step, int pod) {
    return note(new Note.Evicted(epoch, step, holder(pod), rank(pod), "blamed again"));
  }

  Tale replaced(int pod, int spare) {
    WorkerId lost = holder(pod);
    seats.replaceAll(
        seat -> seat.rank().equals(rank(pod)) ? new Seat(rank(pod), worker(spare)) : seat);
    return note(new Note.Replaced(epoch, rank(pod), lost, worker(spare)));
  }

  Tale dissolved(int pod) {
    WorkerId lost = holder(pod);
    seats.removeIf(seat -> seat.rank().pod() == pod);
    return note(new Note.Dissolved(epoch, pod, lost, List.of()));
  }

  Tale rolledBack(long from, long to) {
    return note(new Note.RolledBack(epoch, from, to, "no intact copy"));
  }

  Tale concluded(Verdict verdict) {
    return note(new Note.Concluded(epoch, verdict));
  }

  /** Detected, blamed, fetched again from a verified copy, and back in the same step. */
  Tale repaired(long step, int pod) {
    return detected(step, Detector.STATE_DIGEST, pod)
        .epoch(step - 1, Trigger.ALARM)
        .blamed(step, pod, Kind.TRANSIENT)
        .restored(step - 1, pod)
        .start(step)
        .commit(step);
  }
}
