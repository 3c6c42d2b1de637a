package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What the controller decided and why: the lines of the journal, and the source of the report. */
public sealed interface Note {

  long epoch();

  /** What made a new epoch necessary. */
  enum Trigger {
    /** The first one: all have joined. */
    FORMED,
    /** A detector's alarm. */
    ALARM,
    /** A worker is gone. */
    LOSS,
    /** A worker was evicted. */
    EVICTION,
    /** Answers did not come in time. */
    STALL,
    /** Nobody holds the version intact; an older one is tried. */
    ROLLBACK,
    /** Another controller took over. */
    SUCCESSION,
    /** Machines came back, and a pod that was dissolved is complete again. */
    GROWTH,
    /** A worker left in order. */
    DRAIN
  }

  /** A new epoch: who holds what, on which version it builds, and what caused it. */
  record EpochOpened(long epoch, long base, Trigger trigger, String cause, Assignment assignment)
      implements Note {}

  record StepStarted(long epoch, long step) implements Note {}

  /**
   * Version {@code step} is verified: agreed on, and audited as far as that was wanted.
   *
   * @param digests by shard; empty when digests are off
   */
  record StepCommitted(
      long epoch, long step, List<Digest> digests, double loss, Assignment assignment)
      implements Note {}

  /**
   * Versions newer than {@code to} are given up, although they had been committed, or the training
   * had gone on from them before they were.
   */
  record RolledBack(long epoch, long from, long to, String reason) implements Note {}

  /** An alarm: somebody saw something; nobody is blamed yet. */
  record Detected(long epoch, long step, Detector detector, List<Rank> suspects, String evidence)
      implements Note {}

  /** What kind of fault it is taken for. */
  enum Kind {
    /** The first time. It acquits nobody: it is a strike. */
    TRANSIENT,
    /** Again, by the same worker. */
    PERSISTENT,
    /** Nothing can say who was wrong. */
    UNDECIDABLE
  }

  /** A verdict about a worker, with its evidence; without a worker when it is undecidable. */
  record Blamed(
      long epoch,
      long step,
      @Nullable WorkerId worker,
      @Nullable Rank rank,
      Detector detector,
      Kind kind,
      String evidence)
      implements Note {}

  /**
   * Who was blamed for a step has computed its part of it again, beside somebody else.
   *
   * @param kind persistent if it was wrong again, and two others agree on that; transient if it was
   *     right, which does not acquit it
   * @param witnesses with whom it was compared
   * @param found where it was wrong; null if it was not, or nobody can say
   */
  record Diagnosed(
      long epoch,
      long step,
      WorkerId worker,
      Rank rank,
      Kind kind,
      List<WorkerId> witnesses,
      @Nullable Located found,
      String evidence)
      implements Note {
    public Diagnosed {
      witnesses = List.copyOf(witnesses);
    }
  }

  /**
   * The first difference between two computations of a microbatch.
   *
   * @param place in the order of the operations; the gradient comes after them
   * @param name of the operation
   * @param rows of its output that differ
   * @param row the first of them
   * @param column the first float in it that differs
   * @param wrong its bits as the suspect has them
   * @param right its bits as the witness has them
   */
  record Located(
      int microbatch, int place, String name, int rows, int row, int column, int wrong, int right) {

    /** The bits that differ, the lowest first. */
    public List<Integer> bits() {
      return IntStream.range(0, Integer.SIZE)
          .filter(bit -> ((wrong ^ right) >>> bit & 1) != 0)
          .boxed()
          .toList();
    }

    @Override
    public String toString() {
      return "%s of microbatch %d, row %d, column %d: %08x (%s) where %08x (%s) is right, bits %s; rows that differ: %d"
          .formatted(
              name,
              microbatch,
              row,
              column,
              wrong,
              Float.intBitsToFloat(wrong),
              right,
              Float.intBitsToFloat(right),
              bits(),
              rows);
    }
  }

  /**
   * A span of a step was computed again.
   *
   * @param fetchMicros that the auditor took to have the version before the step
   * @param computeMicros that it took for the sum
   * @param flaw why nothing came of it; null if something did
   */
  record Recomputed(
      long epoch,
      long step,
      Span span,
      WorkerId owner,
      WorkerId auditor,
      long fetchMicros,
      long computeMicros,
      @Nullable String flaw)
      implements Note {}

  /**
   * The audits of a step are over.
   *
   * @param drawn spans that were to be audited
   * @param unaudited those that nobody could audit
   * @param waitedMillis that the newest step, done and attested, had to wait by then: this one, or,
   *     where audits lag, one after it; 0 if none did
   */
  record Audited(long epoch, long step, int drawn, List<Span> unaudited, long waitedMillis)
      implements Note {
    public Audited {
      unaudited = List.copyOf(unaudited);
    }
  }

  /**
   * A rank is late, and a spare does its work of the step too.
   *
   * @param lateMillis since the step was ordered
   * @param limitMillis by which it should have been done
   */
  record StoodIn(
      long epoch,
      long step,
      List<Span> spans,
      WorkerId late,
      Rank rank,
      WorkerId standIn,
      long lateMillis,
      long limitMillis)
      implements Note {
    public StoodIn {
      spans = List.copyOf(spans);
    }
  }

  /** What became of work that two did. */
  enum Twice {
    /** Both came to the same sum. */
    SAME,
    /** They came to different sums. */
    DIFFERENT,
    /** The late one never came to it: the spare's sum is in the step. */
    RELIEVED,
    /** The spare could not, or answered when nothing could be compared any more. */
    IN_VAIN
  }

  /**
   * A span was computed by its owner, which was late, and by a spare.
   *
   * @param detail why it was in vain, or where the sums differ; null if there is nothing to say
   */
  record DoneTwice(
      long epoch,
      long step,
      Span span,
      WorkerId late,
      WorkerId standIn,
      Twice result,
      @Nullable String detail)
      implements Note {}

  /**
   * A worker has scanned its own machine.
   *
   * @param tests with known answers that were made since it last said so
   * @param wrong which test had a wrong answer; null if none had
   */
  record Scanned(long epoch, WorkerId worker, long tests, @Nullable String wrong) implements Note {}

  /** A version was fetched whole, or the blocks of it that differed. */
  record Restored(
      long epoch, long version, WorkerId worker, Rank rank, WorkerId donor, int blocks, long bytes)
      implements Note {}

  /** A shard of a version is on disk, under its name, for good. */
  record OnDisk(long epoch, long version, int shard, WorkerId worker) implements Note {}

  /**
   * How many guests of each shard there are has changed: from now on so many losses of buddies at
   * once cost nothing but steps.
   *
   * @param version the newest step that everybody attested
   * @param copies in the memory of buddies, of the shard that has the fewest; where they keep sums,
   *     1 if each shard can be computed from what the others have
   * @param wanted by the rules of the run
   * @param unguarded ranks whose shard has fewer than that
   */
  record Guarded(long epoch, long version, int copies, int wanted, List<Rank> unguarded)
      implements Note {
    public Guarded {
      unguarded = List.copyOf(unguarded);
    }
  }

  /** A worker is gone. */
  record WorkerLost(
      long epoch, long step, WorkerId worker, @Nullable Rank rank, Detector detector, String reason)
      implements Note {}

  /** A worker was taken off by the controller. */
  record Evicted(long epoch, long step, WorkerId worker, Rank rank, String reason)
      implements Note {}

  /** A spare took over a rank. */
  record Replaced(long epoch, Rank rank, WorkerId lost, WorkerId spare) implements Note {}

  /**
   * There was no spare: the pod's microbatches go to the others, its healthy workers are spares.
   */
  record Dissolved(long epoch, int pod, WorkerId lost, List<WorkerId> spares) implements Note {}

  /** There are enough spares again: a pod that was dissolved takes part from the next step on. */
  record Grown(long epoch, long step, int pod, List<WorkerId> workers) implements Note {
    public Grown {
      workers = List.copyOf(workers);
    }
  }

  /** A worker leaves in order, before {@code step} begins; the one before is done and verified. */
  record Drained(long epoch, long step, WorkerId worker, Rank rank) implements Note {}

  /** A message that was not acted upon. */
  record Refused(long epoch, String message, String reason) implements Note {}

  /**
   * A new controller has a majority behind it.
   *
   * @param epoch that it claimed
   * @param after the newest epoch of the controller before it
   * @param promised workers that will obey no older one
   */
  record ControllerChanged(long epoch, long after, List<WorkerId> promised) implements Note {
    public ControllerChanged {
      promised = List.copyOf(promised);
    }
  }

  /** The controller was refused by workers that obey another one, and stands down. */
  record Deposed(long epoch, long by, WorkerId refusedBy) implements Note {}

  /** Nothing can be done for the moment; said when the reason changes. */
  record Waiting(long epoch, String reason) implements Note {}

  /** The end. */
  record Concluded(long epoch, Verdict verdict) implements Note {}
}
