package dev.redoubt.store.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.traffic.ChannelTrafficShapingHandler;
import io.netty.util.concurrent.Future;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a peer that has proved who it is: frames in both directions, questions and
 * answers, credits and heartbeats.
 *
 * <p>This end always reads. A peer whose frames are not taken here runs out of credit and stops
 * sending them, so that they cannot hold up pieces, answers and heartbeats behind them; a peer that
 * sends more than it was granted is cut off.
 */
final class Connection implements Stage {

  /** Bodies of control frames from this size on are read straight into native memory. */
  private static final int HEAP_BYTES_MAX = DirectReads.SMALL_BYTES;

  private static final String LIMIT = "limit";

  private final NettyEndpoint endpoint;
  private final Identity peer;
  private final Channel channel;
  private final FrameCodec codec;
  private final Outgoing outgoing;
  private final Incoming incoming;
  private final Asking asking;
  private volatile boolean broken;
  private boolean silent;
  private long beatNanos = System.nanoTime();
  private @Nullable Future<?> beating;

  Connection(NettyEndpoint endpoint, Identity peer, Channel channel, FrameCodec codec) {
    this.endpoint = endpoint;
    this.peer = peer;
    this.channel = channel;
    this.codec = codec;
    this.outgoing = new Outgoing(this, endpoint.options());
    this.incoming = new Incoming(this, endpoint);
    this.asking = new Asking(this, codec, endpoint.fabric().buffers());
  }

  Identity peer() {
    return peer;
  }

  Channel channel() {
    return channel;
  }

  Outgoing outgoing() {
    return outgoing;
  }

  Asking asking() {
    return asking;
  }

  boolean isBroken() {
    return broken;
  }

  /** Why nothing can be sent any more. */
  String whyBroken() {
    return endpoint.isBroken() ? "this end broke off" : "it broke off";
  }

  /** Marks it broken; false if it was. Whoever waits for the peer is released. */
  boolean markBroken() {
    synchronized (this) {
      if (broken) {
        return false;
      }
      broken = true;
    }
    outgoing.close();
    asking.close();
    return true;
  }

  ChannelFuture write(OutFrame frame) {
    return channel.writeAndFlush(frame);
  }

  /** Writes what nobody waits for: if it cannot be written, the connection is gone, and told so. */
  @SuppressWarnings("FutureReturnValueIgnored")
  void say(OutFrame frame) {
    channel.writeAndFlush(frame);
  }

  /** Does something later on the event loop. */
  @SuppressWarnings("FutureReturnValueIgnored")
  void later(Duration pause, Runnable doing) {
    channel.eventLoop().schedule(doing, pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Reads nothing more, or again. */
  void hear(boolean isHeard) {
    channel.config().setAutoRead(isHeard);
  }

  /** Reads no more bytes a second than this; 0 for any number. */
  void limit(long bytesPerSecond) {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (channel.pipeline().get(LIMIT) != null) {
                channel.pipeline().remove(LIMIT);
              }
              if (bytesPerSecond > 0) {
                channel
                    .pipeline()
                    .addFirst(LIMIT, new ChannelTrafficShapingHandler(0, bytesPerSecond));
              }
            });
  }

  /** Closes it; whoever waits is told. Any thread. */
  @SuppressWarnings("FutureReturnValueIgnored")
  void close() {
    channel.close();
  }

  /** Begins to say now and then that this end is there, and to watch the other one. */
  void begin() {
    long nanos = endpoint.options().timing().heartbeat().toNanos();
    beating =
        channel.eventLoop().scheduleAtFixedRate(this::beat, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  private void beat() {
    LinkTiming timing = endpoint.options().timing();
    long now = System.nanoTime();
    if (now - beatNanos > timing.silentAfter().toNanos()) {
      // This process itself did not run: what the peer has said meanwhile is still to be read.
      codec.heardNow();
    }
    beatNanos = now;
    if (now - codec.saidNanos() >= timing.heartbeat().toNanos() / 2 && channel.isWritable()) {
      say(OutFrame.empty(Kind.HEARTBEAT));
    }
    long unheard = now - codec.heardNanos();
    if (unheard > timing.deadAfter().toNanos()) {
      close();
    } else if (silent != unheard > timing.silentAfter().toNanos()) {
      silent = !silent;
      boolean isSilent = silent;
      endpoint.notice(
          receiver -> {
            if (isSilent) {
              receiver.peerSilent(peer.node());
            } else {
              receiver.peerHeard(peer.node());
            }
          });
    }
  }

  @Override
  public void opened() {
    // It was open when the handshake ended.
  }

  @Override
  public MemorySegment body(Prefix prefix) {
    return switch (prefix.kind()) {
      case HEARTBEAT -> limited(prefix, 0);
      case CREDIT -> limited(prefix, Incoming.CREDIT_BYTES);
      case GRADIENT, PART, END, PIECE -> incoming.body(prefix);
      case ASK -> limited(prefix, Question.BYTES_MAX);
      case RUN -> limited(prefix, Asking.RUN_BYTES);
      case DIGESTS -> limited(prefix, Asking.DIGESTS_BYTES_MAX);
      case DECLINED -> limited(prefix, Asking.DECLINED_BYTES_MAX);
      case BLOCKS -> asking.body(prefix);
      case HELLO, WELCOME, PROOF, CONFIRM ->
          throw new RefusedException(
              Refusal.OUT_OF_PLACE, "a " + prefix.kind() + " on a link that is up");
    };
  }

  static MemorySegment limited(Prefix prefix, int most) {
    if (prefix.length() > most) {
      throw new RefusedException(
          Refusal.OVERSIZED,
          "a %s of %d bytes, more than %d".formatted(prefix.kind(), prefix.length(), most));
    }
    return prefix.length() < HEAP_BYTES_MAX
        ? MemorySegment.ofArray(new byte[prefix.length()])
        : Arena.ofAuto().allocate(prefix.length());
  }

  @Override
  public void complete(Prefix prefix, MemorySegment body) {
    switch (prefix.kind()) {
      case GRADIENT, PART, END, PIECE -> incoming.complete(prefix, body);
      case BLOCKS -> asking.blocks(body);
      case HEARTBEAT -> {}
      default -> control(prefix, body);
    }
  }

  private void control(Prefix prefix, MemorySegment body) {
    checkSum(prefix, body);
    switch (prefix.kind()) {
      case CREDIT -> outgoing.credit(body);
      case ASK -> endpoint.answering().ask(this, Question.read(body));
      case RUN -> asking.run(body);
      case DIGESTS -> asking.digests(body);
      case DECLINED -> asking.declined(body);
      default -> throw new IllegalStateException("no control frame: " + prefix.kind());
    }
  }

  static void checkSum(Prefix prefix, MemorySegment body) {
    if (Prefix.crc(body) != prefix.check()) {
      throw new RefusedException(
          Refusal.DAMAGED, "a frame %s does not have its checksum".formatted(prefix.kind()));
    }
  }

  /** A buffer of the connection for the body of a frame to be written. */
  ByteBuf buffer(int bytes) {
    return channel.alloc().directBuffer(bytes, bytes).writerIndex(bytes);
  }

  @Override
  public void refused(Refusal refusal, String detail) {
    endpoint.refusals().refused(refusal, peer.node(), detail);
  }

  @Override
  public void writable() {
    outgoing.writable();
  }

  @Override
  public void closed() {
    Future<?> heart = beating;
    if (heart != null) {
      heart.cancel(false);
    }
    incoming.close();
    asking.closed();
    endpoint.lost(this);
  }
}
