package dev.redoubt.node;

import dev.redoubt.store.net.RunToken;
import dev.redoubt.store.net.TokenDoor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import javax.net.ssl.SSLEngine;

/** Somebody who does not belong here, and says to a port whatever may hurt; always the same. */
final class Mallory {

  /** Lengths as Akka reads them: too large, negative, and those that overflow when added to. */
  private static final int[] LENGTHS = {
    Integer.MAX_VALUE, Integer.MAX_VALUE - 8, Integer.MIN_VALUE, -1, -4, -9, 1 << 30, 0, 3
  };

  private static final int CROWD = 80;
  private static final int PATIENCE_MILLIS = 60_000;

  private final SplittableRandom random;

  Mallory(long seed) {
    random = new SplittableRandom(seed);
  }

  /**
   * Says everything to a port once.
   *
   * @return how many bytes were answered
   */
  int attack(InetSocketAddress to) throws IOException {
    int answered = 0;
    for (int i = 0; i < 10; i++) {
      answered += say(to, random(1 + random.nextInt(5_000)));
    }
    for (int length : LENGTHS) {
      answered += say(to, akka(1 + random.nextInt(3), length, random(random.nextInt(100))));
    }
    answered += say(to, fabric(random(random.nextInt(200))));
    answered += say(to, tls(random(random.nextInt(200))));
    return answered;
  }

  /** Connects very often, and says nothing or the beginning of something. */
  List<Socket> crowd(InetSocketAddress to) throws IOException {
    List<Socket> crowd = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      Socket socket = new Socket();
      crowd.add(socket);
      socket.connect(to, PATIENCE_MILLIS);
      if (i % 2 == 0) {
        tryWrite(socket, random(1));
      }
    }
    return crowd;
  }

  /** What a member says first at Akka's port: its hello, up to where it has to prove something. */
  static byte[] hello() throws IOException {
    SSLEngine engine = new TokenDoor("mallory", RunToken.random(), refused -> {}).dialling();
    ByteBuffer hello = ByteBuffer.allocate(1_000);
    engine.wrap(ByteBuffer.allocate(0), hello);
    return Arrays.copyOf(hello.array(), hello.position());
  }

  private byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** A connection and a frame as Akka would have them, but for the length. */
  static byte[] akka(int stream, int length, byte[] body) {
    return begin("AKKA", 9 + body.length).put((byte) stream).putInt(length).put(body).array();
  }

  private static byte[] fabric(byte[] body) {
    return begin("RTDF", 24 + body.length)
        .putShort((short) 1)
        .putShort((short) 1)
        .putLong(0)
        .putInt(0)
        .putInt(Integer.MAX_VALUE)
        .put(body)
        .array();
  }

  /** The head of a record of TLS with a hello in it. */
  private static byte[] tls(byte[] body) {
    return begin("\u0016\u0003\u0001@\u0000\u0001", 6 + body.length).put(body).array();
  }

  private static ByteBuffer begin(String magic, int length) {
    return ByteBuffer.allocate(length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(magic.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Says it, ends in the middle of whatever it was, and waits for the end of the connection. */
  static int say(InetSocketAddress to, byte[] what) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(to, PATIENCE_MILLIS);
      tryWrite(socket, what);
      return drain(socket);
    }
  }

  private static void tryWrite(Socket socket, byte[] what) {
    try {
      socket.getOutputStream().write(what);
    } catch (IOException e) {
      // Refused already.
    }
  }

  private static int drain(Socket socket) throws IOException {
    int bytes = 0;
    try {
      socket.shutdownOutput();
      while (socket.getInputStream().read() >= 0) {
        bytes++;
      }
    } catch (SocketException e) {
      // Closed with bytes unread.
    }
    return bytes;
  }
}
