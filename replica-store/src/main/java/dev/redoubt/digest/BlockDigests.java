package dev.redoubt.digest;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * The digests of a shard's blocks, and the root that stands for all of them.
 *
 * <p>The blocks say where two copies differ, so that a repair moves only those. A shard is cut into
 * blocks of {@link BlockDigest#BLOCK_BYTES} from its first byte; the last one may be shorter.
 */
public final class BlockDigests {

  private static final long PRIME = 0x9FB21C651E98DF25L;

  private final long[] blocks;

  private BlockDigests(long[] blocks) {
    this.blocks = blocks;
  }

  /** Takes the digests of the blocks in index order; the array is copied. */
  public static BlockDigests of(long[] blocks) {
    return new BlockDigests(blocks.clone());
  }

  /** Reads all of {@code shard} and digests its blocks. */
  public static BlockDigests read(MemorySegment shard) {
    long[] blocks = new long[count(shard.byteSize())];
    long[] room = BlockDigest.room();
    for (int block = 0; block < blocks.length; block++) {
      blocks[block] = BlockDigest.of(shard, offset(block), length(block, shard.byteSize()), room);
    }
    return new BlockDigests(blocks);
  }

  /** How many blocks a shard of {@code bytes} has. */
  public static int count(long bytes) {
    return Math.toIntExact((bytes + BlockDigest.BLOCK_BYTES - 1) / BlockDigest.BLOCK_BYTES);
  }

  /** Where a block begins, in bytes from the start of the shard. */
  public static long offset(int block) {
    return (long) block * BlockDigest.BLOCK_BYTES;
  }

  /**
   * How long a block of a shard of {@code bytes} is.
   *
   * @throws IndexOutOfBoundsException if the shard has no such block
   */
  public static long length(int block, long bytes) {
    Objects.checkIndex(block, count(bytes));
    return Math.min(BlockDigest.BLOCK_BYTES, bytes - offset(block));
  }

  public int count() {
    return blocks.length;
  }

  public long block(int index) {
    return blocks[index];
  }

  /** A copy of the digests in index order. */
  public long[] toArray() {
    return blocks.clone();
  }

  /** The digest of the whole shard: a fold over the blocks' digests in index order. */
  public Digest root() {
    long h = blocks.length * PRIME;
    for (long block : blocks) {
      h = BlockDigest.absorb(h, block);
    }
    return new Digest(BlockDigest.mix(h));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BlockDigests that && Arrays.equals(blocks, that.blocks);
  }

  @Override
  public int hashCode() {
    return root().hashCode();
  }

  @Override
  public String toString() {
    return blocks.length + " blocks, root " + root();
  }
}
