package dev.redoubt.store.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** Linux's epoll where its native file is there, the JDK's selector elsewhere. */
@SuppressWarnings("FutureReturnValueIgnored") // What is done later tells of its own end.
final class Transport implements AutoCloseable {

  private static final int THREADS = 2;
  private static final int WRITE_LOW_BYTES = 512 << 10;
  private static final int WRITE_HIGH_BYTES = 1 << 20;

  private final LinkTiming timing;
  private final boolean epoll = Epoll.isAvailable();
  private final MultiThreadIoEventLoopGroup loops;

  Transport(LinkTiming timing) {
    this.timing = timing;
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    this.loops =
        new MultiThreadIoEventLoopGroup(THREADS, new DefaultThreadFactory("fabric-net", true), io);
  }

  ServerBootstrap listening() {
    ServerBootstrap server =
        new ServerBootstrap()
            .group(loops)
            .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(WRITE_LOW_BYTES, WRITE_HIGH_BYTES));
    return epoll ? server.childOption(EpollChannelOption.TCP_USER_TIMEOUT, dead()) : server;
  }

  Bootstrap dialling() {
    Bootstrap client =
        new Bootstrap()
            .group(loops)
            .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.toIntExact(timing.helloWithin().toMillis()))
            .option(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(WRITE_LOW_BYTES, WRITE_HIGH_BYTES));
    return epoll ? client.option(EpollChannelOption.TCP_USER_TIMEOUT, dead()) : client;
  }

  private int dead() {
    return Math.toIntExact(timing.deadAfter().toMillis());
  }

  /** Does something later, on one of the threads; nothing once it is closed. */
  void later(Duration pause, Runnable doing) {
    try {
      loops.schedule(doing, pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException _) {
      // Whoever wanted it is closed, too.
    }
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
