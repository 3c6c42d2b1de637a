package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What controller and workers say to each other. Every message may be lost, late, repeated or
 * overtaken: the epoch in it, and the step or version, say what it is an answer to.
 */
public sealed interface Message {

  /** From the controller. */
  sealed interface ToWorker extends Message {
    /** Orders of an older epoch than the newest one that a worker has seen are refused. */
    long epoch();
  }

  /** From a worker. */
  sealed interface ToController extends Message {
    WorkerId worker();
  }

  /** What only means something in the epoch that it was said in, and is refused in any other. */
  sealed interface Answer {
    long epoch();
  }

  /**
   * A new epoch begins: drop whatever was under way and every version newer than {@code base}, read
   * version {@code base} again, and say whether it is there and intact.
   *
   * @param base the version to build on
   * @param agreed the digest of the worker's shard at {@code base}; null when nothing is agreed:
   *     version 0 is then made from the seed, any other is taken as it is
   * @param after the epoch before this one: who was prepared for another may have been away
   * @param memory for the next controller; null if there will be none
   */
  record Prepare(
      long epoch,
      Assignment assignment,
      long base,
      @Nullable Digest agreed,
      long after,
      @Nullable Memory memory)
      implements ToWorker {}

  /**
   * Fetch or mend {@code version} of your shard from {@code donor}, who holds it intact.
   *
   * @param parts where nobody has it whole ({@link Buddies#SUMS}): from whom to compute it, one for
   *     each of the other shards
   */
  record Pull(long epoch, long version, @Nullable Digest agreed, WorkerId donor, List<Part> parts)
      implements ToWorker {
    public Pull {
      parts = List.copyOf(parts);
    }

    /** From one who has it whole. */
    public Pull(long epoch, long version, @Nullable Digest agreed, WorkerId donor) {
      this(epoch, version, agreed, donor, List.of());
    }
  }

  /**
   * One of those from whom a lost shard is computed.
   *
   * @param shard its own, of which stripes are wanted
   * @param agreed the digest of that shard
   * @param sum the digest of the sum that it keeps
   */
  record Part(int shard, WorkerId holder, Digest agreed, Digest sum) {}

  /**
   * Compute step {@code step} on version {@code step - 1}, which is thereby committed.
   *
   * @param verified the verified watermark: it and newer versions must not be dropped
   * @param memory for the next controller; null if there will be none
   * @param agreed what was agreed of version {@code step - 1}, for those who keep guests of it
   */
  record RunStep(
      long epoch, long step, long verified, @Nullable Memory memory, List<Memory.Agreed> agreed)
      implements ToWorker {
    public RunStep {
      agreed = List.copyOf(agreed);
    }

    /** Where nobody keeps guests. */
    public RunStep(long epoch, long step, long verified, @Nullable Memory memory) {
      this(epoch, step, verified, memory, List.of());
    }
  }

  /**
   * Arbitration: fetch version {@code step - 1} from {@code donor} and compute the whole step
   * alone.
   */
  record Replay(long epoch, long step, @Nullable Digest agreed, WorkerId donor)
      implements ToWorker {}

  /**
   * Audit: compute the sum over {@code span} on version {@code step - 1} too, and say its digest.
   * Where the owner of the span is late, the sum is sent in the place of its own.
   *
   * @param agreed the digest of that version
   * @param donors who holds it, in the order in which to ask them
   * @param receivers who gets the sum; nobody if the owner is not late
   */
  record Audit(
      long epoch,
      long step,
      Span span,
      @Nullable Digest agreed,
      List<WorkerId> donors,
      List<WorkerId> receivers)
      implements ToWorker {
    public Audit {
      donors = List.copyOf(donors);
      receivers = List.copyOf(receivers);
    }

    /** Whether it is done in the place of somebody who is late. */
    boolean standsIn() {
      return !receivers.isEmpty();
    }
  }

  /**
   * Diagnosis: compute microbatches of step {@code step} once more, on version {@code step - 1},
   * and answer the question. Asked of who was blamed for the step, and of somebody else.
   *
   * @param spans whose microbatches
   */
  record Trace(long epoch, long step, List<Span> spans, Question question) implements ToWorker {
    public Trace {
      spans = List.copyOf(spans);
    }
  }

  /**
   * What is asked of a computation. Places are its operations in their order, and the gradient
   * after them.
   *
   * @param microbatch negative: of all, the chained digests of all places
   * @param place whose output is meant
   * @param row negative: a digest of each row; otherwise the bits of the floats of this one
   */
  record Question(int microbatch, int place, int row) {

    /** The chained digests of all places: of each microbatch one more than there are places. */
    static final Question CHAINS = new Question(-1, -1, -1);

    /** A digest of each row at a place. */
    static Question rows(int microbatch, int place) {
      return new Question(microbatch, place, -1);
    }

    /** The floats of one row. */
    Question row(int number) {
      return new Question(microbatch, place, number);
    }

    public boolean ofChains() {
      return microbatch < 0;
    }

    public boolean ofRows() {
      return microbatch >= 0 && row < 0;
    }
  }

  /**
   * Write {@code version} of your shard to disk, if it is here and reads as it was agreed. Nobody
   * waits for that.
   */
  record Keep(long epoch, long version, Digest agreed) implements ToWorker {}

  /** The training is over: read version {@code step} once more and say what it is. */
  record Finish(long epoch, long step, @Nullable Memory memory) implements ToWorker {}

  /**
   * A new controller claims the run: promise not to obey any lower epoch, and report what you know.
   */
  record Claim(long epoch) implements ToWorker {}

  /** For who has no rank: keep this for the next controller, and say so. */
  record Remember(long epoch, Memory memory) implements ToWorker {}

  /** You no longer belong to the run. */
  record Dismiss(long epoch, String reason) implements ToWorker {}

  /**
   * What a worker knows: the answer to a claim, and what it says when it hears of nobody.
   *
   * @param epoch the newest that it has promised to obey
   * @param memory the newest that it was given; null if none
   * @param attested its last attestation, if nothing came after it
   */
  record Report(WorkerId worker, long epoch, @Nullable Memory memory, @Nullable Attested attested)
      implements ToController {}

  /** A memory is kept. */
  record Remembered(WorkerId worker, long epoch, long serial) implements ToController, Answer {}

  /** An order was refused: this worker has promised another controller not to obey it. */
  record Outdated(WorkerId worker, long epoch) implements ToController {}

  /** A worker is there. */
  record Join(WorkerId worker) implements ToController {}

  /**
   * A worker has scanned its own machine: nobody asked.
   *
   * @param tests with known answers that were made since it last said so
   * @param wrong which test had a wrong answer, with its operands and lanes; null if none had
   */
  record Scanned(WorkerId worker, long tests, @Nullable String wrong) implements ToController {}

  /**
   * What became of a guest: a copy of another's shard, or a sum of stripes of all others.
   *
   * @param shard of which it is a copy; of a sum, the index of the rank that keeps it, or, if it
   *     could not be made, the shard of which there was no stripe
   * @param digest what it was read as; null if it is not there
   * @param flaw why it could not be pulled; null if it could
   * @param sum of a sum that is there; null of a copy
   */
  record Guest(
      int shard,
      long version,
      @Nullable Digest digest,
      @Nullable PullFlaw flaw,
      @Nullable Sum sum) {

    /** A copy, or nothing. */
    public Guest(int shard, long version, @Nullable Digest digest, @Nullable PullFlaw flaw) {
      this(shard, version, digest, flaw, null);
    }
  }

  /**
   * What is known of a sum, for which no digest is agreed on.
   *
   * @param made what it was when it was made
   * @param origin what it was made of ({@link Buddies#origin})
   */
  record Sum(Digest made, Digest origin) {}

  /**
   * {@code version} is there, and was read as {@code digest} (null when digests are off).
   *
   * @param guests of that version
   */
  record Ready(
      WorkerId worker, long epoch, long version, @Nullable Digest digest, List<Guest> guests)
      implements ToController, Answer {
    public Ready {
      guests = List.copyOf(guests);
    }

    /** Without guests. */
    public Ready(WorkerId worker, long epoch, long version, @Nullable Digest digest) {
      this(worker, epoch, version, digest, List.of());
    }
  }

  /** What is wrong with a version. */
  enum Flaw {
    MISSING,
    CORRUPT
  }

  /**
   * {@code version} cannot be built on; {@code found} is what was read, if it is there.
   *
   * @param guests of that version
   */
  record NotReady(
      WorkerId worker,
      long epoch,
      long version,
      Flaw flaw,
      @Nullable Digest found,
      List<Guest> guests)
      implements ToController, Answer {
    public NotReady {
      guests = List.copyOf(guests);
    }

    /** Without guests. */
    public NotReady(WorkerId worker, long epoch, long version, Flaw flaw, @Nullable Digest found) {
      this(worker, epoch, version, flaw, found, List.of());
    }
  }

  /** {@code version} was fetched or mended, and verified on arrival. */
  record Pulled(
      WorkerId worker,
      long epoch,
      long version,
      @Nullable Digest digest,
      WorkerId donor,
      int blocks,
      long bytes)
      implements ToController, Answer {}

  /** Why a version could not be fetched. */
  enum PullFlaw {
    /** The donor's own copy is not what was agreed. */
    DONOR_CORRUPT,
    /** A block arrived that does not match its digest. */
    ARRIVED_CORRUPT,
    /** The donor does not answer. */
    DONOR_GONE,
    /** The donor does not have it. */
    VERSION_MISSING
  }

  /**
   * {@code version} could not be fetched from {@code donor}; nothing of it was kept.
   *
   * @param culprit whose doing it was, where several gave a part; otherwise the donor
   */
  record PullFailed(
      WorkerId worker,
      long epoch,
      long version,
      WorkerId donor,
      PullFlaw flaw,
      String detail,
      WorkerId culprit)
      implements ToController, Answer {

    /** From a single donor. */
    public PullFailed(
        WorkerId worker, long epoch, long version, WorkerId donor, PullFlaw flaw, String detail) {
      this(worker, epoch, version, donor, flaw, detail, donor);
    }
  }

  /** The digest of a partial gradient sum before it left the worker. */
  record GradientDigest(Span span, Digest digest) {}

  /** What a stored version was read as. */
  record StoredDigest(long version, Digest digest) {}

  /** A version no longer reads as it was sealed. */
  record Rot(long version, Digest sealed, Digest found) {
    @Override
    public String toString() {
      return "version " + version + " was sealed as " + sealed + " and is read as " + found;
    }
  }

  /**
   * What a worker says of its step.
   *
   * @param state the digest of the new version; null when state digests are off
   * @param loss mean loss of the whole batch, in nats a token
   * @param gradients of what it computed itself
   * @param base what is wrong with the version that the step was computed on, which is read again
   *     after the gradients were: a flip in it may have spoilt them and yet be lost in the rounding
   *     of the update; null if nothing is wrong, or digests are off
   * @param scrubbed stored versions that were read again in this step
   * @param alarm what the screens say of its own gradients; null if nothing
   * @param wrongProducts which matrix products of its own gradients were found wrong, with row,
   *     column and bits; null if none
   * @param guests that were pulled, or read again, in this step
   */
  record Attested(
      WorkerId worker,
      long epoch,
      long step,
      @Nullable Digest state,
      double loss,
      List<GradientDigest> gradients,
      @Nullable Rot base,
      List<StoredDigest> scrubbed,
      @Nullable String alarm,
      @Nullable String wrongProducts,
      List<Guest> guests)
      implements ToController, Answer {
    public Attested {
      gradients = List.copyOf(gradients);
      scrubbed = List.copyOf(scrubbed);
      guests = List.copyOf(guests);
    }

    /** Without guests. */
    public Attested(
        WorkerId worker,
        long epoch,
        long step,
        @Nullable Digest state,
        double loss,
        List<GradientDigest> gradients,
        @Nullable Rot base,
        List<StoredDigest> scrubbed,
        @Nullable String alarm,
        @Nullable String wrongProducts) {
      this(
          worker,
          epoch,
          step,
          state,
          loss,
          gradients,
          base,
          scrubbed,
          alarm,
          wrongProducts,
          List.of());
    }
  }

  /** All sums that are this worker's own to compute are computed; it waits for those of others. */
  record Summed(WorkerId worker, long epoch, long step) implements ToController, Answer {}

  /** A frame from {@code sender} did not match its digest and was thrown away. */
  record FrameRefused(WorkerId worker, long epoch, long step, WorkerId sender)
      implements ToController, Answer {}

  /** The result of a replay; {@code state} is null if it failed, and {@code detail} says why. */
  record Replayed(
      WorkerId worker,
      long epoch,
      long step,
      @Nullable Digest state,
      double loss,
      @Nullable String detail)
      implements ToController, Answer {}

  /**
   * The result of an audit; {@code digest} is null if it failed, and {@code detail} says why.
   *
   * @param standIn whether it was to be sent in the place of its owner's
   * @param fetchMicros that the auditor took to have the version before the step
   * @param computeMicros that it took for the sum
   */
  record Audited(
      WorkerId worker,
      long epoch,
      long step,
      Span span,
      boolean standIn,
      @Nullable Digest digest,
      long fetchMicros,
      long computeMicros,
      @Nullable String detail)
      implements ToController, Answer {}

  /**
   * What a worker answers to a trace.
   *
   * @param values as the question says; of chains those of one microbatch after the other
   * @param place the place in words; empty for chains
   * @param flaw why there is no answer; null if there is one
   */
  record Traced(
      WorkerId worker,
      long epoch,
      long step,
      Question question,
      List<Long> values,
      String place,
      @Nullable String flaw)
      implements ToController, Answer {
    public Traced {
      values = List.copyOf(values);
    }
  }

  /**
   * The file of a version is on disk, under its name, for good. That stays true in every epoch.
   *
   * @param digest of what is in it
   */
  record OnDisk(WorkerId worker, long version, int shard, Digest digest) implements ToController {}

  /** The connection to {@code peer} broke. */
  record LinkBroken(WorkerId worker, WorkerId peer) implements ToController {}

  /** The last version, read once more. */
  record Final(WorkerId worker, long epoch, long step, Digest digest)
      implements ToController, Answer {}
}
