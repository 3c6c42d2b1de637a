package dev.redoubt.trainer.replay;

import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor of a model state, or of a gradient, that differs between two copies.
 *
 * @param region parameters, first-moments, second-moments or gradient
 * @param tensor its name
 * @param difference in it
 */
public record StateDifference(String region, String tensor, Difference difference) {

  private static final List<String> REGIONS =
      List.of("parameters", "first-moments", "second-moments");
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Such as {@code first-moments of blocks.0.ffn.up: element ...}. */
  @Override
  public String toString() {
    return region + " of " + tensor + ": " + difference;
  }

  /**
   * The tensors that differ, in the order in which they stand.
   *
   * @param expected of {@link ParameterLayout#stateBytes}
   * @param found as large
   */
  public static List<StateDifference> ofStates(
      ParameterLayout layout, MemorySegment expected, MemorySegment found) {
    check(expected, found, layout.stateBytes());
    List<StateDifference> differences = new ArrayList<>();
    for (int region = 0; region < REGIONS.size(); region++) {
      long offset = region * layout.regionBytes();
      differences.addAll(
          ofRegion(
              layout,
              REGIONS.get(region),
              expected.asSlice(offset, layout.regionBytes()),
              found.asSlice(offset, layout.regionBytes())));
    }
    return differences;
  }

  /**
   * The tensors of a gradient, or of a node of the sum over microbatches, that differ.
   *
   * @param expected of {@link ParameterLayout#regionBytes}
   * @param found as large
   */
  public static List<StateDifference> ofGradients(
      ParameterLayout layout, MemorySegment expected, MemorySegment found) {
    check(expected, found, layout.regionBytes());
    return ofRegion(layout, "gradient", expected, found);
  }

  private static List<StateDifference> ofRegion(
      ParameterLayout layout, String region, MemorySegment expected, MemorySegment found) {
    List<StateDifference> differences = new ArrayList<>();
    if (expected.mismatch(found) < 0) {
      return differences;
    }
    for (TensorSpec tensor : layout.tensors()) {
      long start = tensor.offset() * Float.BYTES;
      Difference.of(
              tensor.rows(),
              tensor.columns(),
              at -> expected.get(INT, start + (long) at * Float.BYTES),
              at -> found.get(INT, start + (long) at * Float.BYTES))
          .ifPresent(each -> differences.add(new StateDifference(region, tensor.name(), each)));
    }
    return differences;
  }

  private static void check(MemorySegment expected, MemorySegment found, long bytes) {
    if (expected.byteSize() != bytes || found.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "copies of %d and %d bytes where %d are needed"
              .formatted(expected.byteSize(), found.byteSize(), bytes));
    }
  }
}
