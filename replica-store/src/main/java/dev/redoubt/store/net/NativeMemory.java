package dev.redoubt.store.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;

/** Off-heap segments as Netty's buffers, without a copy. */
final class NativeMemory {

  private NativeMemory() {}

  /**
   * The same bytes, free of whatever arena and thread they belong to: whoever asks for this keeps
   * the segment reachable and its arena open until the buffer is done with.
   */
  @SuppressWarnings("restricted")
  static MemorySegment unscoped(MemorySegment segment) {
    return MemorySegment.ofAddress(segment.address()).reinterpret(segment.byteSize());
  }

  /** To be read from the segment's first byte to its last. */
  static ByteBuf full(MemorySegment segment) {
    return Unpooled.wrappedBuffer(unscoped(segment).asByteBuffer());
  }

  /** To be written from the segment's first byte to its last. */
  static ByteBuf empty(MemorySegment segment) {
    return full(segment).clear();
  }

  /** The bytes that may be read from {@code buffer} next, as a segment. */
  static MemorySegment readable(ByteBuf buffer, int bytes) {
    return MemorySegment.ofBuffer(buffer.nioBuffer(buffer.readerIndex(), bytes));
  }
}
