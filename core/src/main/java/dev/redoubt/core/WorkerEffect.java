package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a worker's shell has to do. */
public sealed interface WorkerEffect {

  /** Say it to the controller. */
  record Tell(Message.ToController message) implements WorkerEffect {}

  /**
   * A new epoch: stop computing as soon as may be, forget all partial sums, drop every version
   * newer than {@code base} and every version of another shard; of guests as well.
   *
   * @param shard index of the rank that it holds from now on
   * @param away whether it may have had no rank for a while: what it kept is then of a past that
   *     may have been given up, and of all versions only {@code base} stays
   */
  record Abandon(long epoch, long base, int shard, boolean away) implements WorkerEffect {}

  /**
   * Make the version that the run begins with: 0 from the seed, any other from where an earlier run
   * left it; answered by {@code Verified}.
   */
  record Initialise(long epoch, long version) implements WorkerEffect {}

  /** Read a version again, and all guests of it; answered by {@code Verified}. */
  record Verify(long epoch, long version) implements WorkerEffect {}

  /**
   * Fetch or mend a version, from another worker, from disk ({@link Disk#DONOR}), or by computing
   * it from what others have ({@link Buddies#SUMS}); answered by {@code PullDone} or {@code
   * PullBroke}.
   *
   * @param parts from whom to compute it; none if somebody has it whole
   */
  record StartPull(
      long epoch, long version, @Nullable Digest agreed, WorkerId donor, List<Message.Part> parts)
      implements WorkerEffect {
    public StartPull {
      parts = List.copyOf(parts);
    }
  }

  /**
   * Beside all else: have a guest of version {@code version}, fetched or mended from those who
   * train on it; answered by {@code GuestPulled}.
   *
   * @param shard of which it is a copy; of a sum, the index of the rank that keeps it
   * @param terms the shard itself, or all those of which the sum has a stripe
   * @param scrub whether older guests of the shard are read again too
   */
  record PullGuest(long epoch, long version, int shard, List<Term> terms, boolean scrub)
      implements WorkerEffect {
    public PullGuest {
      terms = List.copyOf(terms);
    }

    /** A copy. */
    public PullGuest(
        long epoch, long version, int shard, Digest agreed, WorkerId donor, boolean scrub) {
      this(epoch, version, shard, List.of(new Term(shard, agreed, donor)), scrub);
    }

    /** What a sum of these terms is made of. */
    public Digest origin() {
      return Buddies.origin(terms.stream().map(Term::agreed).toList());
    }
  }

  /** A shard as it was agreed, and who trains on it. */
  record Term(int shard, Digest agreed, WorkerId donor) {}

  /**
   * Compute partial sums on version {@code step - 1}; each answered by {@code SpanComputed}, unless
   * the same sum comes as a frame before: then it need not be finished.
   *
   * @param early to whom each part of a sum is sent as soon as it is final, while the rest is
   *     computed; empty if nothing is to leave before {@code Publish}
   */
  record Compute(long epoch, long step, List<Span> spans, long verified, List<WorkerId> early)
      implements WorkerEffect {
    public Compute {
      spans = List.copyOf(spans);
      early = List.copyOf(early);
    }
  }

  /** Send an own partial sum, whole, to the same rank of the other pods. */
  record Publish(long epoch, long step, Span span, List<WorkerId> peers) implements WorkerEffect {
    public Publish {
      peers = List.copyOf(peers);
    }
  }

  /** All partial sums are here: finish the tree, write version {@code step}. */
  record Update(long epoch, long step, boolean scrub) implements WorkerEffect {}

  /** Fetch the base, compute the whole step alone, say what came out, keep nothing. */
  record StartReplay(long epoch, long step, @Nullable Digest agreed, WorkerId donor)
      implements WorkerEffect {}

  /**
   * Have version {@code step - 1} as it was agreed, fetched if need be from one of {@code donors};
   * compute the sum over {@code span} on it, send it to {@code receivers}, keep nothing of that;
   * answered by {@code AuditDone}.
   *
   * @param donors to fetch it from; none for who has a rank, and holds it or cannot say
   * @param receivers who gets it in the place of its owner's sum; nobody if that is not late
   */
  record StartAudit(
      long epoch,
      long step,
      Span span,
      @Nullable Digest agreed,
      List<WorkerId> donors,
      List<WorkerId> receivers)
      implements WorkerEffect {
    public StartAudit {
      donors = List.copyOf(donors);
      receivers = List.copyOf(receivers);
    }
  }

  /**
   * Compute microbatches of a step once more, keep nothing, answer the question; answered by {@code
   * TraceDone}.
   */
  record StartTrace(long epoch, long step, List<Span> spans, Message.Question question)
      implements WorkerEffect {
    public StartTrace {
      spans = List.copyOf(spans);
    }
  }

  /**
   * Have a version written to disk, off a copy and beside the training; {@code Kept} is said when
   * its file is there. A version that is not here, or is not what was agreed, is left out.
   */
  record Keep(long epoch, long version, Digest agreed) implements WorkerEffect {}

  /** Read the last version; answered by {@code FinalRead}. */
  record ReadFinal(long epoch, long step) implements WorkerEffect {}

  /** The payload of this frame is of no use. */
  record DropFrame(long epoch, long step, Span span, WorkerId sender, String reason)
      implements WorkerEffect {}

  /** An order or result was not acted upon. */
  record Refuse(String what, String reason) implements WorkerEffect {}

  /** Leave the run. */
  record Leave(String reason) implements WorkerEffect {}
}
