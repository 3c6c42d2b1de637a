package dev.redoubt.store.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.function.LongFunction;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Frames of one connection, out of bytes and into bytes. It knows their heads, their order and
 * their session; what they mean is the {@link Stage}'s affair.
 *
 * <p>A body is read straight into the memory that the stage names for it: {@link #lend} gives that
 * memory to the socket. What was read together with a head is copied, up to {@link
 * DirectReads#SMALL_BYTES}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A write that fails closes its connection.
final class FrameCodec extends ChannelDuplexHandler {

  private final FabricCounters counters;
  private final MemorySegment head = Arena.ofAuto().allocate(Prefix.BYTES);
  private Stage stage;
  private @Nullable ChannelHandlerContext context;
  private int headFilled;
  private @Nullable Prefix prefix;
  private MemorySegment body = MemorySegment.NULL;
  private long bodyFilled;
  private @Nullable ByteBuf lent;
  private int session;
  private long nextIn;
  private long nextOut;
  private boolean refused;
  private long heardNanos = System.nanoTime();
  private long saidNanos = System.nanoTime();

  FrameCodec(FabricCounters counters, Stage first) {
    this.counters = counters;
    this.stage = first;
  }

  /** From now on frames are of this session. */
  void session(int id) {
    session = id;
  }

  /** From now on frames go to another stage. */
  void stage(Stage next) {
    stage = next;
  }

  /** When the last byte came. */
  long heardNanos() {
    return heardNanos;
  }

  /** Takes it that something was heard now: this process itself was not running. */
  void heardNow() {
    heardNanos = System.nanoTime();
  }

  /** When the last frame was written. */
  long saidNanos() {
    return saidNanos;
  }

  /** Memory that is to be filled next, to read straight into; null if it is not worth it. */
  @Nullable ByteBuf lend(int leastBytes) {
    if (prefix == null || refused || body.byteSize() - bodyFilled < leastBytes) {
      return null;
    }
    lent = NativeMemory.empty(body.asSlice(bodyFilled));
    return lent;
  }

  /** The frame that is just coming in goes elsewhere: its memory is wanted back. */
  void redirect(LongFunction<MemorySegment> elsewhere) {
    if (prefix != null) {
      body = elsewhere.apply(body.byteSize());
      lent = null;
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) throws Exception {
    if (ctx.pipeline().get(SslHandler.class) == null) {
      stage.opened();
    }
    super.channelActive(ctx);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
      try {
        stage.opened();
      } catch (RefusedException e) {
        refuse(e.refusal(), String.valueOf(e.getMessage()));
      }
    }
    super.userEventTriggered(ctx, event);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      heardNanos = System.nanoTime();
      if (refused) {
        return;
      }
      if (isLent(in)) {
        bodyFilled += in.readableBytes();
        lent = null;
        completeIfFull();
      } else {
        lent = null;
        consume(in);
      }
    } catch (RefusedException e) {
      refuse(e.refusal(), String.valueOf(e.getMessage()));
    } finally {
      in.release();
    }
  }

  /** Whether it is that very buffer, so that the bytes are where they belong already. */
  @SuppressWarnings("ReferenceEquality")
  private boolean isLent(ByteBuf in) {
    return in == lent;
  }

  private void consume(ByteBuf in) {
    while (in.isReadable() && !refused) {
      if (prefix == null) {
        headFilled += take(in, head, headFilled);
        if (headFilled == Prefix.BYTES) {
          begin(Prefix.read(head));
        }
      } else {
        bodyFilled += take(in, body, bodyFilled);
      }
      completeIfFull();
    }
  }

  private static int take(ByteBuf in, MemorySegment into, long filled) {
    int bytes = (int) Math.min(in.readableBytes(), into.byteSize() - filled);
    MemorySegment.copy(NativeMemory.readable(in, bytes), 0, into, filled, bytes);
    in.skipBytes(bytes);
    return bytes;
  }

  private void begin(Prefix next) {
    if (next.session() != session || next.sequence() != nextIn) {
      throw new RefusedException(
          Refusal.OUT_OF_SEQUENCE,
          "frame %d of session %08x came, not %d of %08x"
              .formatted(next.sequence(), next.session(), nextIn, session));
    }
    nextIn++;
    if (next.length() < 0) {
      throw new RefusedException(Refusal.OVERSIZED, "a body of " + next.length() + " bytes");
    }
    body = stage.body(next);
    bodyFilled = 0;
    prefix = next;
  }

  private void completeIfFull() {
    Prefix done = prefix;
    if (done != null && bodyFilled == body.byteSize()) {
      MemorySegment bytes = body;
      prefix = null;
      headFilled = 0;
      body = MemorySegment.NULL;
      counters.received(Prefix.BYTES + done.length());
      stage.complete(done, bytes);
    }
  }

  private void refuse(Refusal refusal, String detail) {
    if (!refused) {
      refused = true;
      stage.refused(refusal, detail);
      close();
    }
  }

  void close() {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      ctx.close();
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    OutFrame frame = (OutFrame) message;
    int length = frame.content().readableBytes();
    saidNanos = System.nanoTime();
    counters.sent(Prefix.BYTES + length);
    ByteBuf start = head(ctx.alloc(), frame, length);
    if (length == 0) {
      frame.release();
      ctx.write(start, promise);
    } else {
      ctx.write(start);
      ctx.write(frame.content(), promise);
    }
  }

  private ByteBuf head(ByteBufAllocator alloc, OutFrame frame, int length) {
    ByteBuf start = alloc.directBuffer(Prefix.BYTES, Prefix.BYTES).writerIndex(Prefix.BYTES);
    new Prefix(frame.kind(), nextOut, session, length, frame.check())
        .write(NativeMemory.readable(start, Prefix.BYTES));
    nextOut++;
    return start;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
    stage.writable();
    super.channelWritabilityChanged(ctx);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    if (!refused && (headFilled > 0 || prefix != null)) {
      refused = true;
      stage.refused(Refusal.TRUNCATED, "the connection ended in the middle of a frame");
    }
    stage.closed();
    super.channelInactive(ctx);
  }

  /** A connection that is reset is no fault of anybody; one that fails in TLS is refused. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Throwable root = cause.getCause() instanceof SSLException inner ? inner : cause;
    if (root instanceof SSLException && !(root.getCause() instanceof ClosedChannelException)) {
      refuse(Refusal.NO_CERTIFICATE, String.valueOf(root.getMessage()));
    } else if (cause instanceof IOException) {
      close();
    } else {
      refuse(Refusal.OUT_OF_PLACE, "it made this end fail: " + cause);
    }
  }
}
