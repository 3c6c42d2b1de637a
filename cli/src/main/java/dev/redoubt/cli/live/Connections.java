package dev.redoubt.cli.live;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts connections, and lets in no more than so many. */
@Sharable
final class Connections extends ChannelInboundHandlerAdapter {

  private static final int MAX = 512;

  private final AtomicInteger open = new AtomicInteger();

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (open.incrementAndGet() > MAX) {
      Future<?> ignored = context.close();
    } else {
      context.fireChannelActive();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    open.decrementAndGet();
    context.fireChannelInactive();
  }
}
