package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.trainer.program.Shard;
import dev.redoubt.trainer.program.Split;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights in four bits: what is kept exactly, and how far off the rest may be. */
class FourBitTest {

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  /** Three floats into the region, as a tensor among others. */
  private static TensorSpec tensor(String name, int rows, int columns) {
    return new TensorSpec(name, rows, columns, 3, Split.NONE, Shard.WHOLE);
  }

  private MemorySegment region(TensorSpec tensor) {
    return arena.allocate((tensor.offset() + tensor.size() + 3) * Float.BYTES, 64);
  }

  private MemorySegment random(TensorSpec tensor, double deviation) {
    MemorySegment region = region(tensor);
    Random random = new Random(tensor.size());
    for (long i = 0; i < tensor.size(); i++) {
      float value = (float) (random.nextGaussian() * deviation);
      region.setAtIndex(FLOAT, tensor.offset() + i, value);
    }
    return region;
  }

  private MemorySegment restored(FourBit matrix, TensorSpec tensor) {
    MemorySegment region = region(tensor);
    matrix.writeTo(region);
    return region;
  }

  private static float scale(FourBit matrix, TensorSpec tensor, int line, int group) {
    int groups = FourBit.scaleShape(tensor).get(1);
    ByteBuffer scales = matrix.scales().order(ByteOrder.LITTLE_ENDIAN);
    return Float.float16ToFloat(scales.getShort(2 * (line * groups + group)));
  }

  @ParameterizedTest
  @CsvSource({
    "weight, 32, 1, 1", "weight, 33, 5, 0.02", "weight, 207, 7, 30", "weight, 1003, 3, 1e-6",
    "weight, 64, 16, 1e-9", "embedding, 5, 33, 0.5", "embedding, 7, 1003, 1e4", "weight, 1, 1, 1"
  })
  void noValueIsOffByMoreThanHalfItsGroupsScale(
      String name, int rows, int columns, double deviation) {
    TensorSpec tensor = tensor(name, rows, columns);
    MemorySegment region = random(tensor, deviation);
    FourBit matrix = FourBit.of(region, tensor);
    MemorySegment restored = restored(matrix, tensor);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        long at = tensor.offset() + (long) row * columns + column;
        boolean alongRow = name.equals("embedding");
        int line = alongRow ? row : column;
        int group = (alongRow ? column : row) / 32;
        double off =
            Math.abs((double) region.getAtIndex(FLOAT, at) - restored.getAtIndex(FLOAT, at));
        assertThat(off)
            .as("[%d, %d]", row, column)
            .isLessThanOrEqualTo((double) scale(matrix, tensor, line, group) / 2);
      }
    }
  }

  /** The scale is about a seventh of the largest: no larger than the bound needs. */
  @Test
  void aScaleIsASeventhOfTheLargest() {
    TensorSpec tensor = tensor("weight", 64, 1);
    MemorySegment region = region(tensor);
    region.setAtIndex(FLOAT, tensor.offset() + 5, -0.7f);
    region.setAtIndex(FLOAT, tensor.offset() + 40, 14f);
    FourBit matrix = FourBit.of(region, tensor);
    assertThat(scale(matrix, tensor, 0, 0))
        .isEqualTo(Float.float16ToFloat(Float.floatToFloat16(0.1f)));
    assertThat(scale(matrix, tensor, 0, 1)).isEqualTo(2f);
  }

  @ParameterizedTest
  @CsvSource({"weight, 207, 7", "weight, 64, 16", "embedding, 7, 207", "weight, 1, 3"})
  void whatFourBitsCanSayIsKeptExactly(String name, int rows, int columns) {
    TensorSpec tensor = tensor(name, rows, columns);
    FourBit once = FourBit.of(random(tensor, 1), tensor);
    MemorySegment exact = restored(once, tensor);
    FourBit again = FourBit.of(tensor, once.packed(), once.scales());
    assertThat(restored(again, tensor).mismatch(exact)).isEqualTo(-1);
    assertThat(again.packed()).isEqualTo(once.packed());
    assertThat(again.scales()).isEqualTo(once.scales());
  }

  @Test
  void theBytesAreAsDocumented() {
    TensorSpec tensor = tensor("weight", 5, 2);
    MemorySegment region = region(tensor);
    float[] first = {7, -7, 0, 1, -1};
    for (int row = 0; row < 5; row++) {
      region.setAtIndex(FLOAT, tensor.offset() + 2L * row, first[row]);
      region.setAtIndex(FLOAT, tensor.offset() + 2L * row + 1, row == 1 ? 3.5f : 0);
    }
    FourBit matrix = FourBit.of(region, tensor);
    byte[] packed = new byte[6];
    matrix.packed().get(packed);
    assertThat(FourBit.packedShape(tensor)).containsExactly(2, 3);
    assertThat(FourBit.scaleShape(tensor)).containsExactly(2, 1);
    assertThat(packed)
        .containsExactly(0x1F, (byte) 0x98, (byte) 0x87, (byte) 0xF8, (byte) 0x88, (byte) 0x88);
    assertThat(matrix.scales().order(ByteOrder.LITTLE_ENDIAN).getShort(0))
        .isEqualTo(Float.floatToFloat16(1f));
    assertThat(matrix.scales().order(ByteOrder.LITTLE_ENDIAN).getShort(2))
        .isEqualTo(Float.floatToFloat16(0.5f));
  }

  @Test
  void aGroupOfZerosHasTheScaleZero() {
    TensorSpec tensor = tensor("weight", 40, 1);
    MemorySegment region = region(tensor);
    region.setAtIndex(FLOAT, tensor.offset() + 39, -2f);
    FourBit matrix = FourBit.of(region, tensor);
    assertThat(scale(matrix, tensor, 0, 0)).isZero();
    assertThat(restored(matrix, tensor).getAtIndex(FLOAT, tensor.offset() + 3)).isZero();
    assertThat(restored(matrix, tensor).getAtIndex(FLOAT, tensor.offset() + 39))
        .isEqualTo(-2f, org.assertj.core.api.Assertions.within(2e-3f));
  }

  @Test
  void whatHasNoScaleIsRefusedAndNamed() {
    TensorSpec tensor = tensor("blocks.1.ffn.up", 40, 2);
    MemorySegment region = region(tensor);
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 1e6f}) {
      region.setAtIndex(FLOAT, tensor.offset() + 71, bad);
      assertThatThrownBy(() -> FourBit.of(region, tensor))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("blocks.1.ffn.up")
          .hasMessageContaining("element 71");
    }
    region.setAtIndex(FLOAT, tensor.offset() + 71, 458_528f);
    assertThat(scale(FourBit.of(region, tensor), tensor, 1, 1)).isEqualTo(65504f);
  }

  @Test
  void bytesOfAnotherLengthAreRefused() {
    TensorSpec tensor = tensor("weight", 40, 1);
    FourBit matrix = FourBit.of(random(tensor, 1), tensor);
    assertThatThrownBy(() -> FourBit.of(tensor, matrix.packed().limit(19), matrix.scales()))
        .hasMessage("weight has 19 bytes of values and 4 of scales where 20 and 4 are needed");
  }
}
