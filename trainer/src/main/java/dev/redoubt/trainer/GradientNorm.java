package dev.redoubt.trainer;

import dev.redoubt.trainer.kernel.Base;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Slices;
import dev.redoubt.trainer.kernel.WindowNorm;
import dev.redoubt.trainer.program.Links;
import dev.redoubt.trainer.program.Links.Piece;
import dev.redoubt.trainer.program.Shard;
import dev.redoubt.trainer.program.Split;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The squared norm of a gradient that the ranks of a pod share: the same bits for any number of
 * ranks.
 *
 * <p>A split tensor has one partial sum for each of its {@link Slices#COUNT} logical slices, which
 * are summed as {@code (s0 + s1) + (s2 + s3)}; a replicated one has one, which each rank takes from
 * its own copy. Partial sums, and those of the tensors in their order, are added as doubles. A rank
 * sends the partials of its slices to the others; then all finish the same sum. So a wrong slice
 * reaches every rank of its pod, but of no other pod.
 *
 * <p>Rejected: one sum for each rank, which has other bits at each number of ranks.
 */
final class GradientNorm {

  private static final int COLLECTIVE = 0;
  private static final int BLOCK_FLOATS = 1 << 14;
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * A block of rows of one slice, or of all four, as windows that are made once: a step allocates
   * nothing.
   *
   * @param at the place of the first slice's partial sum
   */
  private record Block(List<Matrix> slices, int at) {}

  private final int tensors;
  private final Shard shard;
  private final Links links;
  private final WindowNorm kernel = new WindowNorm();
  private final Base gradient;
  private final List<Block> blocks = new ArrayList<>();

  /** Slices of each split tensor that this rank has. */
  private final int own;

  /** Indices of the split tensors. */
  private final int[] split;

  /** Of each tensor in the layout's order, one after the other, {@link Slices#COUNT} places. */
  private final double[] partials;

  /** What one rank sends: the partials of its slices, tensor by tensor. */
  private final MemorySegment message;

  GradientNorm(ParameterLayout layout, Links links, SegmentAllocator allocator) {
    tensors = layout.tensors().size();
    shard = layout.shard();
    this.links = links;
    own = Slices.COUNT / shard.count();
    partials = new double[layout.tensors().size() * Slices.COUNT];
    split =
        IntStream.range(0, layout.tensors().size())
            .filter(index -> layout.tensors().get(index).split() != Split.NONE)
            .toArray();
    message = allocator.allocate((long) places() * Double.BYTES, Double.BYTES);
    gradient = new Base(layout.regionFloats());
    for (int index = 0; index < tensors; index++) {
      cut(layout.tensors().get(index), index);
    }
  }

  /**
   * The sum of the squares of all ranks' parts; NaN and infinity come through.
   *
   * @param region this rank's gradient
   * @param step names the exchange
   */
  double squared(MemorySegment region, long step) {
    gradient.bind(region);
    Arrays.fill(partials, 0);
    for (int i = 0; i < blocks.size(); i++) {
      add(blocks.get(i));
    }
    if (!shard.isWhole()) {
      exchange(step);
    }
    double sum = 0;
    for (int index = 0; index < tensors; index++) {
      sum += tensor(index * Slices.COUNT);
    }
    return sum;
  }

  private double tensor(int at) {
    return (partials[at] + partials[at + 1]) + (partials[at + 2] + partials[at + 3]);
  }

  private void cut(TensorSpec tensor, int index) {
    Matrix matrix = Matrix.of(gradient, tensor.offset(), tensor.rows(), tensor.columns());
    switch (tensor.split()) {
      case NONE -> cut(List.of(matrix), place(index, 0, 0));
      case ROWS -> cut(rows(matrix), place(index, shard.index(), 0));
      case COLUMNS -> cut(columns(matrix), place(index, shard.index(), 0));
    }
  }

  private List<Matrix> rows(Matrix matrix) {
    int height = matrix.rows() / own;
    return IntStream.range(0, own).mapToObj(i -> matrix.rows(i * height, height)).toList();
  }

  private List<Matrix> columns(Matrix matrix) {
    int width = matrix.columns() / own;
    return IntStream.range(0, own).mapToObj(i -> matrix.columns(i * width, width)).toList();
  }

  /** Slices of one shape: a block of rows of each, then the next block. */
  private void cut(List<Matrix> slices, int at) {
    int rows = slices.getFirst().rows();
    int height = Math.max(1, BLOCK_FLOATS / slices.getFirst().columns());
    for (int row = 0; row < rows; row += height) {
      int from = row;
      int count = Math.min(height, rows - row);
      List<Matrix> parts = slices.stream().map(slice -> slice.rows(from, count)).toList();
      if (parts.size() == Slices.COUNT) {
        blocks.add(new Block(parts, at));
      } else {
        for (int slice = 0; slice < parts.size(); slice++) {
          blocks.add(new Block(List.of(parts.get(slice)), at + slice));
        }
      }
    }
  }

  private void add(Block block) {
    List<Matrix> slices = block.slices;
    if (slices.size() == Slices.COUNT) {
      kernel.addSquared(
          slices.get(0), slices.get(1), slices.get(2), slices.get(3), partials, block.at);
    } else {
      partials[block.at] += kernel.squared(slices.getFirst());
    }
  }

  private void exchange(long step) {
    Piece piece = new Piece(step, Piece.UPDATE, COLLECTIVE);
    for (int i = 0; i < places(); i++) {
      message.set(DOUBLE, i * DOUBLE.byteSize(), partials[place(shard.index(), i)]);
    }
    for (int rank = 0; rank < shard.count(); rank++) {
      if (rank != shard.index()) {
        links.send(rank, piece, message);
      }
    }
    for (int rank = 0; rank < shard.count(); rank++) {
      if (rank != shard.index()) {
        links.receive(rank, piece, message);
        for (int i = 0; i < places(); i++) {
          partials[place(rank, i)] = message.get(DOUBLE, i * DOUBLE.byteSize());
        }
      }
    }
  }

  private int places() {
    return split.length * own;
  }

  /** The place of a message's partial, which came from {@code rank}. */
  private int place(int rank, int inMessage) {
    return place(split[inMessage / own], rank, inMessage % own);
  }

  private int place(int index, int rank, int slice) {
    return index * Slices.COUNT + rank * own + slice;
  }
}
