package dev.redoubt.store;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A frame under way.
 *
 * @param sender whose frames are dropped once it broke off
 * @param buffer to be given back; at least {@code bytes} long
 * @param bytes of header and payload
 * @param check CRC32C of these bytes as the sender had them, or 0 with frame digests off
 */
public record WireFrame(Sender sender, MemorySegment buffer, long bytes, int check) {

  private static final long COPY_BYTES = 1 << 17;

  /** Where frames come from. */
  public interface Sender {

    /** Its name. */
    String node();

    /** Whether it broke off, so that what it has sent is to be dropped. */
    boolean isBroken();

    /** A frame has left the inbox, so that there is room for another. */
    default void taken(WireFrame frame) {}
  }

  /** The bytes of header and payload. */
  public MemorySegment wire() {
    return buffer.asSlice(0, bytes);
  }

  /**
   * Copies a payload behind the header that stands in {@code buffer} already, piece by piece, so
   * that the check reads each from the cache.
   *
   * @return the check of both
   */
  static int copied(MemorySegment payload, MemorySegment buffer) {
    CRC32C crc = new CRC32C();
    // Not all of the buffer: a power of two may be more than a ByteBuffer takes.
    ByteBuffer wire = buffer.asSlice(0, FrameHeader.BYTES + payload.byteSize()).asByteBuffer();
    crc.update(wire.limit(FrameHeader.BYTES));
    for (long at = 0; at < payload.byteSize(); at += COPY_BYTES) {
      long piece = Math.min(COPY_BYTES, payload.byteSize() - at);
      MemorySegment.copy(payload, at, buffer, FrameHeader.BYTES + at, piece);
      crc.update(wire.limit((int) (FrameHeader.BYTES + at + piece)));
    }
    return (int) crc.getValue();
  }

  /** What a frame becomes has the length that it had. */
  public static void checkDamage(MemorySegment payload, MemorySegment digested) {
    if (payload.byteSize() != digested.byteSize()) {
      throw new IllegalArgumentException(
          "%d bytes cannot become %d on their way"
              .formatted(digested.byteSize(), payload.byteSize()));
    }
  }

  /** CRC32C (RFC 3720) of native memory of less than 2 GiB. */
  public static int crc(MemorySegment wire) {
    CRC32C crc = new CRC32C();
    crc.update(wire.asByteBuffer());
    return (int) crc.getValue();
  }
}
