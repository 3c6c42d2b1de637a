package dev.redoubt.store.net;

import dev.redoubt.store.FrameBuffers;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.TransferException.Reason;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What this end has asked the peer of a connection, and the answers as they come. Blocks are read
 * into the memory that whoever asked has named; answers that nobody waits for any more are read
 * into one buffer and forgotten.
 */
final class Asking {

  static final int RUN_BYTES = Long.BYTES + 2 * Integer.BYTES;
  static final int DIGESTS_IN_FRAME = 1 << 16;
  static final int DIGESTS_BYTES_MAX = Long.BYTES + Integer.BYTES + DIGESTS_IN_FRAME * Long.BYTES;
  static final int REASON_CHARS_MAX = 256;
  static final int DECLINED_BYTES_MAX = Long.BYTES + 3 * REASON_CHARS_MAX;

  /** Somebody who waits for an answer. Called on the event loop. */
  interface Asker {

    /** More digests; {@code left} are still to come. */
    void digests(long[] more, int left);

    /** Where a run of blocks goes; null if it is not one that was asked for. */
    @Nullable MemorySegment place(int first, int count, int bytes);

    /** That run is there. */
    void arrived(int first, int count, MemorySegment bytes);

    void failed(TransferException why);
  }

  private record Run(long id, int first, int count) {}

  private final Connection connection;
  private final FrameCodec codec;
  private final FrameBuffers buffers;
  private final Map<Long, Asker> askers = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private @Nullable Run run;
  private @Nullable Asker reading;
  private @Nullable MemorySegment bin;

  Asking(Connection connection, FrameCodec codec, FrameBuffers buffers) {
    this.connection = connection;
    this.codec = codec;
    this.buffers = buffers;
  }

  long nextId() {
    return lastId.incrementAndGet();
  }

  /** Asks; the answer goes to {@code asker} until it is {@link #forget forgotten}. */
  void ask(Question question, Asker asker) {
    askers.put(question.id(), asker);
    ByteBuf body = connection.buffer(question.bytes());
    question.write(NativeMemory.readable(body, question.bytes()));
    connection.say(OutFrame.checked(Kind.ASK, body));
    if (connection.isBroken()) {
      asker.failed(gone());
    }
  }

  /** That the connection broke. */
  TransferException gone() {
    String why = connection.whyBroken();
    String peer = connection.peer().node();
    return new TransferException(Reason.GONE, why.startsWith("it ") ? peer + " broke off" : why);
  }

  /**
   * Nobody waits for these answers any more. When this returns, nothing is written to their memory.
   */
  void forget(List<Long> ids) {
    ids.forEach(askers::remove);
    try {
      connection.channel().eventLoop().submit(this::stopReading).awaitUninterruptibly();
    } catch (RejectedExecutionException _) {
      // The event loop has ended, so nothing is read any more.
    }
  }

  private void stopReading() {
    Asker now = reading;
    if (now != null && !askers.containsValue(now)) {
      reading = null;
      codec.redirect(this::bin);
    }
  }

  private MemorySegment bin(long length) {
    MemorySegment into = bin;
    if (into == null) {
      into = buffers.take(Answering.RUN_BYTES_MAX);
      bin = into;
    }
    return into.asSlice(0, length);
  }

  private @Nullable Asker asker(long id) {
    if (id < 1 || id > lastId.get()) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "an answer to what was never asked");
    }
    return askers.get(id);
  }

  private static void atLeast(MemorySegment body, int bytes) {
    if (body.byteSize() < bytes) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "an answer that is too short");
    }
  }

  void digests(MemorySegment body) {
    atLeast(body, Long.BYTES + Integer.BYTES);
    Asker asker = asker(body.get(Prefix.LONG, 0));
    if (asker != null) {
      long[] more = longs(body.asSlice(Long.BYTES + Integer.BYTES));
      asker.digests(more, body.get(Prefix.INT, Long.BYTES));
    }
  }

  private static long[] longs(MemorySegment body) {
    long[] values = new long[(int) (body.byteSize() / Long.BYTES)];
    for (int i = 0; i < values.length; i++) {
      values[i] = body.get(Prefix.LONG, (long) i * Long.BYTES);
    }
    return values;
  }

  void declined(MemorySegment body) {
    atLeast(body, Long.BYTES);
    Asker asker = asker(body.get(Prefix.LONG, 0));
    byte[] bytes = body.asSlice(Long.BYTES).toArray(ValueLayout.JAVA_BYTE);
    String text = new String(bytes, StandardCharsets.UTF_8);
    int space = text.indexOf(' ');
    Reason reason =
        Arrays.stream(Reason.values())
            .filter(one -> space > 0 && one.name().equals(text.substring(0, space)))
            .findFirst()
            .orElseThrow(() -> new RefusedException(Refusal.OUT_OF_PLACE, "no reason to decline"));
    if (asker != null) {
      asker.failed(new TransferException(reason, text.substring(space + 1)));
    }
  }

  /** Which blocks come next. */
  void run(MemorySegment body) {
    if (run != null || body.byteSize() != RUN_BYTES) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "a run of blocks within another");
    }
    long id = body.get(Prefix.LONG, 0);
    asker(id);
    run = new Run(id, body.get(Prefix.INT, 8), body.get(Prefix.INT, 12));
  }

  /** Where their bytes go. */
  MemorySegment body(Prefix prefix) {
    Run next = run;
    if (next == null || prefix.length() == 0) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "blocks that were not announced");
    }
    if (prefix.length() > Answering.RUN_BYTES_MAX) {
      throw new RefusedException(
          Refusal.OVERSIZED, "a run of blocks of %d bytes".formatted(prefix.length()));
    }
    reading = askers.get(next.id());
    MemorySegment place =
        reading == null ? null : reading.place(next.first(), next.count(), prefix.length());
    if (place == null && reading != null) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "blocks that were not asked for");
    }
    return place == null ? bin(prefix.length()) : place;
  }

  /** They are there. Their digests are what they are held against, by whoever takes them. */
  void blocks(MemorySegment body) {
    Run done = run;
    Asker to = reading;
    run = null;
    reading = null;
    if (done != null && to != null) {
      to.arrived(done.first(), done.count(), body);
    }
  }

  void answered(long id) {
    askers.remove(id);
  }

  /** The connection broke. */
  void close() {
    TransferException gone = gone();
    List.copyOf(askers.values()).forEach(asker -> asker.failed(gone));
  }

  /** The connection is closed: nothing is read any more. On the event loop. */
  void closed() {
    MemorySegment buffer = bin;
    if (buffer != null) {
      bin = null;
      buffers.giveBack(buffer);
    }
  }

  @Override
  public String toString() {
    return "asked " + connection.peer().node() + ": " + Arrays.toString(askers.keySet().toArray());
  }
}
