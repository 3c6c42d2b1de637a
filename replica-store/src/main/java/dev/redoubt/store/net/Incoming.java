package dev.redoubt.store.net;

import dev.redoubt.store.FrameBuffers;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.WireFrame;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Puts the gradients and pieces of one connection together, straight from the socket into the
 * buffer that the receiver will see, and grants more when they were taken out of the inbox. Nothing
 * is allocated before it is known that the peer may send it.
 */
final class Incoming implements WireFrame.Sender {

  static final int CREDIT_BYTES = 4 * Long.BYTES;
  static final int GRADIENT_BYTES = FrameHeader.BYTES + Long.BYTES;

  private final Connection connection;
  private final NettyEndpoint endpoint;
  private final FrameBuffers buffers;
  private final int payloadBytesMax;
  private final Window.Inward frames;
  private final Window.Inward pieces;
  private final WireFrame.Sender ofPieces = new Pieces();

  /** Of the gradient that is coming in; null between two. */
  private @Nullable MemorySegment gradient;

  private long bytes;
  private long filled;

  /** Of the piece that is coming in; null between two. */
  private @Nullable MemorySegment piece;

  Incoming(Connection connection, NettyEndpoint endpoint) {
    this.connection = connection;
    this.endpoint = endpoint;
    this.buffers = endpoint.fabric().buffers();
    NetOptions options = endpoint.options();
    this.payloadBytesMax = options.frames().payloadBytesMax();
    this.frames = new Window.Inward(options.frames().inboxFrames(), options.windowBytes());
    this.pieces = new Window.Inward(options.frames().inboxPieces(), options.windowBytes());
  }

  MemorySegment body(Prefix prefix) {
    return switch (prefix.kind()) {
      case GRADIENT -> exactly(prefix, GRADIENT_BYTES);
      case END -> exactly(prefix, Integer.BYTES);
      case PART -> part(prefix);
      default -> piece(prefix);
    };
  }

  private static MemorySegment exactly(Prefix prefix, int length) {
    if (prefix.length() != length) {
      throw new RefusedException(
          Refusal.OVERSIZED,
          "a %s of %d bytes, not %d".formatted(prefix.kind(), prefix.length(), length));
    }
    return MemorySegment.ofArray(new byte[length]);
  }

  private MemorySegment part(Prefix prefix) {
    MemorySegment into = gradient;
    if (into == null || prefix.length() == 0 || prefix.length() > bytes - filled) {
      throw new RefusedException(
          Refusal.OUT_OF_PLACE, "a part of %d bytes of no gradient".formatted(prefix.length()));
    }
    return into.asSlice(filled, prefix.length());
  }

  private MemorySegment piece(Prefix prefix) {
    if (prefix.length() < FrameHeader.BYTES
        || prefix.length() - FrameHeader.BYTES > payloadBytesMax) {
      throw new RefusedException(
          Refusal.OVERSIZED, "a piece of %d bytes".formatted(prefix.length()));
    }
    if (!pieces.admit(prefix.length())) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "more pieces than were granted");
    }
    MemorySegment buffer = buffers.take(prefix.length());
    piece = buffer;
    return buffer.asSlice(0, prefix.length());
  }

  void complete(Prefix prefix, MemorySegment body) {
    switch (prefix.kind()) {
      case GRADIENT -> begin(prefix, body);
      case PART -> filled += prefix.length();
      case END -> end(body);
      default -> {
        MemorySegment whole = piece;
        piece = null;
        admit(whole, prefix.length(), prefix.check(), true);
      }
    }
  }

  private void begin(Prefix prefix, MemorySegment body) {
    Connection.checkSum(prefix, body);
    long payload = body.get(Prefix.LONG, FrameHeader.BYTES);
    if (gradient != null || payload < 0) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "a gradient begins within another");
    }
    if (payload > payloadBytesMax) {
      throw new RefusedException(
          Refusal.OVERSIZED,
          "a gradient of %d bytes, more than %d".formatted(payload, payloadBytesMax));
    }
    long whole = FrameHeader.BYTES + payload;
    if (!frames.admit(whole)) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "more frames than were granted");
    }
    MemorySegment buffer = buffers.take(whole);
    MemorySegment.copy(body, 0, buffer, 0, FrameHeader.BYTES);
    gradient = buffer;
    bytes = whole;
    filled = FrameHeader.BYTES;
  }

  private void end(MemorySegment body) {
    MemorySegment whole = gradient;
    if (whole == null || filled != bytes) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "a gradient ends before it is complete");
    }
    gradient = null;
    admit(whole, bytes, body.get(Prefix.INT, 0), false);
  }

  private void admit(@Nullable MemorySegment buffer, long length, int check, boolean isPiece) {
    if (buffer == null) {
      return;
    }
    WireFrame frame = new WireFrame(isPiece ? ofPieces : this, buffer, length, check);
    LinkFaults faults = endpoint.options().faults();
    if (faults == null) {
      admit(frame, isPiece);
    } else {
      suffer(faults.arrived(node(), endpoint.node(), frame.wire()), frame, isPiece);
    }
  }

  private void admit(WireFrame frame, boolean isPiece) {
    if (!endpoint.delivery().admit(frame, isPiece)) {
      buffers.giveBack(frame.buffer());
    }
  }

  private void suffer(LinkFaults.Fate fate, WireFrame frame, boolean isPiece) {
    if (fate.copies() == 0) {
      frame.sender().taken(frame);
      buffers.giveBack(frame.buffer());
    } else if (fate.delay().isPositive()) {
      connection.later(fate.delay(), () -> admit(frame, fate.copies(), isPiece));
    } else {
      admit(frame, fate.copies(), isPiece);
    }
  }

  private void admit(WireFrame frame, int copies, boolean isPiece) {
    if (copies > 1) {
      MemorySegment twin = buffers.take(frame.bytes());
      MemorySegment.copy(frame.buffer(), 0, twin, 0, frame.bytes());
      admit(new WireFrame(new Twins(), twin, frame.bytes(), frame.check()), isPiece);
    }
    admit(frame, isPiece);
  }

  /** The same sender; a frame that the network made twice was granted once. */
  private final class Twins implements WireFrame.Sender {
    @Override
    public String node() {
      return Incoming.this.node();
    }

    @Override
    public boolean isBroken() {
      return Incoming.this.isBroken();
    }
  }

  @Override
  public String node() {
    return connection.peer().node();
  }

  @Override
  public boolean isBroken() {
    return connection.isBroken();
  }

  @Override
  public void taken(WireFrame frame) {
    if (frames.take(frame.bytes())) {
      credit();
    }
  }

  /** The same sender with pieces; what was taken is counted apart. */
  private final class Pieces implements WireFrame.Sender {
    @Override
    public String node() {
      return Incoming.this.node();
    }

    @Override
    public boolean isBroken() {
      return Incoming.this.isBroken();
    }

    @Override
    public void taken(WireFrame frame) {
      if (pieces.take(frame.bytes())) {
        credit();
      }
    }
  }

  /** Totals are said in the order in which they were taken. */
  private synchronized void credit() {
    if (connection.isBroken()) {
      return;
    }
    Window.Totals one = frames.say();
    Window.Totals other = pieces.say();
    ByteBuf body = connection.buffer(CREDIT_BYTES);
    MemorySegment wire = NativeMemory.readable(body, CREDIT_BYTES);
    wire.set(Prefix.LONG, 0, one.frames());
    wire.set(Prefix.LONG, 8, one.bytes());
    wire.set(Prefix.LONG, 16, other.frames());
    wire.set(Prefix.LONG, 24, other.bytes());
    connection.say(OutFrame.checked(Kind.CREDIT, body));
  }

  /** Gives back what was only begun. */
  void close() {
    if (gradient != null) {
      buffers.giveBack(gradient);
      gradient = null;
    }
    if (piece != null) {
      buffers.giveBack(piece);
      piece = null;
    }
  }
}
