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
record WireFrame(LocalEndpoint sender, MemorySegment buffer, long bytes, int check) {

  MemorySegment wire() {
    return buffer.asSlice(0, bytes);
  }

  static int crc(MemorySegment wire) {
    CRC32C crc = new CRC32C();
    crc.update(wire.asByteBuffer());
    return (int) crc.getValue();
  }
}
