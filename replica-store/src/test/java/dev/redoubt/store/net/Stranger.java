package dev.redoubt.store.net;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;

/** Speaks to a port by hand: as it should for as long as the test wants, and then not. */
final class Stranger implements AutoCloseable {

  private final Socket socket = new Socket();
  private int session;
  private long next;

  Stranger(InetSocketAddress to) throws IOException {
    socket.setSoTimeout(30_000);
    socket.connect(to);
  }

  void write(byte... bytes) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(bytes);
    out.flush();
  }

  /** Writes; a connection that was closed meanwhile is no failure. */
  void tryWrite(byte[] bytes) {
    try {
      write(bytes);
    } catch (IOException _) {
      // Refused already.
    }
  }

  /** Says hello with a proof of {@code token}, and waits until the link is up. */
  Stranger greet(String as, long incarnation, String whom, RunToken token) throws IOException {
    Greeting begun =
        new Greeting(
            new Identity(as, incarnation),
            new byte[RunToken.NONCE_BYTES],
            new Identity(whom, 0),
            new byte[RunToken.NONCE_BYTES]);
    frame(Kind.HELLO, begun.hello());
    Greeting whole = begun.ofWelcome(read(Kind.WELCOME), token);
    session = whole.session(token);
    frame(Kind.PROOF, whole.proof(token));
    read(Kind.CONFIRM);
    return this;
  }

  private byte[] read(Kind kind) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] head = new byte[Prefix.BYTES];
    in.readFully(head);
    Prefix prefix = Prefix.read(MemorySegment.ofArray(head));
    if (prefix.kind() != kind) {
      throw new IOException("a " + prefix.kind() + " came, not a " + kind);
    }
    byte[] body = new byte[prefix.length()];
    in.readFully(body);
    return body;
  }

  /** A frame in good order. */
  void frame(Kind kind, byte... body) throws IOException {
    write(bytes(kind, body, body.length));
  }

  /** Its bytes, with another length in its head if wanted. */
  byte[] bytes(Kind kind, byte[] body, int length) {
    byte[] frame = new byte[Prefix.BYTES + body.length];
    MemorySegment wire = MemorySegment.ofArray(frame);
    int check = body.length == 0 ? 0 : Prefix.crc(MemorySegment.ofArray(body));
    new Prefix(kind, next++, session, length, check).write(wire);
    System.arraycopy(body, 0, frame, Prefix.BYTES, body.length);
    return frame;
  }

  /** Waits until the other end has closed the connection. */
  void awaitClosed() throws IOException {
    byte[] rest = new byte[4096];
    try {
      while (socket.getInputStream().read(rest) >= 0) {
        Arrays.fill(rest, (byte) 0);
      }
    } catch (SocketException _) {
      // Closed with bytes unread.
    }
  }

  /** Says that nothing more comes. */
  void end() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
