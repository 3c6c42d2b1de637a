package dev.redoubt.store.net;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.store.Donor;
import dev.redoubt.store.DonorDesk;
import dev.redoubt.store.FrameBuffers;
import dev.redoubt.store.FrameTap;
import dev.redoubt.store.Lease;
import dev.redoubt.store.PeerBrokenException;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.TransferException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Answers what peers ask of the donor, on a thread of its own, one question after the other.
 *
 * <p>Blocks are sent from where they lie, under a lease for the blocks of one question. A peer that
 * does not take them in time is cut off, so that no slow receiver keeps a version from being
 * recycled. A donor that cannot hold a version has each run copied.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Failures are told to listeners.
final class Answering {

  /**
   * Blocks that are sent as one frame, if they follow each other: half a MiB. Pulls were 1.27 times
   * as fast as with a quarter of a MiB; with a whole one a run fills the queue alone.
   */
  static final int RUN_BLOCKS = 8;

  static final int RUN_BYTES_MAX = RUN_BLOCKS * BlockDigest.BLOCK_BYTES;

  private static final int QUESTIONS_MAX = 64;

  private final NettyEndpoint endpoint;
  private final DonorDesk desk;
  private final FrameBuffers buffers;
  private final ThreadPoolExecutor server;

  Answering(NettyEndpoint endpoint) {
    this.endpoint = endpoint;
    this.desk = new DonorDesk(endpoint.node(), () -> endpoint.delivery().fenced());
    this.buffers = endpoint.fabric().buffers();
    this.server =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(QUESTIONS_MAX),
            Thread.ofPlatform().daemon().name("fabric-" + endpoint.node() + "-out").factory());
  }

  void serve(Donor donor) {
    desk.serve(donor);
  }

  /** On the event loop: queues the question. */
  void ask(Connection from, Question question) {
    try {
      server.execute(() -> answer(from, question));
    } catch (RejectedExecutionException _) {
      decline(
          from,
          question,
          new TransferException(
              Reason.TIMED_OUT, QUESTIONS_MAX + " requests wait at " + endpoint.node()));
    }
  }

  private void answer(Connection to, Question question) {
    if (to.isBroken() || endpoint.isBroken()) {
      return;
    }
    String asker = to.peer().node();
    try {
      switch (question.what()) {
        case DIGESTS ->
            numbers(to, question, desk.digests(question.epoch(), question.version()).toArray());
        case ROOT -> {
          long root = desk.root(asker, question.epoch(), question.version()).value();
          numbers(to, question, new long[] {root});
        }
        case NODES ->
            numbers(
                to,
                question,
                desk.nodes(asker, question.epoch(), question.version(), question.ask()));
        case BLOCKS -> blocks(to, question);
      }
    } catch (TransferException e) {
      decline(to, question, e);
    } catch (PeerBrokenException _) {
      // Nobody is there any more to be answered.
    } catch (RuntimeException e) {
      String what = endpoint.node() + " failed to answer: " + e;
      decline(to, question, new TransferException(Reason.GONE, what));
    }
  }

  private void decline(Connection to, Question question, TransferException why) {
    String text = why.reason() + " " + why.getMessage();
    String most = text.substring(0, Math.min(text.length(), Asking.REASON_CHARS_MAX));
    byte[] bytes = most.getBytes(StandardCharsets.UTF_8);
    ByteBuf body = to.buffer(Long.BYTES + bytes.length);
    body.setLongLE(0, question.id());
    body.setBytes(Long.BYTES, bytes);
    to.say(OutFrame.checked(Kind.DECLINED, body));
  }

  private static void numbers(Connection to, Question question, long[] values)
      throws PeerBrokenException {
    int sent = 0;
    do {
      int count = Math.min(Asking.DIGESTS_IN_FRAME, values.length - sent);
      ByteBuf body = to.buffer(Long.BYTES + Integer.BYTES + count * Long.BYTES);
      body.setLongLE(0, question.id());
      body.setIntLE(Long.BYTES, values.length - sent - count);
      for (int i = 0; i < count; i++) {
        body.setLongLE(Long.BYTES + Integer.BYTES + i * Long.BYTES, values[sent + i]);
      }
      to.outgoing().awaitWritable(to.outgoing().leaseAtMost());
      to.say(OutFrame.checked(Kind.DIGESTS, body));
      sent += count;
    } while (sent < values.length);
  }

  private void blocks(Connection to, Question question)
      throws TransferException, PeerBrokenException {
    Donor donor = desk.donor(question.epoch());
    Source source = new Source(donor, question.version(), donor.hold(question.version()), buffers);
    ChannelFuture last = null;
    try {
      int[] wanted = question.indices();
      int count;
      for (int first = 0; first < wanted.length; first += count) {
        count = Fetch.run(wanted, first, RUN_BLOCKS);
        announce(to, wanted, first, count, question.version());
        MemorySegment bytes = source.run(wanted[first], count);
        if (bytes == null) {
          throw desk.missing("block " + wanted[first] + " of version " + question.version());
        }
        to.outgoing().awaitWritable(to.outgoing().leaseAtMost());
        last = write(to, question.id(), first, count, bytes);
      }
    } finally {
      release(to, source, last);
    }
  }

  /**
   * Lets the version go when nothing reads it any more. The next question does not wait for that,
   * or the connection would run dry between two.
   */
  private static void release(Connection to, Source source, @Nullable ChannelFuture last) {
    if (last == null) {
      source.close();
      return;
    }
    Future<?> tooLate =
        to.channel()
            .eventLoop()
            .schedule(to::close, to.outgoing().leaseAtMost().toNanos(), TimeUnit.NANOSECONDS);
    last.addListener(
        _ -> {
          tooLate.cancel(false);
          source.close();
        });
  }

  private void announce(Connection to, int[] wanted, int first, int count, long version) {
    FrameTap tap = endpoint.options().frames().tap();
    for (int i = first; i < first + count; i++) {
      tap.beforeBlock(endpoint.node(), to.peer().node(), version, wanted[i]);
    }
  }

  private ChannelFuture write(Connection to, long id, int first, int count, MemorySegment bytes) {
    ByteBuf run = to.buffer(Asking.RUN_BYTES);
    run.setLongLE(0, id);
    run.setIntLE(8, first);
    run.setIntLE(12, count);
    to.say(OutFrame.checked(Kind.RUN, run));
    // No checksum of the frame: each block is held against the digest that was agreed on.
    return to.write(new OutFrame(Kind.BLOCKS, NativeMemory.full(bytes), 0));
  }

  void stop() {
    server.shutdown();
  }

  boolean awaitEnd(Duration patience) throws InterruptedException {
    return server.awaitTermination(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Where the bytes of one answer come from: the version itself, or copies. */
  private static final class Source implements AutoCloseable {

    private final Donor donor;
    private final long version;
    private final @Nullable Lease lease;
    private final FrameBuffers buffers;
    private final List<MemorySegment> copies = new ArrayList<>();

    Source(Donor donor, long version, Optional<Lease> lease, FrameBuffers buffers) {
      this.donor = donor;
      this.version = version;
      this.lease = lease.orElse(null);
      this.buffers = buffers;
    }

    /** Blocks that follow each other; null if there are none such. */
    @Nullable MemorySegment run(int block, int count) {
      Lease held = lease;
      if (held == null) {
        return copy(block, count);
      }
      MemorySegment whole = held.stored().bytes();
      if (block < 0 || (long) block + count > BlockDigests.count(whole.byteSize())) {
        return null;
      }
      long from = BlockDigests.offset(block);
      long to = Math.min(BlockDigests.offset(block + count), whole.byteSize());
      return whole.asSlice(from, to - from);
    }

    private @Nullable MemorySegment copy(int block, int count) {
      MemorySegment buffer = buffers.take(RUN_BYTES_MAX);
      copies.add(buffer);
      long filled = 0;
      for (int i = 0; i < count; i++) {
        int length = donor.copyBlock(version, block + i, buffer.asSlice(filled));
        if (length < 0) {
          return null;
        }
        filled += length;
      }
      return buffer.asSlice(0, filled);
    }

    @Override
    public void close() {
      copies.forEach(buffers::giveBack);
      if (lease != null) {
        lease.close();
      }
    }
  }
}
