package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.redoubt.digest.BlockDigest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Digested as it leaves the registers, a block has the bits and the digest that it has when one is
 * done after the other.
 */
class DigestedUpdateTest {

  private static final int FLOATS = BlockDigest.BLOCK_BYTES / Float.BYTES;
  private static final int LINE = 16;
  private static final int REGIONS = 3;
  private static final AdamW PLAIN = new AdamW(0.37f, 0.9f, 0.95f, 0.004f, 1.7f, 1e-8f, 1f);
  private static final AdamW DECAYING = new AdamW(0.37f, 0.9f, 0.95f, 0.004f, 1.7f, 1e-8f, 0.99f);

  private final Arena arena = Arena.ofConfined();
  private final Matrix gradient = Floats.random(arena, 1, FLOATS, 1);
  private final AdamW.Moments from =
      new AdamW.Moments(
          Floats.random(arena, 1, FLOATS, 2),
          Floats.random(arena, 1, FLOATS, 3),
          squares(Floats.random(arena, 1, FLOATS, 4)));

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
    return arena.allocate((long) REGIONS * BlockDigest.BLOCK_BYTES, 64);
  }

  private static AdamW.Moments moments(MemorySegment state) {
    return new AdamW.Moments(
        Matrix.of(state, 0, 1, FLOATS),
        Matrix.of(state, FLOATS, 1, FLOATS),
        Matrix.of(state, 2L * FLOATS, 1, FLOATS));
  }

  private static AdamW.Moments part(AdamW.Moments whole, int at, int count) {
    return new AdamW.Moments(
        whole.parameters().columns(at, count),
        whole.first().columns(at, count),
        whole.second().columns(at, count));
  }

  /** Borders of runs of whole cache lines, as the tensors of a layout have them. */
  private static List<Integer> borders(Random random) {
    List<Integer> borders = new ArrayList<>(List.of(0));
    while (borders.getLast() < FLOATS) {
      int lines = 1 + random.nextInt(random.nextBoolean() ? 5 : 400);
      borders.add(Math.min(FLOATS, borders.getLast() + lines * LINE));
    }
    return borders;
  }

  @ParameterizedTest(name = "lanes turn in registers: {0}")
  @ValueSource(booleans = {true, false})
  void bitsAndDigestsAreThoseOfTheUpdateAndTheDigestOneAfterTheOther(boolean turns) {
    assumeThat(DigestedUpdate.WIDE || !turns).as("registers for twelve vectors").isTrue();
    DigestedUpdate update = new DigestedUpdate(arena, turns);
    Random random = new Random(7);
    // Again and again: a block must not begin where the one before it ended.
    for (int block = 0; block < 20; block++) {
      List<Integer> borders = block == 0 ? List.of(0, FLOATS) : borders(random);
      MemorySegment wanted = state();
      MemorySegment written = state();
      for (int i = 1; i < borders.size(); i++) {
        int at = borders.get(i - 1);
        int count = borders.get(i) - at;
        AdamW rule = i % 2 == 0 ? PLAIN : DECAYING;
        Matrix run = gradient.columns(at, count);
        rule.applyScalar(run, part(from, at, count), part(moments(wanted), at, count));
        update.apply(rule, run, part(from, at, count), part(moments(written), at, count));
      }
      long[] digests = new long[1 + 2 * REGIONS];
      update.end(digests, 1, 2);
      assertThat(written.mismatch(wanted)).as("borders %s", borders).isEqualTo(-1);
      for (int region = 0; region < REGIONS; region++) {
        long at = (long) region * BlockDigest.BLOCK_BYTES;
        assertThat(digests[1 + 2 * region])
            .as("region %s, borders %s", region, borders)
            .isEqualTo(BlockDigest.of(wanted, at, BlockDigest.BLOCK_BYTES));
        assertThat(digests[2 * region]).isZero();
      }
    }
  }

  @Test
  void aRunThatEndsWithinACacheLineIsRefused() {
    DigestedUpdate update = new DigestedUpdate(arena);
    AdamW.Moments to = part(moments(state()), 0, LINE + 1);
    Matrix run = gradient.columns(0, LINE + 1);
    assertThatThrownBy(() -> update.apply(PLAIN, run, part(from, 0, LINE + 1), to))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 x 17 is not whole cache lines");
  }
}
