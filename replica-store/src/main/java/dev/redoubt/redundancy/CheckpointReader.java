package dev.redoubt.redundancy;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Reads one checkpoint file and trusts nothing in it. Refusals are texts; empty: it is well. */
final class CheckpointReader implements AutoCloseable {

  private static final long CHUNK_BYTES = 1 << 22;

  private final FileChannel channel;
  private BlockDigests digests = BlockDigests.of(new long[0]);

  CheckpointReader(Path file) throws IOException {
    channel = FileChannel.open(file, StandardOpenOption.READ);
  }

  /** Checks everything but the shard: header, length, end, and the digests against the root. */
  Optional<String> check(CheckpointId id, long version, long shardBytes) throws IOException {
    if (channel.size() < CheckpointHeader.BYTES) {
      return Optional.of("it is torn: %d bytes are less than a header".formatted(channel.size()));
    }
    CheckpointHeader.Parsed parsed = CheckpointHeader.read(bytes(0, CheckpointHeader.BYTES));
    if (parsed.header().isEmpty()) {
      return Optional.of(parsed.refusal());
    }
    CheckpointHeader header = parsed.header().get();
    if (!header.id().equals(id)) {
      return Optional.of("it is of %s, not of %s".formatted(header.id(), id));
    }
    if (header.version() != version || header.shardBytes() != shardBytes) {
      return Optional.of(
          "it holds %d bytes of version %d, not %d of version %d"
              .formatted(header.shardBytes(), header.version(), shardBytes, version));
    }
    return checkEnd(header);
  }

  private Optional<String> checkEnd(CheckpointHeader header) throws IOException {
    if (channel.size() != header.fileBytes()) {
      return Optional.of(
          "it is torn: it has %d bytes, not %d".formatted(channel.size(), header.fileBytes()));
    }
    ByteBuffer end = bytes(header.tableAt(), header.fileBytes() - header.tableAt());
    long[] blocks = new long[BlockDigests.count(header.shardBytes())];
    end.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(blocks);
    end.position(end.capacity() - CheckpointHeader.DONE.length);
    if (!end.equals(ByteBuffer.wrap(CheckpointHeader.DONE))) {
      return Optional.of("it is torn: it does not end with RDBTDONE");
    }
    digests = BlockDigests.of(blocks);
    return digests.root().equals(header.root())
        ? Optional.empty()
        : Optional.of(
            "the digests of its blocks are damaged: their root is %s, not %s"
                .formatted(digests.root(), header.root()));
  }

  private ByteBuffer bytes(long at, long length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(length));
    fill(bytes, at);
    return bytes.position(0);
  }

  private void fill(ByteBuffer bytes, long at) throws IOException {
    long start = at - bytes.position();
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, start + bytes.position()) < 0) {
        throw new IOException("it ends at byte " + (start + bytes.position()));
      }
    }
  }

  /** Reads the shard, block by block; to be called after {@link #check}. */
  Optional<String> read(MemorySegment into) throws IOException {
    for (long at = 0; at < into.byteSize(); at += CHUNK_BYTES) {
      long length = Math.min(CHUNK_BYTES, into.byteSize() - at);
      fill(into.asSlice(at, length).asByteBuffer(), CheckpointHeader.BYTES + at);
      int to = BlockDigests.count(at + length);
      for (int block = (int) (at / BlockDigest.BLOCK_BYTES); block < to; block++) {
        long bytes = BlockDigests.length(block, into.byteSize());
        long found = BlockDigest.of(into, BlockDigests.offset(block), bytes);
        if (found != digests.block(block)) {
          return Optional.of("block %d of %d is damaged".formatted(block, digests.count()));
        }
      }
    }
    return Optional.empty();
  }

  /** The digests of the blocks, after {@link #check}. */
  BlockDigests digests() {
    return digests;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
