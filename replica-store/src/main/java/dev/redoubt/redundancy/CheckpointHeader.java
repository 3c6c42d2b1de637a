package dev.redoubt.redundancy;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * What a checkpoint file says of itself, and where its parts are.
 *
 * <p>A file is: the header of {@value #BYTES} bytes; the shard; the digest of each block, 8 bytes
 * each; the word {@code RDBTDONE}. All numbers are little-endian. The header holds a CRC32C of
 * itself and the root, so that header, digests and blocks vouch for each other in this order.
 *
 * @param root the digest of the whole shard
 */
record CheckpointHeader(CheckpointId id, long version, long shardBytes, Digest root) {

  static final int BYTES = 4096;
  static final byte[] DONE = "RDBTDONE".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] MAGIC = "RDBTCKPT".getBytes(StandardCharsets.US_ASCII);
  private static final int FORMAT = 1;
  private static final int CHECK_AT = BYTES - Long.BYTES;

  /** Where the digests of the blocks begin. */
  long tableAt() {
    return BYTES + shardBytes;
  }

  /** Where the last word begins. */
  long doneAt() {
    return tableAt() + (long) BlockDigests.count(shardBytes) * Long.BYTES;
  }

  /** Bytes of the whole file. */
  long fileBytes() {
    return doneAt() + DONE.length;
  }

  ByteBuffer write() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).putInt(FORMAT).putInt(BlockDigest.BLOCK_BYTES);
    bytes.putLong(id.run().value()).putInt(id.rank()).putInt(id.ranks());
    bytes.putLong(version).putLong(shardBytes).putLong(root.value());
    bytes.putLong(CHECK_AT, check(bytes));
    return bytes.position(0);
  }

  private static long check(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().position(0).limit(CHECK_AT));
    return crc.getValue();
  }

  /** A header, or why there is none; one of the two. */
  record Parsed(Optional<CheckpointHeader> header, String refusal) {

    private static Parsed refused(String refusal) {
      return new Parsed(Optional.empty(), refusal);
    }
  }

  /**
   * Reads a header.
   *
   * @param bytes all {@value #BYTES} of it
   */
  static Parsed read(ByteBuffer bytes) {
    bytes.order(ByteOrder.LITTLE_ENDIAN).position(0);
    byte[] magic = new byte[MAGIC.length];
    bytes.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      return Parsed.refused("it is no checkpoint: it does not begin with RDBTCKPT");
    }
    if (bytes.getLong(CHECK_AT) != check(bytes)) {
      return Parsed.refused("its header is damaged");
    }
    int format = bytes.getInt();
    int blockBytes = bytes.getInt();
    if (format != FORMAT || blockBytes != BlockDigest.BLOCK_BYTES) {
      return Parsed.refused(
          "it is of format %d with blocks of %d bytes; this build reads format %d with %d"
              .formatted(format, blockBytes, FORMAT, BlockDigest.BLOCK_BYTES));
    }
    Digest run = new Digest(bytes.getLong());
    int rank = bytes.getInt();
    int ranks = bytes.getInt();
    if (rank < 0 || rank >= ranks) {
      return Parsed.refused("it names rank %d of %d".formatted(rank, ranks));
    }
    CheckpointId id = new CheckpointId(run, rank, ranks);
    long version = bytes.getLong();
    long shardBytes = bytes.getLong();
    Digest root = new Digest(bytes.getLong());
    return new Parsed(Optional.of(new CheckpointHeader(id, version, shardBytes, root)), "");
  }
}
