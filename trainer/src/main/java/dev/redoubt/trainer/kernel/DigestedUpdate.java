package dev.redoubt.trainer.kernel;

import static dev.redoubt.digest.BlockDigest.LONG_SHIFT;
import static dev.redoubt.digest.BlockDigest.MULTIPLIER;
import static dev.redoubt.digest.BlockDigest.SHORT_SHIFT;
import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static dev.redoubt.trainer.kernel.Memory.STEP;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.redoubt.digest.BlockDigest;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * One step of AdamW on a whole digest block of each region, which is digested as it leaves the
 * registers: the digest hides behind the divisions, the roots and the memory that the update waits
 * for. Reading a block again after it was written, even from the cache, cost a sixth of the update.
 *
 * <p>The limit: twelve vectors are under way, for which only machines with vectors of 512 bits have
 * the registers. Elsewhere, and for blocks on which two rules of decay meet, {@link AdamW#apply}
 * and {@link BlockDigest#of} give the same bits one after the other. Not thread-safe.
 */
public final class DigestedUpdate {

  private static final VectorSpecies<Long> WORDS = LongVector.SPECIES_512;
  private static final int WIDTH = WORDS.length();
  private static final int LANES_OF = BlockDigest.LANES;
  private static final int REGIONS = 3;
  private static final boolean WIDE = LANES * Float.BYTES == WORDS.vectorByteSize();

  /** Of parameters, first and second moments, one after the other. */
  private final long[] lanes = new long[REGIONS * LANES_OF];

  private final long[] seeds = new long[LANES_OF];

  /** Makes the lanes. */
  public DigestedUpdate() {
    BlockDigest.seed(seeds);
  }

  /** Whether this machine's vectors are wide enough. */
  public static boolean available() {
    return WIDE;
  }

  /**
   * Applies the step to a whole block of each region.
   *
   * @param gradient of a block's floats, as are all the others
   * @param digests the digests of the written blocks of parameters, first and second moments are
   *     put at {@code at}, {@code at + stride} and {@code at + 2 * stride}
   * @throws IllegalArgumentException if it is not a whole block
   * @throws IllegalStateException if it is not {@link #available}
   */
  public void apply(
      AdamW rule,
      Matrix gradient,
      AdamW.Moments from,
      AdamW.Moments to,
      long[] digests,
      int at,
      int stride) {
    if (!WIDE) {
      throw new IllegalStateException("vectors of 512 bits are needed");
    }
    if (gradient.size() * Float.BYTES != BlockDigest.BLOCK_BYTES) {
      throw new IllegalArgumentException(gradient + " is not a digest block");
    }
    from.check(gradient);
    to.check(gradient);
    for (int region = 0; region < REGIONS; region++) {
      System.arraycopy(seeds, 0, lanes, region * LANES_OF, LANES_OF);
    }
    block(rule, gradient.address(), from, to, lanes);
    for (int region = 0; region < REGIONS; region++) {
      System.arraycopy(lanes, region * LANES_OF, seeds, 0, LANES_OF);
      digests[at + region * stride] = BlockDigest.fold(seeds, BlockDigest.BLOCK_BYTES);
    }
    BlockDigest.seed(seeds);
  }

  /** All in one method, since no vector may pass through one of ours: see the other kernels. */
  private static void block(
      AdamW rule, long gradient, AdamW.Moments from, AdamW.Moments to, long[] lanes) {
    FloatVector keepFirst = broadcast(SPECIES, rule.beta1());
    FloatVector takeFirst = broadcast(SPECIES, 1f - rule.beta1());
    FloatVector keepSecond = broadcast(SPECIES, rule.beta2());
    FloatVector takeSecond = broadcast(SPECIES, 1f - rule.beta2());
    FloatVector keep = broadcast(SPECIES, rule.decay());
    long step = STEP;
    float scale = rule.gradientScale();
    float stepSize = rule.stepSize();
    float secondScale = rule.secondScale();
    float epsilon = rule.epsilon();
    long g = gradient & ANY;
    long fromP = from.parameters().address() & ANY;
    long fromM = from.first().address() & ANY;
    long fromV = from.second().address() & ANY;
    long toP = to.parameters().address() & ANY;
    long toM = to.first().address() & ANY;
    long toV = to.second().address() & ANY;
    LongVector hp0 = LongVector.fromArray(WORDS, lanes, 0);
    LongVector hp1 = LongVector.fromArray(WORDS, lanes, WIDTH);
    LongVector hp2 = LongVector.fromArray(WORDS, lanes, 2 * WIDTH);
    LongVector hp3 = LongVector.fromArray(WORDS, lanes, 3 * WIDTH);
    LongVector hm0 = LongVector.fromArray(WORDS, lanes, LANES_OF);
    LongVector hm1 = LongVector.fromArray(WORDS, lanes, LANES_OF + WIDTH);
    LongVector hm2 = LongVector.fromArray(WORDS, lanes, LANES_OF + 2 * WIDTH);
    LongVector hm3 = LongVector.fromArray(WORDS, lanes, LANES_OF + 3 * WIDTH);
    LongVector hv0 = LongVector.fromArray(WORDS, lanes, 2 * LANES_OF);
    LongVector hv1 = LongVector.fromArray(WORDS, lanes, 2 * LANES_OF + WIDTH);
    LongVector hv2 = LongVector.fromArray(WORDS, lanes, 2 * LANES_OF + 2 * WIDTH);
    LongVector hv3 = LongVector.fromArray(WORDS, lanes, 2 * LANES_OF + 3 * WIDTH);
    for (int row = 0; row < BlockDigest.BLOCK_BYTES; row += BlockDigest.ROW_BYTES) {
      long at = row;
      FloatVector g0 = fromMemorySegment(SPECIES, ALL, g + at, LITTLE_ENDIAN).mul(scale);
      FloatVector m0 = fromMemorySegment(SPECIES, ALL, fromM + at, LITTLE_ENDIAN);
      m0 = m0.fma(keepFirst, g0.mul(takeFirst));
      FloatVector v0 = fromMemorySegment(SPECIES, ALL, fromV + at, LITTLE_ENDIAN);
      v0 = v0.fma(keepSecond, g0.mul(g0).mul(takeSecond));
      FloatVector move0 = m0.mul(stepSize).div(v0.mul(secondScale).sqrt().add(epsilon));
      FloatVector p0 = fromMemorySegment(SPECIES, ALL, fromP + at, LITTLE_ENDIAN);
      p0 = p0.fma(keep, move0.neg());
      p0.intoMemorySegment(ALL, toP + at, LITTLE_ENDIAN);
      m0.intoMemorySegment(ALL, toM + at, LITTLE_ENDIAN);
      v0.intoMemorySegment(ALL, toV + at, LITTLE_ENDIAN);
      hp0 = hp0.lanewise(XOR, p0.reinterpretAsLongs());
      hp0 =
          hp0.lanewise(XOR, hp0.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hp0.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
      hm0 = hm0.lanewise(XOR, m0.reinterpretAsLongs());
      hm0 =
          hm0.lanewise(XOR, hm0.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hm0.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
      hv0 = hv0.lanewise(XOR, v0.reinterpretAsLongs());
      hv0 =
          hv0.lanewise(XOR, hv0.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hv0.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
      FloatVector g1 = fromMemorySegment(SPECIES, ALL, g + at + step, LITTLE_ENDIAN).mul(scale);
      FloatVector m1 = fromMemorySegment(SPECIES, ALL, fromM + at + step, LITTLE_ENDIAN);
      m1 = m1.fma(keepFirst, g1.mul(takeFirst));
      FloatVector v1 = fromMemorySegment(SPECIES, ALL, fromV + at + step, LITTLE_ENDIAN);
      v1 = v1.fma(keepSecond, g1.mul(g1).mul(takeSecond));
      FloatVector move1 = m1.mul(stepSize).div(v1.mul(secondScale).sqrt().add(epsilon));
      FloatVector p1 = fromMemorySegment(SPECIES, ALL, fromP + at + step, LITTLE_ENDIAN);
      p1 = p1.fma(keep, move1.neg());
      p1.intoMemorySegment(ALL, toP + at + step, LITTLE_ENDIAN);
      m1.intoMemorySegment(ALL, toM + at + step, LITTLE_ENDIAN);
      v1.intoMemorySegment(ALL, toV + at + step, LITTLE_ENDIAN);
      hp1 = hp1.lanewise(XOR, p1.reinterpretAsLongs());
      hp1 =
          hp1.lanewise(XOR, hp1.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hp1.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
      hm1 = hm1.lanewise(XOR, m1.reinterpretAsLongs());
      hm1 =
          hm1.lanewise(XOR, hm1.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hm1.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
      hv1 = hv1.lanewise(XOR, v1.reinterpretAsLongs());
      hv1 =
          hv1.lanewise(XOR, hv1.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hv1.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
      FloatVector g2 = fromMemorySegment(SPECIES, ALL, g + at + 2 * step, LITTLE_ENDIAN).mul(scale);
      FloatVector m2 = fromMemorySegment(SPECIES, ALL, fromM + at + 2 * step, LITTLE_ENDIAN);
      m2 = m2.fma(keepFirst, g2.mul(takeFirst));
      FloatVector v2 = fromMemorySegment(SPECIES, ALL, fromV + at + 2 * step, LITTLE_ENDIAN);
      v2 = v2.fma(keepSecond, g2.mul(g2).mul(takeSecond));
      FloatVector move2 = m2.mul(stepSize).div(v2.mul(secondScale).sqrt().add(epsilon));
      FloatVector p2 = fromMemorySegment(SPECIES, ALL, fromP + at + 2 * step, LITTLE_ENDIAN);
      p2 = p2.fma(keep, move2.neg());
      p2.intoMemorySegment(ALL, toP + at + 2 * step, LITTLE_ENDIAN);
      m2.intoMemorySegment(ALL, toM + at + 2 * step, LITTLE_ENDIAN);
      v2.intoMemorySegment(ALL, toV + at + 2 * step, LITTLE_ENDIAN);
      hp2 = hp2.lanewise(XOR, p2.reinterpretAsLongs());
      hp2 =
          hp2.lanewise(XOR, hp2.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hp2.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
      hm2 = hm2.lanewise(XOR, m2.reinterpretAsLongs());
      hm2 =
          hm2.lanewise(XOR, hm2.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hm2.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
      hv2 = hv2.lanewise(XOR, v2.reinterpretAsLongs());
      hv2 =
          hv2.lanewise(XOR, hv2.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hv2.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
      FloatVector g3 = fromMemorySegment(SPECIES, ALL, g + at + 3 * step, LITTLE_ENDIAN).mul(scale);
      FloatVector m3 = fromMemorySegment(SPECIES, ALL, fromM + at + 3 * step, LITTLE_ENDIAN);
      m3 = m3.fma(keepFirst, g3.mul(takeFirst));
      FloatVector v3 = fromMemorySegment(SPECIES, ALL, fromV + at + 3 * step, LITTLE_ENDIAN);
      v3 = v3.fma(keepSecond, g3.mul(g3).mul(takeSecond));
      FloatVector move3 = m3.mul(stepSize).div(v3.mul(secondScale).sqrt().add(epsilon));
      FloatVector p3 = fromMemorySegment(SPECIES, ALL, fromP + at + 3 * step, LITTLE_ENDIAN);
      p3 = p3.fma(keep, move3.neg());
      p3.intoMemorySegment(ALL, toP + at + 3 * step, LITTLE_ENDIAN);
      m3.intoMemorySegment(ALL, toM + at + 3 * step, LITTLE_ENDIAN);
      v3.intoMemorySegment(ALL, toV + at + 3 * step, LITTLE_ENDIAN);
      hp3 = hp3.lanewise(XOR, p3.reinterpretAsLongs());
      hp3 =
          hp3.lanewise(XOR, hp3.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hp3.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
      hm3 = hm3.lanewise(XOR, m3.reinterpretAsLongs());
      hm3 =
          hm3.lanewise(XOR, hm3.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hm3.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
      hv3 = hv3.lanewise(XOR, v3.reinterpretAsLongs());
      hv3 =
          hv3.lanewise(XOR, hv3.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hv3.lanewise(LSHR, LONG_SHIFT))
              .mul(MULTIPLIER);
    }
    hp0.intoArray(lanes, 0);
    hp1.intoArray(lanes, WIDTH);
    hp2.intoArray(lanes, 2 * WIDTH);
    hp3.intoArray(lanes, 3 * WIDTH);
    hm0.intoArray(lanes, LANES_OF);
    hm1.intoArray(lanes, LANES_OF + WIDTH);
    hm2.intoArray(lanes, LANES_OF + 2 * WIDTH);
    hm3.intoArray(lanes, LANES_OF + 3 * WIDTH);
    hv0.intoArray(lanes, 2 * LANES_OF);
    hv1.intoArray(lanes, 2 * LANES_OF + WIDTH);
    hv2.intoArray(lanes, 2 * LANES_OF + 2 * WIDTH);
    hv3.intoArray(lanes, 2 * LANES_OF + 3 * WIDTH);
  }
}
