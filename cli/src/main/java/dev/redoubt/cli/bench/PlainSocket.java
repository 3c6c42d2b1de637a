package dev.redoubt.cli.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.SynchronousQueue;

/**
 * The reference of all transfers: a plain NIO socket over loopback that is open before, and a
 * thread that writes while the caller reads, in buffers of 1 MiB, from memory to memory.
 */
final class PlainSocket implements AutoCloseable {

  private static final int BUFFER_BYTES = 1 << 20;

  private final ServerSocketChannel server;
  private final SocketChannel out;
  private final SocketChannel in;
  private final SynchronousQueue<MemorySegment> jobs = new SynchronousQueue<>();
  private final Thread writer;

  PlainSocket() throws IOException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = ServerSocketChannel.open().bind(any);
    out = SocketChannel.open(server.getLocalAddress());
    in = server.accept();
    writer = Thread.ofPlatform().daemon().name("plain-socket").start(this::writeAll);
  }

  private void writeAll() {
    try {
      while (true) {
        ByteBuffer bytes = jobs.take().asByteBuffer();
        while (bytes.hasRemaining()) {
          bytes.limit(Math.min(bytes.position() + BUFFER_BYTES, bytes.capacity()));
          out.write(bytes);
          bytes.limit(bytes.capacity());
        }
      }
    } catch (IOException | InterruptedException e) {
      // It is closed: whoever still reads sees the end of the stream.
    }
  }

  /** Moves all bytes; segments of 2 GiB at most. */
  void move(MemorySegment from, MemorySegment to) {
    try {
      jobs.put(from);
      ByteBuffer bytes = to.asByteBuffer();
      while (bytes.hasRemaining()) {
        bytes.limit(Math.min(bytes.position() + BUFFER_BYTES, bytes.capacity()));
        if (in.read(bytes) < 0) {
          throw new IOException("the socket ended");
        }
        bytes.limit(bytes.capacity());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    writer.interrupt();
    in.close();
    out.close();
    server.close();
  }
}
