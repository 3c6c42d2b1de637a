package dev.redoubt.store.net;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.FrameBuffers;
import dev.redoubt.store.FrameTap;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.TransferException.Reason;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Pulls blocks from one peer. A few questions for {@value #QUESTION_BLOCKS} blocks each are under
 * way at a time, so that the donor always has the next one; that bounds what comes in, too.
 */
final class Fetch {

  static final int QUESTION_BLOCKS = 64;
  static final int QUESTIONS_MAX = 4;

  private final Connection connection;
  private final FrameBuffers buffers;
  private final FabricCounters counters;
  private final FrameTap tap;
  private final String node;
  private final long epoch;
  private final long version;
  private final Duration patience;
  private final Deque<Batch> underWay = new ArrayDeque<>();

  Fetch(
      Connection connection, NettyEndpoint endpoint, long epoch, long version, Duration patience) {
    this.connection = connection;
    this.buffers = endpoint.fabric().buffers();
    this.counters = endpoint.counters();
    this.tap = endpoint.options().frames().tap();
    this.node = endpoint.node();
    this.epoch = epoch;
    this.version = version;
    this.patience = patience;
  }

  void run(int[] blocks, BlockSink sink) throws TransferException {
    MemorySegment target = sink.target();
    int asked = 0;
    try {
      while (asked < blocks.length || !underWay.isEmpty()) {
        while (asked < blocks.length && underWay.size() < QUESTIONS_MAX) {
          int end = Math.min(asked + QUESTION_BLOCKS, blocks.length);
          ask(Arrays.copyOfRange(blocks, asked, end), target);
          asked = end;
        }
        if (!take(underWay.getFirst(), sink)) {
          return;
        }
        release(underWay.removeFirst());
      }
    } finally {
      stop();
    }
  }

  private void ask(int[] blocks, @Nullable MemorySegment target) {
    long id = connection.asking().nextId();
    MemorySegment lent =
        target != null ? null : buffers.take((long) blocks.length * BlockDigest.BLOCK_BYTES);
    Batch batch = new Batch(id, blocks, target, lent);
    underWay.add(batch);
    connection
        .asking()
        .ask(new Question(id, Question.What.BLOCKS, epoch, version, 0, blocks), batch);
  }

  /** Hands the blocks of a question to the sink as they come; false if it wants no more. */
  private boolean take(Batch batch, BlockSink sink) throws TransferException {
    while (!batch.isTaken()) {
      Batch.Run run = batch.next(connection.peer().node(), patience);
      for (int i = 0; i < run.count(); i++) {
        if (!take(batch, run, i, sink)) {
          counters.corrupt();
          return false;
        }
      }
    }
    return true;
  }

  private boolean take(Batch batch, Batch.Run run, int index, BlockSink sink)
      throws TransferException {
    if (connection.isBroken()) {
      throw connection.asking().gone();
    }
    String peer = connection.peer().node();
    int block = batch.block(run.first() + index);
    MemorySegment bytes = run.block(index);
    if (tap.block(peer, node, version, block, bytes) == FrameTap.Fate.DROP) {
      throw new TransferException(Reason.TIMED_OUT, "block " + block + " of " + peer + " is lost");
    }
    // Whoever has a hand on the wire may have changed them after they came.
    long digest =
        tap == FrameTap.NONE ? run.digest(index) : Batch.digest(bytes, BlockDigest.room());
    return sink.block(block, batch.isLent() ? bytes.asReadOnly() : bytes, digest);
  }

  private void release(Batch batch) {
    connection.asking().answered(batch.id());
    MemorySegment lent = batch.lent();
    if (lent != null) {
      buffers.giveBack(lent);
    }
  }

  private void stop() {
    if (!underWay.isEmpty()) {
      connection.asking().forget(underWay.stream().map(Batch::id).toList());
      underWay.forEach(this::release);
      underWay.clear();
    }
  }

  /**
   * How many of {@code blocks} from {@code first} on follow each other, and at most {@code most}.
   */
  static int run(int[] blocks, int first, int most) {
    int count = 1;
    while (count < most
        && first + count < blocks.length
        && blocks[first + count] == blocks[first + count - 1] + 1) {
      count++;
    }
    return count;
  }

  /** Where a run belongs in a shard; null if it is not of this shard. */
  static @Nullable MemorySegment placeIn(MemorySegment shard, int block, int count, int bytes) {
    long from = BlockDigests.offset(block);
    long to = from + bytes;
    boolean whole = bytes == (long) count * BlockDigest.BLOCK_BYTES || to == shard.byteSize();
    return block >= 0 && whole && to <= shard.byteSize() ? shard.asSlice(from, bytes) : null;
  }
}
