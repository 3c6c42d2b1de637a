package dev.redoubt.trainer.kernel;

import static dev.redoubt.digest.BlockDigest.LONG_SHIFT;
import static dev.redoubt.digest.BlockDigest.MULTIPLIER;
import static dev.redoubt.digest.BlockDigest.ROW_BYTES;
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
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * One step of AdamW on a digest block of each region, which is digested as it leaves the registers:
 * the digest hides behind the divisions, the roots and the memory that the update waits for.
 *
 * <p>Where vectors have 512 bits, the lanes of the three regions are twelve vectors in registers,
 * which turn by one place for each vector of elements ({@link #turning}). Narrower machines have
 * too few registers; there the lanes stay in memory ({@link #plain}).
 *
 * <p>Rejected, with times of the update of 10 million parameters in times of that without a digest,
 * which is 1.01 as it is: lanes in memory everywhere, 1.15, since each store of a lane takes a
 * place in the queue in which the stores of the update wait for memory; four vectors of elements at
 * a time instead of the turning, 1.02, but too large for the first compiler, so that it was
 * interpreted or boxed for good (40); one or two columns of lanes at a time, 2.4 and 1.8, since
 * memory is not read in order; digesting a block after it, from the cache, 1.16. Not thread-safe.
 */
public final class DigestedUpdate {

  private static final int REGIONS = 3;
  private static final int LINE_FLOATS = 16;
  private static final VectorSpecies<Long> WORDS =
      VectorSpecies.of(long.class, SPECIES.vectorShape());

  /** Whether four vectors are a row of the digest's format, and there are registers for twelve. */
  static final boolean WIDE = ROW_BYTES == 4 * STEP;

  /**
   * The lanes as a block begins: a row for each of parameters, first and second moments. They are
   * read from here, not copied to {@link #rows} first: a vector that is loaded right after it was
   * stored in parts waits until all stores before it are done.
   */
  private final MemorySegment seeds;

  /** The lanes as the last run of the block left them: the same rows. */
  private final MemorySegment rows;

  private final boolean turns;

  /** How many bytes of the block are done. */
  private long done;

  /** Takes room for the lanes. */
  public DigestedUpdate(SegmentAllocator allocator) {
    this(allocator, WIDE);
  }

  /** Takes the way that it is told to; only if {@link #WIDE} do the lanes turn in registers. */
  DigestedUpdate(SegmentAllocator allocator, boolean turns) {
    this.turns = turns;
    long bytes = (long) REGIONS * ROW_BYTES;
    seeds = allocator.allocate(bytes, ROW_BYTES);
    rows = allocator.allocate(bytes, ROW_BYTES);
    for (long at = 0; at < bytes; at += ROW_BYTES) {
      BlockDigest.seed(seeds.asSlice(at, ROW_BYTES));
    }
  }

  /**
   * Applies the step to the block's next run of elements; the first one after {@link #end} begins a
   * block.
   *
   * @param gradient whole cache lines of it, as are all the others
   * @throws IllegalArgumentException if it is not
   */
  public void apply(AdamW rule, Matrix gradient, AdamW.Moments from, AdamW.Moments to) {
    int count = gradient.size();
    if (count % LINE_FLOATS != 0) {
      throw new IllegalArgumentException(gradient + " is not whole cache lines of floats");
    }
    from.check(gradient);
    to.check(gradient);
    if (turns) {
      turning(rule, gradient, from, to, count);
    } else {
      plain(rule, gradient, from, to, count);
    }
    done += (long) count * Float.BYTES;
  }

  /**
   * Ends the block.
   *
   * @param digests those of parameters, first and second moments are put at {@code at}, {@code at +
   *     stride} and {@code at + 2 * stride}
   */
  public void end(long[] digests, int at, int stride) {
    BlockDigest.foldThree(rows, done, digests, at, stride);
    done = 0;
  }

  /** The lanes are taken up and put down for each vector. */
  private void plain(AdamW rule, Matrix gradient, AdamW.Moments from, AdamW.Moments to, int count) {
    FloatVector keepFirst = broadcast(SPECIES, rule.beta1());
    FloatVector takeFirst = broadcast(SPECIES, 1f - rule.beta1());
    FloatVector keepSecond = broadcast(SPECIES, rule.beta2());
    FloatVector takeSecond = broadcast(SPECIES, 1f - rule.beta2());
    FloatVector keep = broadcast(SPECIES, rule.decay());
    FloatVector scale = broadcast(SPECIES, rule.gradientScale());
    FloatVector stepSize = broadcast(SPECIES, rule.stepSize());
    FloatVector secondScale = broadcast(SPECIES, rule.secondScale());
    FloatVector epsilon = broadcast(SPECIES, rule.epsilon());
    LongVector multiplier = LongVector.broadcast(WORDS, MULTIPLIER);
    long g0 = gradient.address() & ANY;
    long p0 = from.parameters().address() & ANY;
    long m0 = from.first().address() & ANY;
    long v0 = from.second().address() & ANY;
    long p1 = to.parameters().address() & ANY;
    long m1 = to.first().address() & ANY;
    long v1 = to.second().address() & ANY;
    if (done == 0) {
      rows.copyFrom(seeds);
    }
    long row = rows.address() & ANY;
    long phase = done;
    for (int i = 0; i < count; i += LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector g = fromMemorySegment(SPECIES, ALL, g0 + at, LITTLE_ENDIAN).mul(scale);
      FloatVector m = fromMemorySegment(SPECIES, ALL, m0 + at, LITTLE_ENDIAN);
      m = m.fma(keepFirst, g.mul(takeFirst));
      FloatVector v = fromMemorySegment(SPECIES, ALL, v0 + at, LITTLE_ENDIAN);
      v = v.fma(keepSecond, g.mul(g).mul(takeSecond));
      FloatVector move = m.mul(stepSize).div(v.mul(secondScale).sqrt().add(epsilon));
      FloatVector p = fromMemorySegment(SPECIES, ALL, p0 + at, LITTLE_ENDIAN);
      p = p.fma(keep, move.neg());
      p.intoMemorySegment(ALL, p1 + at, LITTLE_ENDIAN);
      m.intoMemorySegment(ALL, m1 + at, LITTLE_ENDIAN);
      v.intoMemorySegment(ALL, v1 + at, LITTLE_ENDIAN);
      long lane = row + ((phase + at) & (ROW_BYTES - 1));
      LongVector hp = LongVector.fromMemorySegment(WORDS, ALL, lane, LITTLE_ENDIAN);
      hp = p.reinterpretAsLongs().lanewise(XOR, hp);
      hp =
          hp.lanewise(XOR, hp.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hp.lanewise(LSHR, LONG_SHIFT))
              .mul(multiplier);
      hp.intoMemorySegment(ALL, lane, LITTLE_ENDIAN);
      LongVector hm = LongVector.fromMemorySegment(WORDS, ALL, lane + ROW_BYTES, LITTLE_ENDIAN);
      hm = m.reinterpretAsLongs().lanewise(XOR, hm);
      hm =
          hm.lanewise(XOR, hm.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hm.lanewise(LSHR, LONG_SHIFT))
              .mul(multiplier);
      hm.intoMemorySegment(ALL, lane + ROW_BYTES, LITTLE_ENDIAN);
      LongVector hv = LongVector.fromMemorySegment(WORDS, ALL, lane + 2 * ROW_BYTES, LITTLE_ENDIAN);
      hv = v.reinterpretAsLongs().lanewise(XOR, hv);
      hv =
          hv.lanewise(XOR, hv.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hv.lanewise(LSHR, LONG_SHIFT))
              .mul(multiplier);
      hv.intoMemorySegment(ALL, lane + 2 * ROW_BYTES, LITTLE_ENDIAN);
    }
  }

  /**
   * The lanes stay in registers: those numbered 0 belong to the vector that comes next. A vector
   * takes its lanes from there, the others move up, and its own go to the end.
   */
  private void turning(
      AdamW rule, Matrix gradient, AdamW.Moments from, AdamW.Moments to, int count) {
    FloatVector keepFirst = broadcast(SPECIES, rule.beta1());
    FloatVector takeFirst = broadcast(SPECIES, 1f - rule.beta1());
    FloatVector keepSecond = broadcast(SPECIES, rule.beta2());
    FloatVector takeSecond = broadcast(SPECIES, 1f - rule.beta2());
    FloatVector keep = broadcast(SPECIES, rule.decay());
    FloatVector scale = broadcast(SPECIES, rule.gradientScale());
    FloatVector stepSize = broadcast(SPECIES, rule.stepSize());
    FloatVector secondScale = broadcast(SPECIES, rule.secondScale());
    FloatVector epsilon = broadcast(SPECIES, rule.epsilon());
    LongVector multiplier = LongVector.broadcast(WORDS, MULTIPLIER);
    long g0 = gradient.address() & ANY;
    long p0 = from.parameters().address() & ANY;
    long m0 = from.first().address() & ANY;
    long v0 = from.second().address() & ANY;
    long p1 = to.parameters().address() & ANY;
    long m1 = to.first().address() & ANY;
    long v1 = to.second().address() & ANY;
    long before = (done == 0 ? seeds : rows).address() & ANY;
    long lane0 = before + column(0);
    long lane1 = before + column(1);
    long lane2 = before + column(2);
    long lane3 = before + column(3);
    LongVector hp0 = LongVector.fromMemorySegment(WORDS, ALL, lane0, LITTLE_ENDIAN);
    LongVector hp1 = LongVector.fromMemorySegment(WORDS, ALL, lane1, LITTLE_ENDIAN);
    LongVector hp2 = LongVector.fromMemorySegment(WORDS, ALL, lane2, LITTLE_ENDIAN);
    LongVector hp3 = LongVector.fromMemorySegment(WORDS, ALL, lane3, LITTLE_ENDIAN);
    LongVector hm0 = LongVector.fromMemorySegment(WORDS, ALL, lane0 + ROW_BYTES, LITTLE_ENDIAN);
    LongVector hm1 = LongVector.fromMemorySegment(WORDS, ALL, lane1 + ROW_BYTES, LITTLE_ENDIAN);
    LongVector hm2 = LongVector.fromMemorySegment(WORDS, ALL, lane2 + ROW_BYTES, LITTLE_ENDIAN);
    LongVector hm3 = LongVector.fromMemorySegment(WORDS, ALL, lane3 + ROW_BYTES, LITTLE_ENDIAN);
    LongVector hv0 = LongVector.fromMemorySegment(WORDS, ALL, lane0 + 2 * ROW_BYTES, LITTLE_ENDIAN);
    LongVector hv1 = LongVector.fromMemorySegment(WORDS, ALL, lane1 + 2 * ROW_BYTES, LITTLE_ENDIAN);
    LongVector hv2 = LongVector.fromMemorySegment(WORDS, ALL, lane2 + 2 * ROW_BYTES, LITTLE_ENDIAN);
    LongVector hv3 = LongVector.fromMemorySegment(WORDS, ALL, lane3 + 2 * ROW_BYTES, LITTLE_ENDIAN);
    for (int i = 0; i < count; i += LANES) {
      long at = (long) i * Float.BYTES;
      FloatVector g = fromMemorySegment(SPECIES, ALL, g0 + at, LITTLE_ENDIAN).mul(scale);
      FloatVector m = fromMemorySegment(SPECIES, ALL, m0 + at, LITTLE_ENDIAN);
      m = m.fma(keepFirst, g.mul(takeFirst));
      FloatVector v = fromMemorySegment(SPECIES, ALL, v0 + at, LITTLE_ENDIAN);
      v = v.fma(keepSecond, g.mul(g).mul(takeSecond));
      FloatVector move = m.mul(stepSize).div(v.mul(secondScale).sqrt().add(epsilon));
      FloatVector p = fromMemorySegment(SPECIES, ALL, p0 + at, LITTLE_ENDIAN);
      p = p.fma(keep, move.neg());
      p.intoMemorySegment(ALL, p1 + at, LITTLE_ENDIAN);
      m.intoMemorySegment(ALL, m1 + at, LITTLE_ENDIAN);
      v.intoMemorySegment(ALL, v1 + at, LITTLE_ENDIAN);
      LongVector hp = p.reinterpretAsLongs().lanewise(XOR, hp0);
      hp =
          hp.lanewise(XOR, hp.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hp.lanewise(LSHR, LONG_SHIFT))
              .mul(multiplier);
      hp0 = hp1;
      hp1 = hp2;
      hp2 = hp3;
      hp3 = hp;
      LongVector hm = m.reinterpretAsLongs().lanewise(XOR, hm0);
      hm =
          hm.lanewise(XOR, hm.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hm.lanewise(LSHR, LONG_SHIFT))
              .mul(multiplier);
      hm0 = hm1;
      hm1 = hm2;
      hm2 = hm3;
      hm3 = hm;
      LongVector hv = v.reinterpretAsLongs().lanewise(XOR, hv0);
      hv =
          hv.lanewise(XOR, hv.lanewise(LSHR, SHORT_SHIFT))
              .lanewise(XOR, hv.lanewise(LSHR, LONG_SHIFT))
              .mul(multiplier);
      hv0 = hv1;
      hv1 = hv2;
      hv2 = hv3;
      hv3 = hv;
    }
    int vectors = count / LANES;
    long row = rows.address() & ANY;
    lane0 = row + column(vectors);
    lane1 = row + column(vectors + 1);
    lane2 = row + column(vectors + 2);
    lane3 = row + column(vectors + 3);
    hp0.intoMemorySegment(ALL, lane0, LITTLE_ENDIAN);
    hp1.intoMemorySegment(ALL, lane1, LITTLE_ENDIAN);
    hp2.intoMemorySegment(ALL, lane2, LITTLE_ENDIAN);
    hp3.intoMemorySegment(ALL, lane3, LITTLE_ENDIAN);
    hm0.intoMemorySegment(ALL, lane0 + ROW_BYTES, LITTLE_ENDIAN);
    hm1.intoMemorySegment(ALL, lane1 + ROW_BYTES, LITTLE_ENDIAN);
    hm2.intoMemorySegment(ALL, lane2 + ROW_BYTES, LITTLE_ENDIAN);
    hm3.intoMemorySegment(ALL, lane3 + ROW_BYTES, LITTLE_ENDIAN);
    hv0.intoMemorySegment(ALL, lane0 + 2 * ROW_BYTES, LITTLE_ENDIAN);
    hv1.intoMemorySegment(ALL, lane1 + 2 * ROW_BYTES, LITTLE_ENDIAN);
    hv2.intoMemorySegment(ALL, lane2 + 2 * ROW_BYTES, LITTLE_ENDIAN);
    hv3.intoMemorySegment(ALL, lane3 + 2 * ROW_BYTES, LITTLE_ENDIAN);
  }

  /** Where in a row the lanes of the vector stand that comes after {@code ahead} others. */
  private long column(int ahead) {
    return (done + (long) ahead * STEP) & (ROW_BYTES - 1);
  }
}
