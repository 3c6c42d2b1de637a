package dev.redoubt.trainer;

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

  private final ParameterLayout layout;
  private final Shard shard;
  private final Links links;
  private final WindowNorm kernel = new WindowNorm();

  /** Slices of each split tensor that this rank has. */
  private final int own;

  /** Indices of the split tensors. */
  private final int[] split;

  /** Of each tensor in the layout's order, one after the other, {@link Slices#COUNT} places. */
  private final double[] partials;

  /** What one rank sends: the partials of its slices, tensor by tensor. */
  private final MemorySegment message;

  GradientNorm(ParameterLayout layout, Links links, SegmentAllocator allocator) {
    this.layout = layout;
    this.shard = layout.shard();
    this.links = links;
    own = Slices.COUNT / shard.count();
    partials = new double[layout.tensors().size() * Slices.COUNT];
    split =
        IntStream.range(0, layout.tensors().size())
            .filter(index -> layout.tensors().get(index).split() != Split.NONE)
            .toArray();
    message = allocator.allocate((long) places() * Double.BYTES, Double.BYTES);
  }

  /**
   * The sum of the squares of all ranks' parts; NaN and infinity come through.
   *
   * @param gradient this rank's region
   * @param step names the exchange
   */
  double squared(MemorySegment gradient, long step) {
    for (int index = 0; index < layout.tensors().size(); index++) {
      partials(index, gradient);
    }
    if (!shard.isWhole()) {
      exchange(step);
    }
    double sum = 0;
    for (int index = 0; index < layout.tensors().size(); index++) {
      sum += tensor(index * Slices.COUNT);
    }
    return sum;
  }

  private double tensor(int at) {
    return (partials[at] + partials[at + 1]) + (partials[at + 2] + partials[at + 3]);
  }

  private void partials(int index, MemorySegment gradient) {
    TensorSpec tensor = layout.tensors().get(index);
    Matrix matrix = Matrix.of(gradient, tensor.offset(), tensor.rows(), tensor.columns());
    switch (tensor.split()) {
      case NONE -> sum(List.of(matrix), place(index, 0, 0));
      case ROWS -> sum(rows(matrix), place(index, shard.index(), 0));
      case COLUMNS -> sum(columns(matrix), place(index, shard.index(), 0));
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

  /** The partials of slices of one shape: a block of rows of each, then the next block. */
  private void sum(List<Matrix> slices, int at) {
    int rows = slices.getFirst().rows();
    int height = Math.max(1, BLOCK_FLOATS / slices.getFirst().columns());
    Arrays.fill(partials, at, at + slices.size(), 0);
    for (int row = 0; row < rows; row += height) {
      add(slices, row, Math.min(height, rows - row), at);
    }
  }

  private void add(List<Matrix> slices, int row, int count, int at) {
    if (slices.size() == Slices.COUNT) {
      kernel.addSquared(
          slices.get(0).rows(row, count),
          slices.get(1).rows(row, count),
          slices.get(2).rows(row, count),
          slices.get(3).rows(row, count),
          partials,
          at);
      return;
    }
    for (int slice = 0; slice < slices.size(); slice++) {
      partials[at + slice] += kernel.squared(slices.get(slice).rows(row, count));
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
