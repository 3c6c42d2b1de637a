package dev.redoubt.trainer;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.kernel.AdamW;
import dev.redoubt.trainer.kernel.Base;
import dev.redoubt.trainer.kernel.DigestedUpdate;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.Links;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The optimizer's pass over the state, one digest block of each region at a time, digested as it
 * leaves the registers.
 */
final class Update {

  private static final int BLOCK_FLOATS = BlockDigest.BLOCK_BYTES / Float.BYTES;
  private static final int REGIONS = 3;

  /**
   * A run of floats in one block to which one rule of decay applies, as windows that are made once:
   * a step allocates nothing.
   */
  private record Piece(
      Matrix gradient, AdamW.Moments previous, AdamW.Moments next, boolean decays) {}

  private final TrainConfig train;
  private final ParameterLayout layout;
  private final GradientNorm norm;
  private final int blocks;
  private final Base gradients;
  private final Base previousState;
  private final Base nextState;
  private final DigestedUpdate digested;
  private final long[] digests;
  private final long[] room = BlockDigest.room();
  private final List<List<Piece>> pieces = new ArrayList<>();

  Update(TrainConfig train, ParameterLayout layout, Links links, SegmentAllocator allocator) {
    this.train = train;
    this.layout = layout;
    norm = new GradientNorm(layout, links, allocator);
    digested = new DigestedUpdate(allocator);
    blocks = Math.toIntExact(layout.regionFloats() / BLOCK_FLOATS);
    digests = new long[REGIONS * blocks];
    gradients = new Base(layout.regionFloats());
    previousState = new Base(REGIONS * layout.regionFloats());
    nextState = new Base(REGIONS * layout.regionFloats());
    for (int block = 0; block < blocks; block++) {
      pieces.add(pieces((long) block * BLOCK_FLOATS));
    }
  }

  /** Cuts a block at the tensors' borders; a gap belongs to the tensor before it. */
  private List<Piece> pieces(long start) {
    List<Piece> cut = new ArrayList<>();
    List<TensorSpec> tensors = layout.tensors();
    for (int i = 0; i < tensors.size(); i++) {
      long end = i + 1 < tensors.size() ? tensors.get(i + 1).offset() : layout.regionFloats();
      long from = Math.max(tensors.get(i).offset(), start);
      long to = Math.min(end, start + BLOCK_FLOATS);
      if (from < to) {
        cut.add(piece(from, (int) (to - from), !tensors.get(i).isGain()));
      }
    }
    return cut;
  }

  private Piece piece(long at, int count, boolean decays) {
    Matrix gradient = Matrix.of(gradients, at, 1, count);
    return new Piece(
        gradient, moments(previousState, at, count), moments(nextState, at, count), decays);
  }

  /**
   * Writes all of {@code next}; the digests are those of its blocks, or null if not asked for.
   *
   * @param found where to put those of previous's blocks; null if not asked for
   */
  @Nullable BlockDigests apply(
      MemorySegment previous,
      MemorySegment next,
      MemorySegment gradientSum,
      long step,
      boolean digest,
      long @Nullable [] found) {
    double scale = scale(gradientSum, step);
    AdamW decaying = rule(scale, step, train.weightDecay());
    AdamW plain = rule(scale, step, 0);
    gradients.bind(gradientSum);
    previousState.bind(previous);
    nextState.bind(next);
    for (int block = 0; block < blocks; block++) {
      if (found != null) {
        read(previous, block, found);
      }
      List<Piece> cut = pieces.get(block);
      for (int i = 0; i < cut.size(); i++) {
        Piece piece = cut.get(i);
        AdamW rule = piece.decays ? decaying : plain;
        if (digest) {
          digested.apply(rule, piece.gradient, piece.previous, piece.next);
        } else {
          rule.apply(piece.gradient, piece.previous, piece.next);
        }
      }
      if (digest) {
        digested.end(digests, block, blocks);
      }
    }
    return digest ? BlockDigests.of(digests) : null;
  }

  /** The same block of each region, which the update is about to read from the cache. */
  private void read(MemorySegment previous, int block, long[] found) {
    for (int region = 0; region < REGIONS; region++) {
      int index = region * blocks + block;
      long at = (long) index * BlockDigest.BLOCK_BYTES;
      found[index] = BlockDigest.of(previous, at, BlockDigest.BLOCK_BYTES, room);
    }
  }

  private AdamW.Moments moments(Base state, long at, int count) {
    long region = layout.regionFloats();
    return new AdamW.Moments(
        Matrix.of(state, at, 1, count),
        Matrix.of(state, region + at, 1, count),
        Matrix.of(state, 2 * region + at, 1, count));
  }

  private AdamW rule(double scale, long step, double weightDecay) {
    double rate = train.learningRate(step);
    double first = 1 - StrictMath.pow(train.beta1(), (double) step);
    double second = 1 - StrictMath.pow(train.beta2(), (double) step);
    return new AdamW(
        (float) scale,
        (float) train.beta1(),
        (float) train.beta2(),
        (float) (rate / first),
        (float) (1 / second),
        (float) train.epsilon(),
        (float) (1 - rate * weightDecay));
  }

  /** Mean over the microbatches, and clipping by the mean's norm (Pascanu et al. 2013), in one. */
  private double scale(MemorySegment gradientSum, long step) {
    double mean = 1.0 / train.microbatches();
    double length = Math.sqrt(norm.squared(gradientSum, step)) * mean;
    return length > train.clipNorm() ? mean * (train.clipNorm() / length) : mean;
  }
}
