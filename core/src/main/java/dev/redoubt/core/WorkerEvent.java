package dev.redoubt.core;

import dev.redoubt.core.Message.PullFlaw;
import dev.redoubt.core.Message.Rot;
import dev.redoubt.digest.Digest;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a worker's machine is told: orders, frames, and the ends of its own doings. */
public sealed interface WorkerEvent {

  /** An order from the controller. */
  record Told(Message.ToWorker order) implements WorkerEvent {}

  /**
   * A version was read again, or made from the seed.
   *
   * @param there whether the store holds it
   * @param found its digest; null when it is not there, or digests are off
   * @param guests of that version, as they were read
   */
  record Verified(
      long epoch, long version, boolean there, @Nullable Digest found, List<Message.Guest> guests)
      implements WorkerEvent {
    public Verified {
      guests = List.copyOf(guests);
    }

    /** Without guests. */
    public Verified(long epoch, long version, boolean there, @Nullable Digest found) {
      this(epoch, version, there, found, List.of());
    }
  }

  /**
   * The pull of a guest ended.
   *
   * @param guests what became of it, and, where that was asked for, what older guests of the shard
   *     are read as
   */
  record GuestPulled(long epoch, long version, int shard, List<Message.Guest> guests)
      implements WorkerEvent {
    public GuestPulled {
      guests = List.copyOf(guests);
    }

    /**
     * Of a copy.
     *
     * @param flaw why it could not be pulled; null if it could
     * @param kept what was read of it, and of older ones
     */
    public GuestPulled(
        long epoch,
        long version,
        int shard,
        @Nullable PullFlaw flaw,
        List<Message.StoredDigest> kept) {
      this(epoch, version, shard, guests(version, shard, flaw, kept));
    }

    private static List<Message.Guest> guests(
        long version, int shard, @Nullable PullFlaw flaw, List<Message.StoredDigest> kept) {
      Stream<Message.Guest> read =
          kept.stream()
              .map(stored -> new Message.Guest(shard, stored.version(), stored.digest(), null));
      return flaw == null
          ? read.toList()
          : Stream.concat(Stream.of(new Message.Guest(shard, version, null, flaw)), read).toList();
    }
  }

  /** A pull ended well. */
  record PullDone(
      long epoch, long version, WorkerId donor, @Nullable Digest digest, int blocks, long bytes)
      implements WorkerEvent {}

  /**
   * A pull did not.
   *
   * @param culprit whose doing it was, where several gave a part; otherwise the donor
   */
  record PullBroke(
      long epoch,
      long version,
      WorkerId donor,
      Message.PullFlaw flaw,
      String detail,
      WorkerId culprit)
      implements WorkerEvent {

    /** From a single donor. */
    public PullBroke(
        long epoch, long version, WorkerId donor, Message.PullFlaw flaw, String detail) {
      this(epoch, version, donor, flaw, detail, donor);
    }
  }

  /**
   * The partial sum over {@code span} is computed.
   *
   * @param alarm what the screens say of it; null if nothing
   * @param wrongProducts which matrix products in it were found wrong; null if none
   */
  record SpanComputed(
      long epoch,
      long step,
      Span span,
      Digest gradient,
      @Nullable String alarm,
      @Nullable String wrongProducts)
      implements WorkerEvent {}

  /** A partial sum came from another pod. */
  record FrameArrived(long epoch, long step, Span span, WorkerId sender) implements WorkerEvent {}

  /** A frame came that does not match its digest. */
  record FrameCorrupt(long epoch, long step, WorkerId sender) implements WorkerEvent {}

  /**
   * Version {@code step} is written.
   *
   * @param base what is wrong with the version before it; null if nothing
   */
  record Updated(
      long epoch,
      long step,
      @Nullable Digest state,
      double loss,
      @Nullable Rot base,
      List<Message.StoredDigest> scrubbed)
      implements WorkerEvent {
    public Updated {
      scrubbed = List.copyOf(scrubbed);
    }
  }

  /** A replay ended; {@code state} is null if it failed, and {@code detail} says why. */
  record ReplayDone(
      long epoch, long step, @Nullable Digest state, double loss, @Nullable String detail)
      implements WorkerEvent {}

  /**
   * An audit ended; {@code digest} is null if it failed, and {@code detail} says why.
   *
   * @param standIn whether its sum was to be sent in the place of its owner's
   */
  record AuditDone(
      long epoch,
      long step,
      Span span,
      boolean standIn,
      @Nullable Digest digest,
      long fetchMicros,
      long computeMicros,
      @Nullable String detail)
      implements WorkerEvent {}

  /** A trace ended; {@code flaw} says why there are no values, and is null if there are. */
  record TraceDone(
      long epoch,
      long step,
      Message.Question question,
      List<Long> values,
      String place,
      @Nullable String flaw)
      implements WorkerEvent {
    public TraceDone {
      values = List.copyOf(values);
    }
  }

  /**
   * The machine was scanned.
   *
   * @param tests with known answers that were made since the last such event
   * @param wrong which of them had a wrong answer; null if none had
   */
  record Scanned(long tests, @Nullable String wrong) implements WorkerEvent {}

  /** The file of a version is on disk, under its name, for good. */
  record Kept(long version, int shard, Digest digest) implements WorkerEvent {}

  /** The last version was read. */
  record FinalRead(long epoch, long step, Digest digest) implements WorkerEvent {}

  /** No controller has been heard of for a while. */
  record Lonely() implements WorkerEvent {}

  /** The connection to a peer broke. */
  record PeerBroken(WorkerId peer) implements WorkerEvent {}
}
