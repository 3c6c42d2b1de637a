package dev.redoubt.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameHeaderTest {

  @Test
  void every_field_of_a_header_survives_the_wire() {
    double infinite = Double.NEGATIVE_INFINITY;
    for (FrameHeader odd :
        List.of(
            new FrameHeader.Gradient(
                Long.MAX_VALUE, -2, -3, 1 << 30, -5, -7, 1 << 29, -11, infinite),
            new FrameHeader.Piece(-3, Long.MIN_VALUE, 3, -1, Integer.MAX_VALUE),
            new FrameHeader.Unknown(7, 8, 0x5EED))) {
      MemorySegment wire = Arena.ofAuto().allocate(FrameHeader.BYTES).fill((byte) 0x7F);
      odd.write(wire);
      assertThat(FrameHeader.read(wire)).isEqualTo(odd);
    }
  }

  @Test
  void a_sum_is_complete_with_its_last_part() {
    assertThat(new FrameHeader.Gradient(3, 15, 4, 8, 1, 2, 3, 0, 0).isLast()).isTrue();
    assertThat(new FrameHeader.Gradient(3, 15, 4, 8, 1, 1, 3, 0, 0).isLast()).isFalse();
  }
}
