package dev.redoubt.store.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Lets the socket read straight into where a frame's body belongs, and into a small buffer between
 * bodies. Under TLS nothing can be read straight: there the buffers are those of the cipher text.
 */
final class DirectReads implements RecvByteBufAllocator {

  /** What is read when it is not known yet where it belongs. */
  static final int SMALL_BYTES = 8192;

  private final FrameCodec codec;
  private final RecvByteBufAllocator small = new FixedRecvByteBufAllocator(SMALL_BYTES);

  DirectReads(FrameCodec codec) {
    this.codec = codec;
  }

  @Override
  @SuppressWarnings("deprecation") // The interface that is to be implemented still names it.
  public Handle newHandle() {
    return new Direct((ExtendedHandle) small.newHandle());
  }

  private final class Direct extends DelegatingHandle implements ExtendedHandle {

    private final ExtendedHandle handle;

    Direct(ExtendedHandle handle) {
      super(handle);
      this.handle = handle;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator alloc) {
      ByteBuf lent = codec.lend(SMALL_BYTES);
      return lent != null ? lent : handle.allocate(alloc);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
      return handle.continueReading(maybeMore);
    }
  }
}
