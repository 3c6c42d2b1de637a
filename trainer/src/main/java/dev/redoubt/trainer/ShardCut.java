package dev.redoubt.trainer;

import dev.redoubt.trainer.program.Shard;
import dev.redoubt.trainer.program.Split;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Cuts the state or the gradient of a whole model into the parts of a pod's ranks, and puts the
 * parts together again, bit for bit.
 *
 * <p>What every rank has, the gains of the norms, must be the same bits in all parts.
 */
public final class ShardCut {

  private static final ValueLayout.OfInt BITS =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final ParameterLayout whole;
  private final List<ParameterLayout> parts;

  /**
   * A cut for pods of {@code count} ranks.
   *
   * @param count 1, 2 or 4
   * @throws IllegalArgumentException if it is another number
   */
  public ShardCut(ModelConfig model, int count) {
    whole = ParameterLayout.of(model);
    parts = Shard.all(count).stream().map(shard -> ParameterLayout.of(model, shard)).toList();
  }

  /** The layout of the whole model. */
  public ParameterLayout whole() {
    return whole;
  }

  /** The layout of a rank's part. */
  public ParameterLayout part(int rank) {
    return parts.get(rank);
  }

  /** Ranks in a pod. */
  public int count() {
    return parts.size();
  }

  /**
   * Writes a rank's part of a state.
   *
   * @param from the whole, of {@link ParameterLayout#stateBytes}
   * @param into of the part's {@link ParameterLayout#stateBytes}, gaps included
   */
  public void cutState(MemorySegment from, int rank, MemorySegment into) {
    checkBytes("whole state", from, whole.stateBytes());
    checkBytes("state of rank " + rank, into, part(rank).stateBytes());
    for (int region = 0; region < ParameterLayout.REGIONS; region++) {
      cutRegion(region(from, whole, region), rank, region(into, part(rank), region));
    }
  }

  /**
   * Writes a rank's part of a gradient.
   *
   * @param from the whole, of {@link ParameterLayout#regionBytes}
   * @param into of the part's {@link ParameterLayout#regionBytes}, gaps included
   */
  public void cutGradient(MemorySegment from, int rank, MemorySegment into) {
    checkBytes("whole gradient", from, whole.regionBytes());
    checkBytes("gradient of rank " + rank, into, part(rank).regionBytes());
    cutRegion(from, rank, into);
  }

  /**
   * Puts the ranks' parts of a state together.
   *
   * @param from the states of all ranks in their order
   * @param into the whole, gaps included
   * @throws IllegalArgumentException if ranks differ in what all of them have, naming the tensor,
   *     the element and the ranks; what {@code into} then has is of no use
   */
  public void assembleState(List<MemorySegment> from, MemorySegment into) {
    checkCount(from);
    for (int rank = 0; rank < count(); rank++) {
      checkBytes("state of rank " + rank, from.get(rank), part(rank).stateBytes());
    }
    checkBytes("whole state", into, whole.stateBytes());
    for (int region = 0; region < ParameterLayout.REGIONS; region++) {
      int index = region;
      List<MemorySegment> regions =
          IntStream.range(0, count())
              .mapToObj(rank -> region(from.get(rank), part(rank), index))
              .toList();
      assembleRegion(regions, region(into, whole, region));
    }
  }

  /**
   * Puts the ranks' parts of a gradient together.
   *
   * @param from the gradients of all ranks in their order
   * @param into the whole, gaps included
   * @throws IllegalArgumentException as {@link #assembleState}
   */
  public void assembleGradient(List<MemorySegment> from, MemorySegment into) {
    checkCount(from);
    for (int rank = 0; rank < count(); rank++) {
      checkBytes("gradient of rank " + rank, from.get(rank), part(rank).regionBytes());
    }
    checkBytes("whole gradient", into, whole.regionBytes());
    assembleRegion(from, into);
  }

  private void cutRegion(MemorySegment from, int rank, MemorySegment into) {
    into.fill((byte) 0);
    for (int index = 0; index < whole.tensors().size(); index++) {
      TensorSpec tensor = part(rank).tensors().get(index);
      long at = whole.tensors().get(index).offset();
      long run = run(tensor);
      for (long i = 0; i < tensor.size(); i += run) {
        copy(from, at + tensor.wholeIndex(i), into, tensor.offset() + i, run);
      }
    }
  }

  private void assembleRegion(List<MemorySegment> from, MemorySegment into) {
    into.fill((byte) 0);
    for (int rank = 0; rank < count(); rank++) {
      for (int index = 0; index < whole.tensors().size(); index++) {
        TensorSpec tensor = part(rank).tensors().get(index);
        if (rank > 0 && tensor.split() == Split.NONE) {
          checkReplica(tensor, from.getFirst(), rank, from.get(rank));
          continue;
        }
        long at = whole.tensors().get(index).offset();
        long run = run(tensor);
        for (long i = 0; i < tensor.size(); i += run) {
          copy(from.get(rank), tensor.offset() + i, into, at + tensor.wholeIndex(i), run);
        }
      }
    }
  }

  /** How many elements of a part follow each other in the whole. */
  private static long run(TensorSpec tensor) {
    return tensor.split() == Split.COLUMNS ? tensor.columns() : tensor.size();
  }

  private static void copy(
      MemorySegment from, long source, MemorySegment into, long target, long floats) {
    MemorySegment.copy(
        from, source * Float.BYTES, into, target * Float.BYTES, floats * Float.BYTES);
  }

  private void checkReplica(TensorSpec tensor, MemorySegment first, int rank, MemorySegment other) {
    long one = part(0).tensor(tensor.name()).offset() * Float.BYTES;
    long two = tensor.offset() * Float.BYTES;
    long bytes = tensor.size() * Float.BYTES;
    long differs = MemorySegment.mismatch(first, one, one + bytes, other, two, two + bytes);
    if (differs >= 0) {
      long element = differs / Float.BYTES;
      throw new IllegalArgumentException(
          "every rank has %s, but element %d of it is %08x in rank 0 and %08x in rank %d"
              .formatted(
                  tensor.name(),
                  element,
                  first.get(BITS, one + element * Float.BYTES),
                  other.get(BITS, two + element * Float.BYTES),
                  rank));
    }
  }

  private static MemorySegment region(MemorySegment state, ParameterLayout layout, int region) {
    return state.asSlice(region * layout.regionBytes(), layout.regionBytes());
  }

  private void checkCount(List<MemorySegment> from) {
    if (from.size() != count()) {
      throw new IllegalArgumentException(
          "the parts of " + count() + " ranks are needed, not of " + from.size());
    }
  }

  private static void checkBytes(String what, MemorySegment segment, long wanted) {
    if (segment.byteSize() != wanted) {
      throw new IllegalArgumentException(
          what + " has " + segment.byteSize() + " bytes where " + wanted + " are needed");
    }
  }
}
