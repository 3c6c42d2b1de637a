package dev.redoubt.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameBuffersTest {

  private final FrameBuffers buffers = new FrameBuffers();

  @ParameterizedTest
  @ValueSource(longs = {70_000, 1 << 20, (1 << 20) + 1, (1 << 20) + 64, 7_340_096, (1 << 23) - 1})
  void aBufferIsAnEighthLargerAtMost(long bytes) {
    MemorySegment buffer = buffers.take(bytes);
    assertThat(buffer.byteSize()).isBetween(bytes, bytes + bytes / 8 + 1);
    assertThat(buffer.address() % 64).isZero();
    assertThat(buffers.bytes()).isEqualTo(buffer.byteSize());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 64, 4095, 4096})
  void noneIsSmallerThanAPage(long bytes) {
    assertThat(buffers.take(bytes).byteSize()).isEqualTo(4096);
  }

  @Test
  void whatWasGivenBackIsTakenAgain() {
    MemorySegment first = buffers.take(100_000);
    MemorySegment other = buffers.take(100_000);
    assertThat(other.address()).isNotEqualTo(first.address());
    buffers.giveBack(first);
    assertThat(buffers.take(100_000)).isEqualTo(first);
    assertThat(buffers.bytes()).isEqualTo(2 * first.byteSize());
  }
}
