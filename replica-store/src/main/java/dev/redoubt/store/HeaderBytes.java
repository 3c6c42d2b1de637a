package dev.redoubt.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** How the fields of a {@link FrameHeader} stand on the wire, and where those of all kinds are. */
final class HeaderBytes {

  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final long EPOCH = 0;
  static final long STEP = 8;
  static final long KIND = 16;

  private HeaderBytes() {}

  static void begin(MemorySegment wire, FrameHeader header, int kind) {
    wire.asSlice(0, FrameHeader.BYTES).fill((byte) 0);
    wire.set(LONG, EPOCH, header.epoch());
    wire.set(LONG, STEP, header.step());
    wire.set(INT, KIND, kind);
  }

  static int intAt(MemorySegment wire, long offset) {
    return wire.get(INT, offset);
  }

  static long longAt(MemorySegment wire, long offset) {
    return wire.get(LONG, offset);
  }
}
