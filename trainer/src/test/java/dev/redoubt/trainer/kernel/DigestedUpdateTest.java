package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.redoubt.digest.BlockDigest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Digested as it leaves the registers, a block has the bits and the digest that it has otherwise.
 */
class DigestedUpdateTest {

  private static final int FLOATS = BlockDigest.BLOCK_BYTES / Float.BYTES;
  private static final int BLOCKS = 3;
  private static final AdamW RULE = new AdamW(0.37f, 0.9f, 0.95f, 0.004f, 1.7f, 1e-8f, 0.999f);

  private final Arena arena = Arena.ofConfined();
  private final DigestedUpdate update = new DigestedUpdate();
  private final Matrix gradient = Floats.random(arena, 1, FLOATS, 1);
  private final AdamW.Moments from =
      new AdamW.Moments(
          Floats.random(arena, 1, FLOATS, 2),
          Floats.random(arena, 1, FLOATS, 3),
          squares(Floats.random(arena, 1, FLOATS, 4)));

  @BeforeEach
  void thisMachineHasTheRegisters() {
    assumeThat(DigestedUpdate.available()).as("vectors of 512 bits").isTrue();
  }

  @AfterEach
  void close() {
    arena.close();
  }

  private static Matrix squares(Matrix matrix) {
    for (int i = 0; i < matrix.columns(); i++) {
      matrix.set(0, i, matrix.get(0, i) * matrix.get(0, i));
    }
    return matrix;
  }

  private MemorySegment state() {
    return arena.allocate(3L * BlockDigest.BLOCK_BYTES, 64);
  }

  private static AdamW.Moments moments(MemorySegment state) {
    return new AdamW.Moments(
        Matrix.of(state, 0, 1, FLOATS),
        Matrix.of(state, FLOATS, 1, FLOATS),
        Matrix.of(state, 2L * FLOATS, 1, FLOATS));
  }

  @Test
  void bitsAndDigestsAreThoseOfTheUpdateAndTheDigestOneAfterTheOther() {
    MemorySegment wanted = state();
    RULE.applyScalar(gradient, from, moments(wanted));
    MemorySegment written = state();
    long[] digests = new long[2 + 2 * BLOCKS + 1];
    // Twice: the second block must not begin where the first one ended.
    for (int round = 0; round < 2; round++) {
      update.apply(RULE, gradient, from, moments(written), digests, 2, BLOCKS);
      assertThat(written.mismatch(wanted)).isEqualTo(-1);
      for (int region = 0; region < 3; region++) {
        long at = (long) region * BlockDigest.BLOCK_BYTES;
        assertThat(digests[2 + region * BLOCKS])
            .isEqualTo(BlockDigest.of(wanted, at, BlockDigest.BLOCK_BYTES));
      }
    }
    assertThat(digests[0]).isZero();
  }

  @Test
  void aPartOfABlockIsRefused() {
    Matrix half = gradient.columns(0, FLOATS / 2);
    AdamW.Moments to = moments(state());
    assertThatThrownBy(() -> update.apply(RULE, half, from, to, new long[3], 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not a digest block");
  }
}
