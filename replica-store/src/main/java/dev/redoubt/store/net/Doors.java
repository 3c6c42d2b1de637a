package dev.redoubt.store.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Where connections of an endpoint come from: the port that it listens at, and those it dials. */
@SuppressWarnings("FutureReturnValueIgnored") // What ends is heard of by other ways.
final class Doors {

  /** Connections that may be on their way to saying who they are. */
  private static final int STRANGERS_MAX = 64;

  private final NettyEndpoint endpoint;
  private final @Nullable Tls tls;
  private final Set<Channel> strangers = ConcurrentHashMap.newKeySet();
  private @Nullable Channel server;
  private volatile boolean closed;

  Doors(NettyEndpoint endpoint) {
    this.endpoint = endpoint;
    this.tls = endpoint.fabric().tls();
  }

  /**
   * Begins to listen.
   *
   * @param port or 0 for a free one
   */
  void listen(int port) {
    ChannelFuture bound =
        endpoint
            .fabric()
            .transport()
            .listening()
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    admit(channel);
                  }
                })
            .bind(endpoint.options().host(), port)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new UncheckedIOException(
          "endpoint '%s' cannot listen at %s, port %d: %s"
              .formatted(
                  endpoint.node(), endpoint.options().host(), port, bound.cause().getMessage()),
          bound.cause() instanceof IOException cause ? cause : new IOException(bound.cause()));
    }
    server = bound.channel();
  }

  InetSocketAddress address() {
    Channel listening = server;
    if (listening == null || !(listening.localAddress() instanceof InetSocketAddress address)) {
      throw new IllegalStateException("endpoint '" + endpoint.node() + "' does not listen");
    }
    return address;
  }

  private void admit(Channel channel) {
    String host = host(channel);
    strangers.add(channel);
    channel.closeFuture().addListener(_ -> strangers.remove(channel));
    if (closed || strangers.size() > STRANGERS_MAX) {
      endpoint
          .refusals()
          .refused(
              Refusal.TOO_MANY,
              host,
              "%d connections wait to say who they are".formatted(STRANGERS_MAX));
      channel.close();
      return;
    }
    prepare(channel, host, null);
  }

  private static String host(Channel channel) {
    InetAddress address =
        channel.remoteAddress() instanceof InetSocketAddress remote ? remote.getAddress() : null;
    return address == null ? "somebody" : address.getHostAddress();
  }

  ChannelFuture dial(String peer, InetSocketAddress to) {
    return endpoint
        .fabric()
        .transport()
        .dialling()
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                strangers.add(channel);
                channel.closeFuture().addListener(_ -> strangers.remove(channel));
                prepare(channel, to.getHostString(), peer);
              }
            })
        .connect(to);
  }

  private void prepare(Channel channel, String host, @Nullable String dialled) {
    Handshake handshake = new Handshake(endpoint, channel, host, dialled);
    if (tls != null) {
      channel.pipeline().addLast(tls.handler(channel, dialled));
    } else {
      channel.config().setRecvByteBufAllocator(new DirectReads(handshake.codec()));
    }
    channel.pipeline().addLast(handshake.codec());
    handshake.begin();
  }

  /** It has said who it is. */
  void known(Channel channel) {
    strangers.remove(channel);
  }

  void checkCertificate(Channel channel, String name) {
    SslHandler handler = channel.pipeline().get(SslHandler.class);
    if (handler != null) {
      Tls.checkName(handler.engine().getSession(), name);
    }
  }

  void close() {
    closed = true;
    Channel listening = server;
    if (listening != null) {
      listening.close();
    }
    strangers.forEach(Channel::close);
  }
}
