package dev.redoubt.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StateDifferenceTest {

  private static final ParameterLayout LAYOUT = ParameterLayout.of(ModelConfig.preset("pico"));
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private MemorySegment memory(long bytes) {
    MemorySegment memory = arena.allocate(bytes, 64);
    Random random = new Random(1);
    for (long at = 0; at < bytes; at += Float.BYTES) {
      memory.set(ValueLayout.JAVA_FLOAT, at, random.nextFloat());
    }
    return memory;
  }

  private static void flip(MemorySegment memory, long region, String tensor, long index, int bit) {
    long at = region + (LAYOUT.tensor(tensor).offset() + index) * Float.BYTES;
    memory.set(ValueLayout.JAVA_INT, at, memory.get(ValueLayout.JAVA_INT, at) ^ 1 << bit);
  }

  @Test
  void aFlipInAnyRegionAndTensorIsNamed() {
    MemorySegment clean = memory(LAYOUT.stateBytes());
    MemorySegment found = memory(LAYOUT.stateBytes());
    assertThat(StateDifference.ofStates(LAYOUT, clean, found)).isEmpty();
    List<String> regions = List.of("parameters", "first-moments", "second-moments");
    Random random = new Random(2);
    for (int region = 0; region < regions.size(); region++) {
      for (TensorSpec tensor : LAYOUT.tensors()) {
        long offset = region * LAYOUT.regionBytes();
        int index = random.nextInt(Math.toIntExact(tensor.size()));
        int bit = random.nextInt(32);
        flip(found, offset, tensor.name(), index, bit);
        StateDifference only = StateDifference.ofStates(LAYOUT, clean, found).getFirst();
        assertThat(only.region()).isEqualTo(regions.get(region));
        assertThat(only.tensor()).isEqualTo(tensor.name());
        assertThat(only.difference().count()).isOne();
        assertThat(only.difference().first().row()).isEqualTo(index / tensor.columns());
        assertThat(only.difference().first().column()).isEqualTo(index % tensor.columns());
        assertThat(only.difference().first().bits()).containsExactly(bit);
        flip(found, offset, tensor.name(), index, bit);
      }
    }
  }

  @Test
  void severalFlipsInAGradientAreNamedInOrder() {
    MemorySegment clean = memory(LAYOUT.regionBytes());
    MemorySegment found = memory(LAYOUT.regionBytes());
    flip(found, 0, "head", 7, 31);
    flip(found, 0, "blocks.0.ffn.up", 17, 0);
    flip(found, 0, "blocks.0.ffn.up", 18, 0);
    List<StateDifference> all = StateDifference.ofGradients(LAYOUT, clean, found);
    assertThat(all).extracting(StateDifference::tensor).containsExactly("blocks.0.ffn.up", "head");
    assertThat(all.getFirst().difference().count()).isEqualTo(2);
    assertThat(all.getLast().difference().first().bits()).containsExactly(31);
    assertThat(all.getLast().difference().largestDeviation()).isEqualTo(2);
  }
}
