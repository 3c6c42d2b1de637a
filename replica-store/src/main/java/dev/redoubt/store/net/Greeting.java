package dev.redoubt.store.net;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What the two ends of a connection have told each other of themselves: who dialled and who was
 * dialled, and what each made up for this time. Both sign all of it.
 */
@SuppressWarnings("ArrayRecordComponent") // Never changed, never compared.
record Greeting(Identity dialler, byte[] diallerNonce, Identity dialled, byte[] dialledNonce) {

  static final int BYTES_MAX = RunToken.NONCE_BYTES + 8 + 2 * (1 + Identity.NAME_CHARS_MAX);
  static final int ANSWER_BYTES = RunToken.NONCE_BYTES + 8 + RunToken.PROOF_BYTES;

  /** The body of a hello: all that the dialler knows, with the name that it wants. */
  byte[] hello() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(diallerNonce);
    out.writeBytes(bytes(dialler.incarnation()));
    name(out, dialler.node());
    name(out, dialled.node());
    return out.toByteArray();
  }

  private static void name(ByteArrayOutputStream out, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    out.write(bytes.length);
    out.writeBytes(bytes);
  }

  /** Reads a hello at the end that was dialled; who was wanted is {@code dialled.node()}. */
  static Greeting ofHello(byte[] body, long incarnation) {
    try {
      ByteBuffer in = ByteBuffer.wrap(body);
      byte[] nonce = read(in, RunToken.NONCE_BYTES);
      long theirs = in.getLong();
      String from = name(in);
      String wanted = name(in);
      return new Greeting(
          new Identity(from, theirs),
          nonce,
          new Identity(wanted, incarnation),
          RunToken.randomBytes(RunToken.NONCE_BYTES));
    } catch (BufferUnderflowException _) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "its hello is too short");
    }
  }

  private static String name(ByteBuffer in) {
    String name = new String(read(in, in.get() & 0xFF), StandardCharsets.US_ASCII);
    if (!Identity.isName(name)) {
      throw new RefusedException(Refusal.UNKNOWN_NAME, "it gives a name that is none");
    }
    return name;
  }

  private static byte[] read(ByteBuffer in, int count) {
    if (count > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[count];
    in.get(bytes);
    return bytes;
  }

  /** The body of a welcome, with the proof that who was dialled knows the token. */
  byte[] welcome(RunToken token) {
    return ByteBuffer.allocate(ANSWER_BYTES)
        .put(dialledNonce)
        .putLong(dialled.incarnation())
        .put(token.prove("dialled", said()))
        .array();
  }

  /** Reads a welcome at the end that dialled, and checks its proof. */
  Greeting ofWelcome(byte[] body, RunToken token) {
    ByteBuffer in = ByteBuffer.wrap(body);
    byte[] nonce = read(in, RunToken.NONCE_BYTES);
    Identity identity = new Identity(dialled.node(), in.getLong());
    Greeting whole = new Greeting(dialler, diallerNonce, identity, nonce);
    if (!token.isProved("dialled", whole.said(), read(in, RunToken.PROOF_BYTES))) {
      throw new RefusedException(Refusal.OTHER_RUN, "it does not know this run's token");
    }
    return whole;
  }

  byte[] proof(RunToken token) {
    return token.prove("dialler", said());
  }

  void check(byte[] proof, RunToken token) {
    if (!token.isProved("dialler", said(), proof)) {
      throw new RefusedException(Refusal.OTHER_RUN, "it does not know this run's token");
    }
  }

  /** Of this connection alone, since both ends made up a part of it. */
  int session(RunToken token) {
    return ByteBuffer.wrap(token.prove("session", said())).getInt();
  }

  private byte[] said() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(hello());
    out.writeBytes(dialledNonce);
    out.writeBytes(bytes(dialled.incarnation()));
    return out.toByteArray();
  }

  private static byte[] bytes(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }
}
