package dev.redoubt.store;

import java.lang.foreign.MemorySegment;
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

  /** CRC32C (RFC 3720) of native memory of less than 2 GiB. */
  public static int crc(MemorySegment wire) {
    CRC32C crc = new CRC32C();
    crc.update(wire.asByteBuffer());
    return (int) crc.getValue();
  }
}
