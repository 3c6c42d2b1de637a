package dev.redoubt.store;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent.Ask;
import dev.redoubt.store.TransferException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The transfers of one {@link LocalEndpoint}: what it asks of others, and the thread on which it
 * answers them, apart from the one that delivers frames, so that a long digest holds up no
 * gradient.
 */
final class LocalTransfers {

  private static final int REQUESTS_MAX = 64;

  /** An answer of a donor, made on the donor's thread. */
  private interface Question<T> {
    T ask(DonorDesk desk) throws TransferException;
  }

  /** Awaited by the asker; known to both ends, so that either can fail it when it breaks off. */
  private static final class Answer<T> {
    final CompletableFuture<T> future = new CompletableFuture<>();
  }

  private final LocalEndpoint owner;
  private final FrameTap tap;
  private final DonorDesk desk;
  private final ThreadPoolExecutor server;
  private final Set<Answer<?>> pending = ConcurrentHashMap.newKeySet();

  LocalTransfers(LocalEndpoint owner, FrameTap tap) {
    this.owner = owner;
    this.tap = tap;
    this.desk = new DonorDesk(owner.node(), owner::fenced);
    this.server =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(REQUESTS_MAX),
            Thread.ofPlatform().daemon().name("fabric-" + owner.node() + "-out").factory());
  }

  void serve(Donor next) {
    desk.serve(next);
  }

  BlockDigests digests(String peer, long epoch, long version, Duration patience)
      throws TransferException {
    return ask(peer, patience, desk -> desk.digests(epoch, version));
  }

  Digest root(String peer, long epoch, long version, Duration patience) throws TransferException {
    String asker = owner.node();
    return ask(peer, patience, desk -> desk.root(asker, epoch, version));
  }

  long[] nodes(String peer, long epoch, long version, Ask wanted, Duration patience)
      throws TransferException {
    String asker = owner.node();
    return ask(peer, patience, desk -> desk.nodes(asker, epoch, version, wanted));
  }

  void blocks(
      String peer, long epoch, long version, int[] blocks, BlockSink sink, Duration patience)
      throws TransferException {
    // Closed by the collector: a donor that answers too late must not write into memory given back.
    MemorySegment lent = Arena.ofAuto().allocate(BlockDigest.BLOCK_BYTES, Long.BYTES);
    for (int block : blocks) {
      int length =
          ask(peer, patience, desk -> copy(desk, epoch, new Place(peer, version, block), lent));
      MemorySegment bytes = lent.asSlice(0, length);
      if (tap.block(peer, owner.node(), version, block, bytes) == FrameTap.Fate.DROP) {
        throw new TransferException(
            Reason.TIMED_OUT, "block " + block + " of " + peer + " is lost");
      }
      MemorySegment there = placed(sink.target(), block, bytes, peer);
      if (!sink.block(block, there, BlockDigest.of(there, 0, length))) {
        return;
      }
    }
  }

  private static MemorySegment placed(
      @Nullable MemorySegment target, int block, MemorySegment bytes, String peer)
      throws TransferException {
    if (target == null) {
      return bytes.asReadOnly();
    }
    if (block >= BlockDigests.count(target.byteSize())
        || BlockDigests.length(block, target.byteSize()) != bytes.byteSize()) {
      throw new TransferException(
          Reason.MISSING,
          "block %d of %s has %d bytes: its shard is of another size"
              .formatted(block, peer, bytes.byteSize()));
    }
    MemorySegment place = target.asSlice(BlockDigests.offset(block), bytes.byteSize());
    place.copyFrom(bytes);
    return place;
  }

  private record Place(String peer, long version, int block) {}

  private int copy(DonorDesk from, long epoch, Place place, MemorySegment wire)
      throws TransferException {
    Donor donor = from.donor(epoch);
    tap.beforeBlock(place.peer(), owner.node(), place.version(), place.block());
    int length = donor.copyBlock(place.version(), place.block(), wire);
    if (length < 0) {
      throw from.missing("block " + place.block() + " of version " + place.version());
    }
    return length;
  }

  private <T> T ask(String peer, Duration patience, Question<T> question) throws TransferException {
    LocalEndpoint other = owner.link(peer);
    if (other == null) {
      throw new TransferException(
          Reason.GONE, owner.isBroken() ? "this end broke off" : peer + " is not there");
    }
    Answer<T> answer = new Answer<>();
    other.transfers().submit(question, answer);
    pending.add(answer);
    try {
      failIfBroken(answer);
      return answer.future.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw failure(peer, e.getCause());
    } catch (TimeoutException _) {
      throw new TransferException(Reason.TIMED_OUT, peer + " did not answer within " + patience);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new TransferException(Reason.GONE, "interrupted while waiting for " + peer);
    } finally {
      pending.remove(answer);
      other.transfers().pending.remove(answer);
    }
  }

  /** On the asker's thread: queues the question for the donor's thread. */
  private <T> void submit(Question<T> question, Answer<T> answer) {
    pending.add(answer);
    try {
      server.execute(() -> answer(question, answer));
    } catch (RejectedExecutionException _) {
      answer.future.completeExceptionally(
          new TransferException(
              Reason.TIMED_OUT, REQUESTS_MAX + " requests wait at " + owner.node()));
    }
    failIfBroken(answer);
  }

  private <T> void answer(Question<T> question, Answer<T> answer) {
    if (answer.future.isDone()) {
      return;
    }
    try {
      answer.future.complete(question.ask(desk));
    } catch (TransferException | RuntimeException e) {
      answer.future.completeExceptionally(e);
    }
  }

  private void failIfBroken(Answer<?> answer) {
    if (owner.isBroken()) {
      answer.future.completeExceptionally(
          new TransferException(Reason.GONE, owner.node() + " broke off"));
    }
  }

  void stop() {
    server.shutdown();
    pending.forEach(this::failIfBroken);
  }

  boolean awaitEnd(Duration patience) throws InterruptedException {
    return server.awaitTermination(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** The failure with the asker's own stack, and what happened at the donor as its cause. */
  private static TransferException failure(String peer, @Nullable Throwable cause) {
    TransferException failure =
        cause instanceof TransferException known
            ? new TransferException(known.reason(), String.valueOf(known.getMessage()))
            : new TransferException(Reason.GONE, peer + " failed to answer: " + cause);
    if (cause != null) {
      failure.initCause(cause);
    }
    return failure;
  }
}
