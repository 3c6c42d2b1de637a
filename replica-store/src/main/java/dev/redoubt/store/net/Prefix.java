package dev.redoubt.store.net;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * What stands before the body of every frame: {@value #BYTES} bytes, little-endian.
 *
 * @param sequence number of the frame on its connection and in its direction, from 0: a repeated
 *     frame has the wrong one
 * @param session of the connection, made up anew for each: a frame of another one is refused
 * @param length of the body in bytes
 * @param check CRC32C of the body, or of the whole message if the body is its last
 */
record Prefix(Kind kind, long sequence, int session, int length, int check) {

  static final int BYTES = 32;

  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final int MAGIC = 0x46445452;
  static final short VERSION = 1;

  private static final int OWN_CHECK = 28;

  void write(MemorySegment wire) {
    wire.set(INT, 0, MAGIC);
    wire.set(SHORT, 4, VERSION);
    wire.set(SHORT, 6, kind.number());
    wire.set(LONG, 8, sequence);
    wire.set(INT, 16, session);
    wire.set(INT, 20, length);
    wire.set(INT, 24, check);
    wire.set(INT, OWN_CHECK, crc(wire.asSlice(0, OWN_CHECK)));
  }

  static Prefix read(MemorySegment wire) {
    int magic = wire.get(INT, 0);
    if (magic != MAGIC) {
      throw new RefusedException(
          Refusal.NO_FRAME, "it begins with %08x, no frame does".formatted(magic));
    }
    short version = wire.get(SHORT, 4);
    if (version != VERSION) {
      throw new RefusedException(
          Refusal.OTHER_VERSION,
          "it speaks version %d of the protocol, not %d".formatted(version, VERSION));
    }
    if (wire.get(INT, OWN_CHECK) != crc(wire.asSlice(0, OWN_CHECK))) {
      throw new RefusedException(Refusal.DAMAGED, "a frame's head does not have its checksum");
    }
    Kind kind = Kind.of(wire.get(SHORT, 6));
    if (kind == null) {
      throw new RefusedException(
          Refusal.OUT_OF_PLACE, "there is no frame of kind " + wire.get(SHORT, 6));
    }
    return new Prefix(
        kind, wire.get(LONG, 8), wire.get(INT, 16), wire.get(INT, 20), wire.get(INT, 24));
  }

  static int crc(MemorySegment bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.asByteBuffer());
    return (int) crc.getValue();
  }
}
