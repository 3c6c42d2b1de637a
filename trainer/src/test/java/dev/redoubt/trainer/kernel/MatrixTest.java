package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class MatrixTest {

  @Test
  void noWindowReachesBeyondItsSegment() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(48);
      assertThat(Matrix.of(segment, 2, 2, 5).columns()).isEqualTo(5);
      assertThatThrownBy(() -> Matrix.of(segment, 3, 2, 5))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessage("2 x 5 floats from float 3 of a segment of 48 bytes");
      Matrix matrix = Matrix.of(segment, 0, 3, 4);
      assertThatThrownBy(() -> matrix.rows(2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> matrix.columns(-1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> matrix.get(3, 0)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> matrix.columns(0, 2).reshape(2, 3))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void heapSegmentsAreRefused() {
    assertThatThrownBy(() -> Matrix.of(MemorySegment.ofArray(new float[4]), 0, 2, 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everySecondRowIsSeenInPlace() {
    try (Arena arena = Arena.ofConfined()) {
      Matrix matrix = Floats.random(arena, 5, 3, 1);
      Matrix odd = matrix.everyRow(2, 1);
      assertThat(odd.rows()).isEqualTo(2);
      assertThat(odd.get(1, 2)).isEqualTo(matrix.get(3, 2));
      assertThat(matrix.everyRow(2, 0).rows()).isEqualTo(3);
    }
  }

  @Test
  void floatsAreCopiedIntoAPartOfARow() {
    try (Arena arena = Arena.ofConfined()) {
      Matrix from = Floats.random(arena, 1, 7, 1);
      MemorySegment segment = arena.allocate(7 * 4);
      Matrix.of(segment, 0, 1, 7).put(0, 0, segmentOf(arena, from), 0, 7);
      Matrix matrix = Matrix.allocate(arena, 3, 5).columns(1, 4);
      matrix.put(2, 1, segment, 4, 3);
      assertThat(matrix.get(2, 0)).isZero();
      for (int i = 0; i < 3; i++) {
        assertThat(matrix.get(2, 1 + i)).isEqualTo(from.get(0, 4 + i));
      }
      assertThatThrownBy(() -> matrix.put(3, 0, segment, 0, 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> matrix.put(2, 2, segment, 0, 3))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> matrix.put(2, 0, segment, 5, 3))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  private static MemorySegment segmentOf(Arena arena, Matrix row) {
    MemorySegment segment = arena.allocate(row.columns() * 4L);
    for (int i = 0; i < row.columns(); i++) {
      segment.setAtIndex(Memory.FLOAT, i, row.get(0, i));
    }
    return segment;
  }

  @Test
  void aWrongVectorWidthIsNamed() {
    assertThatThrownBy(() -> Memory.species("96"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("redoubt.vector.bits must be 128, 256 or 512, not '96'");
    assertThat(Memory.species("256").vectorBitSize()).isEqualTo(256);
    assertThat(Memory.species(null).vectorBitSize()).isLessThanOrEqualTo(512);
  }
}
