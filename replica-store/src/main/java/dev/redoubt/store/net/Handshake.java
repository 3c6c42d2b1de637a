package dev.redoubt.store.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The first frames of a connection. Who dialled says HELLO; who was dialled answers WELCOME with
 * its proof; who dialled sends its PROOF; CONFIRM, and the link is up. Until it has heard a hello
 * in good order, the dialled end says nothing at all.
 */
@SuppressWarnings("FutureReturnValueIgnored") // As in the codec.
final class Handshake implements Stage {

  private final NettyEndpoint endpoint;
  private final Channel channel;
  private final String host;
  private final @Nullable String wanted;
  private final FrameCodec codec;
  private @Nullable Greeting greeting;
  private Kind next;
  private boolean over;

  /**
   * On {@code channel}.
   *
   * @param host of the other end
   * @param wanted whom this end has dialled; null if it was dialled
   */
  Handshake(NettyEndpoint endpoint, Channel channel, String host, @Nullable String wanted) {
    this.endpoint = endpoint;
    this.channel = channel;
    this.host = host;
    this.wanted = wanted;
    this.next = wanted == null ? Kind.HELLO : Kind.WELCOME;
    this.codec = new FrameCodec(endpoint.counters(), this);
  }

  FrameCodec codec() {
    return codec;
  }

  /** Starts the clock: who is too late is refused. */
  void begin() {
    channel
        .eventLoop()
        .schedule(
            this::expire,
            endpoint.options().timing().helloWithin().toNanos(),
            TimeUnit.NANOSECONDS);
  }

  private void expire() {
    // A connection that was never made, or is gone, has had its end already.
    if (!over && channel.isActive()) {
      refused(
          Refusal.NO_HELLO,
          "it did not say who it is within " + endpoint.options().timing().helloWithin());
      channel.close();
    }
  }

  @Override
  public void opened() {
    if (wanted != null) {
      endpoint.doors().checkCertificate(channel, wanted);
    }
    if (wanted != null && !endpoint.isDeafTo(wanted)) {
      Greeting begun =
          new Greeting(
              endpoint.identity(),
              RunToken.randomBytes(RunToken.NONCE_BYTES),
              new Identity(wanted, 0),
              new byte[RunToken.NONCE_BYTES]);
      greeting = begun;
      send(Kind.HELLO, begun.hello());
    }
  }

  private void send(Kind kind, byte[] body) {
    channel.writeAndFlush(
        body.length == 0
            ? OutFrame.empty(kind)
            : OutFrame.checked(kind, Unpooled.wrappedBuffer(body)));
  }

  @Override
  public MemorySegment body(Prefix prefix) {
    if (prefix.kind() != next) {
      throw new RefusedException(
          Refusal.OUT_OF_PLACE, "a frame %s came before %s".formatted(prefix.kind(), next));
    }
    int most =
        switch (next) {
          case HELLO -> Greeting.BYTES_MAX;
          case WELCOME -> Greeting.ANSWER_BYTES;
          case PROOF -> RunToken.PROOF_BYTES;
          default -> 0;
        };
    boolean exact = next != Kind.HELLO;
    if (prefix.length() > most || (exact && prefix.length() < most)) {
      throw new RefusedException(
          Refusal.OVERSIZED, "a %s of %d bytes, not %d".formatted(next, prefix.length(), most));
    }
    return MemorySegment.ofArray(new byte[prefix.length()]);
  }

  @Override
  public void complete(Prefix prefix, MemorySegment body) {
    if (prefix.length() > 0 && Prefix.crc(body) != prefix.check()) {
      throw new RefusedException(Refusal.DAMAGED, "a hello does not have its checksum");
    }
    byte[] bytes = body.toArray(ValueLayout.JAVA_BYTE);
    switch (prefix.kind()) {
      case HELLO -> hello(bytes);
      case WELCOME -> welcome(bytes);
      case PROOF -> proof(bytes);
      default -> establish(greeting().dialled());
    }
  }

  private Greeting greeting() {
    Greeting known = greeting;
    if (known == null) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "it answers before anything was said");
    }
    return known;
  }

  private void hello(byte[] bytes) {
    Greeting heard = Greeting.ofHello(bytes, endpoint.identity().incarnation());
    if (!heard.dialled().node().equals(endpoint.node())) {
      throw new RefusedException(
          Refusal.UNKNOWN_NAME, "it wants '%s'".formatted(heard.dialled().node()));
    }
    endpoint.checkCaller(heard.dialler());
    endpoint.doors().checkCertificate(channel, heard.dialler().node());
    greeting = heard;
    if (endpoint.isDeafTo(heard.dialler().node())) {
      // The network between is cut: its hello was never heard.
      channel.config().setAutoRead(false);
      return;
    }
    next = Kind.PROOF;
    send(Kind.WELCOME, heard.welcome(endpoint.options().token()));
    codec.session(heard.session(endpoint.options().token()));
  }

  private void welcome(byte[] bytes) {
    RunToken token = endpoint.options().token();
    Greeting whole = greeting().ofWelcome(bytes, token);
    greeting = whole;
    next = Kind.CONFIRM;
    codec.session(whole.session(token));
    send(Kind.PROOF, whole.proof(token));
  }

  private void proof(byte[] bytes) {
    greeting().check(bytes, endpoint.options().token());
    send(Kind.CONFIRM, new byte[0]);
    establish(greeting().dialler());
  }

  private void establish(Identity peer) {
    over = true;
    endpoint.doors().known(channel);
    endpoint.established(peer, channel, codec);
  }

  @Override
  public void refused(Refusal refusal, String detail) {
    over = true;
    endpoint.refusals().refused(refusal, wanted == null ? host : wanted, detail);
  }

  @Override
  public void writable() {
    // A hello is written whole in any case.
  }

  @Override
  public void closed() {
    over = true;
    if (wanted != null) {
      endpoint.dialFailed(wanted, false);
    }
  }
}
