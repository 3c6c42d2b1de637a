package dev.redoubt.store.net;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link TokenDoor}. Who dialled says hello with a nonce; who was dialled
 * answers with one of its own and its proof; who dialled sends its proof. At most {@value
 * #HEARD_MAX} bytes of somebody who has not proved anything are kept.
 */
final class TokenEngine extends SSLEngine {

  private static final byte[] MAGIC = "redoubt1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEARD_MAX = RunToken.NONCE_BYTES + RunToken.PROOF_BYTES;
  private static final String DIALLING = "door-dialling";
  private static final String DIALLED = "door-dialled";
  private static final SSLSession NO_SESSION = noSession();

  /** What comes next. */
  private enum Turn {
    SEND_HELLO(HandshakeStatus.NEED_WRAP, 0),
    HEAR_ANSWER(HandshakeStatus.NEED_UNWRAP, HEARD_MAX),
    SEND_PROOF(HandshakeStatus.NEED_WRAP, 0),
    HEAR_HELLO(HandshakeStatus.NEED_UNWRAP, MAGIC.length + RunToken.NONCE_BYTES),
    SEND_ANSWER(HandshakeStatus.NEED_WRAP, 0),
    HEAR_PROOF(HandshakeStatus.NEED_UNWRAP, RunToken.PROOF_BYTES),
    OPEN(HandshakeStatus.NOT_HANDSHAKING, 0);

    private final HandshakeStatus status;
    private final int bytes;

    Turn(HandshakeStatus status, int bytes) {
      this.status = status;
      this.bytes = bytes;
    }
  }

  private final TokenDoor door;
  private final boolean dials;
  private final byte[] own = RunToken.randomBytes(RunToken.NONCE_BYTES);
  private final byte[] heard = new byte[HEARD_MAX];
  private int filled;
  private Turn turn;

  /** Both nonces, that of who dialled first. */
  private byte[] said = {};

  private boolean inboundDone;
  private boolean outboundDone;

  TokenEngine(TokenDoor door, boolean dials) {
    this.door = door;
    this.dials = dials;
    this.turn = dials ? Turn.SEND_HELLO : Turn.HEAR_HELLO;
  }

  private static SSLSession noSession() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[0], new TrustManager[0], null);
      return context.createSSLEngine().getSession();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has TLS", e);
    }
  }

  @Override
  public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer target) {
    if (outboundDone) {
      return new SSLEngineResult(Status.CLOSED, getHandshakeStatus(), 0, 0);
    }
    return switch (turn) {
      case SEND_HELLO -> say(target, join(MAGIC, own), Turn.HEAR_ANSWER);
      case SEND_ANSWER ->
          say(target, join(own, door.token().prove(DIALLED, said)), Turn.HEAR_PROOF);
      case SEND_PROOF -> say(target, door.token().prove(DIALLING, said), Turn.OPEN);
      case HEAR_HELLO, HEAR_ANSWER, HEAR_PROOF -> new SSLEngineResult(Status.OK, turn.status, 0, 0);
      case OPEN -> {
        int moved = 0;
        for (int i = offset; i < offset + length; i++) {
          moved += move(sources[i], target);
        }
        yield new SSLEngineResult(Status.OK, turn.status, moved, moved);
      }
    };
  }

  private SSLEngineResult say(ByteBuffer target, byte[] what, Turn next) {
    if (target.remaining() < what.length) {
      return new SSLEngineResult(Status.BUFFER_OVERFLOW, turn.status, 0, 0);
    }
    target.put(what);
    turn = next;
    HandshakeStatus status = next == Turn.OPEN ? HandshakeStatus.FINISHED : next.status;
    return new SSLEngineResult(Status.OK, status, 0, what.length);
  }

  @Override
  public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] targets, int offset, int length)
      throws SSLException {
    if (inboundDone) {
      return new SSLEngineResult(Status.CLOSED, getHandshakeStatus(), 0, 0);
    }
    if (turn == Turn.OPEN) {
      return pass(source, targets, offset, length);
    }
    int taken = 0;
    if (turn.status == HandshakeStatus.NEED_UNWRAP) {
      taken = Math.min(source.remaining(), turn.bytes - filled);
      source.get(heard, filled, taken);
      filled += taken;
      hear();
    }
    HandshakeStatus status = turn == Turn.OPEN ? HandshakeStatus.FINISHED : turn.status;
    return new SSLEngineResult(Status.OK, status, taken, 0);
  }

  private SSLEngineResult pass(ByteBuffer source, ByteBuffer[] targets, int offset, int length) {
    int moved = 0;
    for (int i = offset; i < offset + length; i++) {
      moved += move(source, targets[i]);
    }
    Status status = moved == 0 && source.hasRemaining() ? Status.BUFFER_OVERFLOW : Status.OK;
    return new SSLEngineResult(status, turn.status, moved, moved);
  }

  private static int move(ByteBuffer source, ByteBuffer target) {
    int bytes = Math.min(source.remaining(), target.remaining());
    target.put(target.position(), source, source.position(), bytes);
    source.position(source.position() + bytes);
    target.position(target.position() + bytes);
    return bytes;
  }

  private void hear() throws SSLException {
    if (turn == Turn.HEAR_HELLO) {
      int seen = Math.min(filled, MAGIC.length);
      if (!Arrays.equals(heard, 0, seen, MAGIC, 0, seen)) {
        throw refuse(Refusal.NO_FRAME, "it does not begin as a member does");
      }
    }
    if (filled < turn.bytes) {
      return;
    }
    byte[] bytes = Arrays.copyOf(heard, filled);
    filled = 0;
    switch (turn) {
      case HEAR_HELLO -> {
        said = join(Arrays.copyOfRange(bytes, MAGIC.length, bytes.length), own);
        turn = Turn.SEND_ANSWER;
      }
      case HEAR_ANSWER -> {
        said = join(own, Arrays.copyOf(bytes, RunToken.NONCE_BYTES));
        check(DIALLED, Arrays.copyOfRange(bytes, RunToken.NONCE_BYTES, bytes.length));
        turn = Turn.SEND_PROOF;
      }
      case HEAR_PROOF -> {
        check(DIALLING, bytes);
        turn = Turn.OPEN;
      }
      case SEND_HELLO, SEND_ANSWER, SEND_PROOF, OPEN ->
          throw new IllegalStateException("nothing is heard in " + turn);
    }
  }

  private void check(String label, byte[] proof) throws SSLException {
    if (!door.token().isProved(label, said, proof)) {
      throw refuse(Refusal.OTHER_RUN, "it does not know the run's token");
    }
  }

  private SSLException refuse(Refusal refusal, String detail) {
    door.refused(refusal, detail);
    inboundDone = true;
    outboundDone = true;
    return new SSLException(detail);
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** Whoever only looks whether somebody listens has said nothing, and is not refused. */
  @Override
  public void closeInbound() {
    if (!inboundDone && turn != Turn.OPEN && filled > 0) {
      door.refused(Refusal.TRUNCATED, "it ended before it had proved anything");
    }
    inboundDone = true;
    outboundDone |= turn != Turn.OPEN;
  }

  @Override
  public boolean isInboundDone() {
    return inboundDone;
  }

  @Override
  public void closeOutbound() {
    outboundDone = true;
  }

  @Override
  public boolean isOutboundDone() {
    return outboundDone;
  }

  @Override
  public HandshakeStatus getHandshakeStatus() {
    return outboundDone ? HandshakeStatus.NOT_HANDSHAKING : turn.status;
  }

  @Override
  public void beginHandshake() {
    // It has begun.
  }

  @Override
  public @Nullable Runnable getDelegatedTask() {
    return null;
  }

  @Override
  public SSLSession getSession() {
    return NO_SESSION;
  }

  @Override
  public boolean getUseClientMode() {
    return dials;
  }

  // There is nothing to choose.

  @Override
  public String[] getSupportedCipherSuites() {
    return new String[0];
  }

  @Override
  public String[] getEnabledCipherSuites() {
    return new String[0];
  }

  @Override
  public void setEnabledCipherSuites(String[] suites) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String[] getSupportedProtocols() {
    return new String[0];
  }

  @Override
  public String[] getEnabledProtocols() {
    return new String[0];
  }

  @Override
  public void setEnabledProtocols(String[] protocols) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setUseClientMode(boolean mode) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setNeedClientAuth(boolean need) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean getNeedClientAuth() {
    return true;
  }

  @Override
  public void setWantClientAuth(boolean want) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean getWantClientAuth() {
    return false;
  }

  @Override
  public void setEnableSessionCreation(boolean flag) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean getEnableSessionCreation() {
    return true;
  }
}
