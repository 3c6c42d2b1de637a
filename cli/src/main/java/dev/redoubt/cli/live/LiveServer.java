package dev.redoubt.cli.live;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Serves the live page of a run.
 *
 * <p>One thread does it all, and the run never waits for it: it writes on the {@link LiveBoard},
 * and that thread looks there. A client that does not read costs a socket and a buffer of limited
 * size; one that says nothing is cut off after seconds.
 *
 * <p>This is not the JDK's server, which the metrics use: that one cuts off every answer after
 * seconds, and a stream of events is one answer.
 */
public final class LiveServer implements AutoCloseable {

  private static final int TOKEN_BYTES = 16;
  private static final int LINE_MAX = 1024;
  private static final int HEADERS_MAX = 8192;
  private static final int BODY_MAX = 4096;
  private static final int BUFFER_MAX = 64 * 1024;
  private static final int TICK_MILLIS = 100;
  private static final int FAREWELL_SECONDS_MAX = 2;

  private final MultiThreadIoEventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, Thread.ofPlatform().daemon().name("live-page").factory(), NioIoHandler.newFactory());
  private final String token;
  private final LiveBoard board;
  private final Streams streams;
  private final Channel channel;

  private LiveServer(LiveBoard board, String host, int port) throws IOException {
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    this.token = HexFormat.of().formatHex(random);
    this.board = board;
    this.streams = new Streams(board);
    this.channel = bind(host, port);
    Future<?> ignored =
        loop.scheduleAtFixedRate(streams::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Listens, and answers until it is closed.
   *
   * @param host to bind to
   * @param port 0 for any free one
   * @throws IOException if the host is not known or the port is taken; the message says which
   */
  public static LiveServer start(LiveBoard board, String host, int port) throws IOException {
    return new LiveServer(board, host, port);
  }

  private Channel bind(String host, int port) throws IOException {
    try {
      InetAddress address = InetAddress.getByName(host);
      Admission admission = new Admission(token, address.isLoopbackAddress());
      PageFile page = PageFile.load();
      Connections connections = new Connections();
      return new ServerBootstrap()
          .group(loop)
          .channel(NioServerSocketChannel.class)
          .childOption(
              ChannelOption.WRITE_BUFFER_WATER_MARK,
              new WriteBufferWaterMark(BUFFER_MAX / 2, BUFFER_MAX))
          .childHandler(
              new ChannelInitializer<SocketChannel>() {
                @Override
                protected void initChannel(SocketChannel client) {
                  client
                      .pipeline()
                      .addLast(connections)
                      .addLast(new HttpServerCodec(limits()))
                      .addLast(new HttpObjectAggregator(BODY_MAX))
                      .addLast(new LiveHandler(admission, page, board, streams));
                }
              })
          .bind(new InetSocketAddress(address, port))
          .syncUninterruptibly()
          .channel();
    } catch (UnknownHostException e) {
      stop();
      throw new IOException("the live page cannot be served at " + host + ": no such host", e);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      // Netty throws what it was told, declared or not: a port that is taken.
      stop();
      throw new IOException(
          "the live page cannot be served at " + host + ":" + port + ": " + e.getMessage(), e);
    }
  }

  private static HttpDecoderConfig limits() {
    return new HttpDecoderConfig()
        .setMaxInitialLineLength(LINE_MAX)
        .setMaxHeaderSize(HEADERS_MAX)
        .setMaxChunkSize(BODY_MAX);
  }

  /** The port that it listens at. */
  public int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  /** The path of the page: nobody who does not know it is answered. */
  public String path() {
    return "/" + token + "/";
  }

  /** Who takes faults from now on. */
  public void accept(Injections injections) {
    streams.accept(injections);
  }

  private void stop() {
    Future<?> ignored = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** Says the last words to those that listen, and ends; waits for nobody longer than seconds. */
  @Override
  public void close() {
    if (loop.isShuttingDown()) {
      return;
    }
    boolean interrupted = Thread.interrupted();
    try {
      boolean ignored =
          loop.submit(streams::farewell).await(FAREWELL_SECONDS_MAX, TimeUnit.SECONDS)
              && channel.close().await(FAREWELL_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      stop();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
