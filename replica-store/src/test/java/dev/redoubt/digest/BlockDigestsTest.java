package dev.redoubt.digest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BlockDigestsTest {

  private static final int WORDS_PER_BLOCK = BlockDigest.BLOCK_BYTES / Long.BYTES;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void giveBack() {
    arena.close();
  }

  @Test
  void the_format_of_the_root_is_this() {
    assertThat(BlockDigests.of(new long[0]).root()).hasToString("0000000000000000");
    assertThat(BlockDigests.of(new long[] {1, 2, 3}).root()).hasToString("988fe22a5ac50e88");
  }

  @Test
  void the_root_depends_on_the_order_and_the_number_of_blocks() {
    Digest root = BlockDigests.of(new long[] {1, 2, 3}).root();
    assertThat(BlockDigests.of(new long[] {2, 1, 3}).root()).isNotEqualTo(root);
    assertThat(BlockDigests.of(new long[] {1, 3, 2}).root()).isNotEqualTo(root);
    assertThat(BlockDigests.of(new long[] {1, 2}).root()).isNotEqualTo(root);
    assertThat(BlockDigests.of(new long[] {0}).root())
        .isNotEqualTo(BlockDigests.of(new long[] {0, 0}).root());
  }

  @Test
  void a_short_last_block_is_digested_as_long_as_it_is() {
    MemorySegment shard = DigestTable.random(arena, 2 * WORDS_PER_BLOCK + 5, 11);
    BlockDigests digests = BlockDigests.read(shard);
    assertThat(digests.count()).isEqualTo(3);
    assertThat(digests.block(2))
        .isEqualTo(BlockDigest.scalar(shard, 2L * BlockDigest.BLOCK_BYTES, 40));
    assertThat(BlockDigests.length(2, shard.byteSize())).isEqualTo(40);
    assertThatThrownBy(() -> BlockDigests.length(3, shard.byteSize()))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void however_many_blocks_are_read_at_once_each_has_the_digest_of_the_plain_loop() {
    for (int blocks = 1; blocks <= 5; blocks++) {
      for (int more : new int[] {0, 3}) {
        MemorySegment shard = DigestTable.random(arena, blocks * WORDS_PER_BLOCK + more, 31);
        BlockDigests digests = BlockDigests.read(shard);
        for (int block = 0; block < digests.count(); block++) {
          long length = BlockDigests.length(block, shard.byteSize());
          assertThat(digests.block(block))
              .isEqualTo(BlockDigest.scalar(shard, BlockDigests.offset(block), length));
        }
      }
    }
  }

  @Test
  void a_flip_shows_in_its_block_and_in_the_root_only() {
    MemorySegment shard = DigestTable.random(arena, 3 * WORDS_PER_BLOCK, 12);
    BlockDigests clean = BlockDigests.read(shard);
    long at = BlockDigest.BLOCK_BYTES + 17;
    shard.set(ValueLayout.JAVA_BYTE, at, (byte) (shard.get(ValueLayout.JAVA_BYTE, at) ^ (byte) 4));
    BlockDigests struck = BlockDigests.read(shard);
    assertThat(struck.block(0)).isEqualTo(clean.block(0));
    assertThat(struck.block(1)).isNotEqualTo(clean.block(1));
    assertThat(struck.block(2)).isEqualTo(clean.block(2));
    assertThat(struck.root()).isNotEqualTo(clean.root());
    assertThat(struck).isNotEqualTo(clean);
  }

  @Test
  void the_arrays_going_in_and_out_are_copies() {
    long[] blocks = {1, 2, 3};
    BlockDigests digests = BlockDigests.of(blocks);
    blocks[0] = 99;
    digests.toArray()[1] = 99;
    assertThat(digests).isEqualTo(BlockDigests.of(new long[] {1, 2, 3}));
  }

  @Test
  void a_digest_reads_what_it_writes_and_nothing_else() {
    for (long value : new long[] {0, 1, -1, Long.MIN_VALUE, 0x0123456789ABCDEFL}) {
      assertThat(Digest.parse(new Digest(value).toString())).isEqualTo(new Digest(value));
    }
    assertThatThrownBy(() -> Digest.parse("0123456789ABCDEF"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a digest is sixteen lower-case hexadecimal digits, not '0123456789ABCDEF'");
  }
}
