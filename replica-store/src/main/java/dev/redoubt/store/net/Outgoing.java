package dev.redoubt.store.net;

import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.PeerBrokenException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

/**
 * Sends gradients and pieces on one connection. A gradient is sent from where it lies, in parts of
 * {@value #PART_BYTES} bytes, of which few are queued at a time: so a piece never stands behind a
 * whole gradient. A piece is copied, since its sender does not wait.
 */
final class Outgoing {

  static final int PART_BYTES = 256 << 10;

  private final Connection connection;
  private final FabricOptions options;
  private final LinkTiming timing;
  private final Window frames;
  private final Window pieces;
  private final ReentrantLock oneGradient = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  Outgoing(Connection connection, NetOptions net) {
    this.connection = connection;
    this.options = net.frames();
    this.timing = net.timing();
    this.frames = new Window(options.inboxFrames(), net.windowBytes());
    this.pieces = new Window(options.inboxPieces(), net.windowBytes());
  }

  /**
   * Sends a gradient; returns when its last byte has been handed to the operating system.
   *
   * @param digested that the digest is taken of: {@code payload}, unless it is damaged on its way
   */
  void gradient(FrameHeader header, MemorySegment payload, MemorySegment digested)
      throws PeerBrokenException {
    long deadline = System.nanoTime() + options.patience().toNanos();
    boolean mine = false;
    try {
      mine = oneGradient.tryLock(options.patience().toNanos(), TimeUnit.NANOSECONDS);
      long bytes = FrameHeader.BYTES + payload.byteSize();
      if (!mine || !frames.take(bytes, deadline)) {
        throw broken(
            connection.isBroken()
                ? connection.whyBroken()
                : "its inbox of %d frames stayed full for %s"
                    .formatted(options.inboxFrames(), options.patience()));
      }
      write(header, payload, digested);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw broken("interrupted while its inbox was full");
    } finally {
      if (mine) {
        oneGradient.unlock();
      }
    }
  }

  private PeerBrokenException broken(String why) {
    return new PeerBrokenException(connection.peer().node(), why);
  }

  private void write(FrameHeader header, MemorySegment payload, MemorySegment digested)
      throws PeerBrokenException {
    CRC32C crc = new CRC32C();
    ChannelFuture last =
        connection.write(OutFrame.checked(Kind.GRADIENT, begin(header, payload.byteSize(), crc)));
    try {
      for (long at = 0; at < payload.byteSize(); at += PART_BYTES) {
        MemorySegment part = payload.asSlice(at, Math.min(PART_BYTES, payload.byteSize() - at));
        if (options.frameDigests()) {
          crc.update(digested.asSlice(at, part.byteSize()).asByteBuffer());
        }
        awaitWritable(options.patience());
        last = connection.write(new OutFrame(Kind.PART, NativeMemory.full(part), 0));
      }
    } finally {
      // Whatever happens, the payload is the caller's again only when nothing reads it any more.
      int check = options.frameDigests() ? (int) crc.getValue() : 0;
      last = connection.isBroken() ? last : connection.write(end(check));
      awaitWritten(last, options.patience());
    }
  }

  private OutFrame end(int check) {
    return new OutFrame(Kind.END, connection.buffer(Integer.BYTES).setIntLE(0, check), 0);
  }

  private ByteBuf begin(FrameHeader header, long payloadBytes, CRC32C crc) {
    ByteBuf body = connection.buffer(Incoming.GRADIENT_BYTES);
    MemorySegment wire = NativeMemory.readable(body, Incoming.GRADIENT_BYTES);
    header.write(wire);
    wire.set(Prefix.LONG, FrameHeader.BYTES, payloadBytes);
    crc.update(wire.asSlice(0, FrameHeader.BYTES).asByteBuffer());
    return body;
  }

  /** Sends a piece, or refuses it at once; as above. */
  void piece(FrameHeader header, MemorySegment payload, MemorySegment digested)
      throws PeerBrokenException {
    long bytes = FrameHeader.BYTES + payload.byteSize();
    if (!pieces.tryTake(bytes)) {
      throw broken(
          connection.isBroken()
              ? connection.whyBroken()
              : "its inbox of %d pieces is full".formatted(options.inboxPieces()));
    }
    ByteBuf body = connection.buffer(Math.toIntExact(bytes));
    MemorySegment wire = NativeMemory.readable(body, Math.toIntExact(bytes));
    header.write(wire);
    MemorySegment.copy(digested, 0, wire, FrameHeader.BYTES, digested.byteSize());
    OutFrame frame =
        options.frameDigests()
            ? OutFrame.checked(Kind.PIECE, body)
            : new OutFrame(Kind.PIECE, body, 0);
    if (!payload.equals(digested)) {
      MemorySegment.copy(payload, 0, wire, FrameHeader.BYTES, payload.byteSize());
    }
    connection.say(frame);
  }

  /**
   * Waits until more may be queued. A peer that takes no byte for so long is cut off: half a frame
   * cannot be taken back.
   */
  void awaitWritable(Duration patience) throws PeerBrokenException {
    if (connection.channel().isWritable()) {
      return;
    }
    long nanos = patience.toNanos();
    lock.lock();
    try {
      while (!connection.channel().isWritable() && !connection.isBroken()) {
        if (nanos <= 0) {
          connection.close();
          throw broken("it took no byte for " + patience);
        }
        nanos = changed.awaitNanos(nanos);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      connection.close();
      throw broken("interrupted in the middle of a frame");
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until what was queued is written. When this returns, in whatever way, nothing reads the
   * memory any more.
   */
  void awaitWritten(ChannelFuture written, Duration patience) throws PeerBrokenException {
    boolean inTime = false;
    boolean interrupted = false;
    try {
      inTime = written.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      interrupted = true;
    }
    if (!written.isDone()) {
      connection.close();
      written.awaitUninterruptibly();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!written.isSuccess()) {
      throw broken(
          inTime || interrupted ? connection.whyBroken() : "it took no byte for " + patience);
    }
  }

  void writable() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The other end has taken frames out of its inbox. */
  void credit(MemorySegment body) {
    frames.taken(body.get(Prefix.LONG, 0), body.get(Prefix.LONG, 8));
    pieces.taken(body.get(Prefix.LONG, 16), body.get(Prefix.LONG, 24));
  }

  /** How long a version may be held for this peer. */
  Duration leaseAtMost() {
    return timing.leaseAtMost();
  }

  void close() {
    frames.close();
    pieces.close();
    writable();
  }
}
