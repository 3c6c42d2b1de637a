package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class BaseTest {

  @Test
  void windowsMoveWithTheirBase() {
    try (Arena arena = Arena.ofConfined()) {
      Base base = new Base(6);
      Matrix window = Matrix.of(base, 2, 2, 2).columns(1, 1);
      MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 0, 1, 2, 3, 4, 5);
      MemorySegment two = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 10, 11, 12, 13, 14, 15, 16);
      base.bind(one);
      assertThat(window.get(1, 0)).isEqualTo(5);
      base.bind(two);
      assertThat(window.get(1, 0)).isEqualTo(15);
      assertThat(window.get(0, 0)).isEqualTo(13);
    }
  }

  @Test
  void noWindowIsReadBeforeItsBaseIsBoundOrAfterItsArenaIsClosed() {
    Base base = new Base(4);
    Matrix window = Matrix.of(base, 0, 2, 2);
    assertThatThrownBy(() -> window.get(0, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a base of 4 floats is not bound to memory");
    try (Arena arena = Arena.ofConfined()) {
      base.bind(arena.allocate(16));
    }
    assertThatThrownBy(() -> window.get(0, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the arena of 4 floats is closed");
  }

  @Test
  void segmentsThatAreTooSmallOrOnTheHeapAreRefused() {
    try (Arena arena = Arena.ofConfined()) {
      Base base = new Base(4);
      assertThatThrownBy(() -> base.bind(arena.allocate(15)))
          .hasMessage("a segment of 15 bytes where 16 are needed");
      assertThatThrownBy(() -> base.bind(MemorySegment.ofArray(new float[4])))
          .hasMessageContaining("native memory");
      assertThatThrownBy(() -> Matrix.of(base, 1, 2, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> new Base(-1)).hasMessage("a base of -1 floats");
    }
  }
}
