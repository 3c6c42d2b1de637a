package dev.redoubt.store.net;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;

/** Stands between two ends of one connection and writes down what who dials says. */
final class Recording implements AutoCloseable {

  private final ServerSocket server;
  private final InetSocketAddress target;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CompletableFuture<Void> over = new CompletableFuture<>();

  Recording(InetSocketAddress target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::pass);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
  }

  /** What was said, once that connection is over. */
  byte[] bytes() {
    over.join();
    return bytes.toByteArray();
  }

  private void pass() {
    try (Socket from = server.accept();
        Socket to = new Socket(target.getAddress(), target.getPort())) {
      Thread.ofPlatform().daemon().start(() -> back(to, from));
      byte[] some = new byte[4096];
      InputStream in = from.getInputStream();
      for (int count = in.read(some); count >= 0; count = in.read(some)) {
        bytes.write(some, 0, count);
        to.getOutputStream().write(some, 0, count);
      }
      over.complete(null);
    } catch (IOException e) {
      over.completeExceptionally(e);
    }
  }

  private static void back(Socket from, Socket to) {
    try {
      OutputStream out = to.getOutputStream();
      from.getInputStream().transferTo(out);
    } catch (IOException _) {
      // The other direction tells how it ended.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
