package dev.redoubt.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What a frame says of its payload: the sum of the gradients of an aligned subtree of microbatches.
 *
 * @param epoch of the assignment under which it was made
 * @param step that it belongs to
 * @param from first microbatch of the subtree
 * @param to the microbatch after its last
 * @param shard index of the rank whose gradient it is
 * @param loss sum of the losses of these microbatches
 * @param digest of the payload as its maker attests it, or 0; the fabric does not look at it
 */
public record FrameHeader(
    long epoch, long step, int from, int to, int shard, double loss, long digest) {

  /** Bytes of a header on the wire: little-endian fields, padded so that the payload is aligned. */
  public static final int BYTES = 64;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Writes the header at the beginning of {@code wire}, all {@value #BYTES} bytes of it. */
  public void write(MemorySegment wire) {
    wire.asSlice(0, BYTES).fill((byte) 0);
    wire.set(LONG, 0, epoch);
    wire.set(LONG, 8, step);
    wire.set(INT, 16, from);
    wire.set(INT, 20, to);
    wire.set(INT, 24, shard);
    wire.set(LONG, 32, Double.doubleToRawLongBits(loss));
    wire.set(LONG, 40, digest);
  }

  /** Reads the header at the beginning of {@code wire}, whatever it says. */
  public static FrameHeader read(MemorySegment wire) {
    return new FrameHeader(
        wire.get(LONG, 0),
        wire.get(LONG, 8),
        wire.get(INT, 16),
        wire.get(INT, 20),
        wire.get(INT, 24),
        Double.longBitsToDouble(wire.get(LONG, 32)),
        wire.get(LONG, 40));
  }
}
