package dev.redoubt.store.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ends prove that they know the token; until then nothing passes, and afterwards all does. */
class TokenDoorTest {

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final List<Refused> said = new ArrayList<>();
  private final RunToken token = RunToken.random();
  private final TokenDoor ada = new TokenDoor("ada", token, said::add);
  private final TokenDoor bob = new TokenDoor("bob", token, said::add);

  /** What an engine wants to say now, in pieces of so many bytes for the other one. */
  private static void pass(SSLEngine from, SSLEngine to, int piece) throws SSLException {
    ByteBuffer wire = ByteBuffer.allocate(1_000);
    from.wrap(NOTHING.duplicate(), wire);
    wire.flip();
    while (wire.hasRemaining()) {
      int bytes = Math.min(piece, wire.remaining());
      ByteBuffer arrived = wire.slice(wire.position(), bytes);
      wire.position(wire.position() + bytes);
      ByteBuffer user = ByteBuffer.allocate(1_000);
      SSLEngineResult result = to.unwrap(arrived, user);
      assertThat(result.bytesProduced()).isZero();
      assertThat(user.position()).isZero();
    }
  }

  private static void shakeHands(SSLEngine dialling, SSLEngine dialled, int piece)
      throws SSLException {
    pass(dialling, dialled, piece);
    pass(dialled, dialling, piece);
    pass(dialling, dialled, piece);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 1_000})
  void who_know_the_token_hear_each_other(int piece) throws Exception {
    SSLEngine dialling = ada.dialling();
    SSLEngine dialled = bob.dialled();
    assertThat(dialling.getHandshakeStatus()).isEqualTo(HandshakeStatus.NEED_WRAP);
    assertThat(dialled.getHandshakeStatus()).isEqualTo(HandshakeStatus.NEED_UNWRAP);

    shakeHands(dialling, dialled, piece);

    assertThat(dialling.getHandshakeStatus()).isEqualTo(HandshakeStatus.NOT_HANDSHAKING);
    assertThat(dialled.getHandshakeStatus()).isEqualTo(HandshakeStatus.NOT_HANDSHAKING);
    assertPasses(dialling, dialled);
    assertPasses(dialled, dialling);
    assertThat(said).isEmpty();
  }

  private static void assertPasses(SSLEngine from, SSLEngine to) throws SSLException {
    ByteBuffer wire = ByteBuffer.allocate(100);
    from.wrap(ByteBuffer.wrap("well".getBytes(StandardCharsets.US_ASCII)), wire);
    ByteBuffer user = ByteBuffer.allocate(3);
    wire.flip();
    assertThat(to.unwrap(wire, user).bytesProduced()).isEqualTo(3);
    assertThat(to.unwrap(wire, user).getStatus()).isEqualTo(SSLEngineResult.Status.BUFFER_OVERFLOW);
    user.clear();
    assertThat(to.unwrap(wire, user).bytesProduced()).isEqualTo(1);
    assertThat((char) user.get(0)).isEqualTo('l');
  }

  @Test
  void who_is_dialled_and_does_not_know_it_is_refused_by_its_answer() throws Exception {
    SSLEngine dialling = ada.dialling();
    SSLEngine liar = new TokenDoor("liar", RunToken.random(), refused -> {}).dialled();
    pass(dialling, liar, 1_000);

    assertThatThrownBy(() -> pass(liar, dialling, 1_000)).isInstanceOf(SSLException.class);

    assertThat(said).extracting(Refused::refusal).containsExactly(Refusal.OTHER_RUN);
    assertShut(dialling);
  }

  /** It takes any answer for a good one, and goes on with a proof of its own. */
  @Test
  void who_dials_and_does_not_know_it_is_refused_by_its_proof() throws Exception {
    SSLEngine dialled = bob.dialled();
    pass(ada.dialling(), dialled, 1_000);
    dialled.wrap(NOTHING.duplicate(), ByteBuffer.allocate(1_000));

    ByteBuffer guess = ByteBuffer.allocate(RunToken.PROOF_BYTES);
    assertThatThrownBy(() -> dialled.unwrap(guess, ByteBuffer.allocate(10)))
        .isInstanceOf(SSLException.class);

    assertThat(said).extracting(Refused::refusal).containsExactly(Refusal.OTHER_RUN);
    assertShut(dialled);
  }

  /** A proof that was good once is worth nothing to a connection with another nonce. */
  @Test
  void what_was_recorded_is_worth_nothing() throws Exception {
    ByteBuffer recorded = ByteBuffer.allocate(1_000);
    SSLEngine dialling = ada.dialling();
    SSLEngine first = bob.dialled();
    dialling.wrap(NOTHING.duplicate(), recorded);
    ByteBuffer hello = recorded.duplicate().flip();
    first.unwrap(hello, ByteBuffer.allocate(10));
    pass(first, dialling, 1_000);
    dialling.wrap(NOTHING.duplicate(), recorded);
    recorded.flip();

    SSLEngine second = bob.dialled();
    second.unwrap(recorded, ByteBuffer.allocate(10));
    second.wrap(NOTHING.duplicate(), ByteBuffer.allocate(1_000));
    assertThatThrownBy(() -> second.unwrap(recorded, ByteBuffer.allocate(10)))
        .isInstanceOf(SSLException.class);
    assertThat(said).extracting(Refused::refusal).containsExactly(Refusal.OTHER_RUN);
  }

  @Test
  void the_first_wrong_byte_is_enough_and_said_once() {
    for (int i = 0; i < 100; i++) {
      SSLEngine dialled = bob.dialled();
      assertThatThrownBy(
              () -> dialled.unwrap(ByteBuffer.wrap(new byte[] {'A'}), ByteBuffer.allocate(10)))
          .isInstanceOf(SSLException.class);
      assertShut(dialled);
    }
    assertThat(said).extracting(Refused::refusal).containsExactly(Refusal.NO_FRAME);
    assertThat(bob.refused()).isEqualTo(100);
  }

  @Test
  void only_who_has_said_something_is_told_that_it_was_too_short() throws Exception {
    bob.dialled().closeInbound();
    assertThat(said).isEmpty();
    SSLEngine dialled = bob.dialled();
    dialled.unwrap(ByteBuffer.wrap(new byte[] {'r'}), ByteBuffer.allocate(10));
    dialled.closeInbound();
    assertThat(said).extracting(Refused::refusal).containsExactly(Refusal.TRUNCATED);
    assertShut(dialled);
  }

  private static void assertShut(SSLEngine engine) {
    assertThat(engine.isInboundDone()).isTrue();
    assertThat(engine.isOutboundDone()).isTrue();
  }
}
