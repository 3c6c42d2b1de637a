package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.node.Partial.Part;
import dev.redoubt.store.Payload;
import dev.redoubt.trainer.Trainer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums in parts, beside the same sums in one. */
class PartialTest {

  private final Arena arena = Arena.ofConfined();
  private final SplittableRandom random = new SplittableRandom(11);

  @AfterEach
  void giveBack() {
    arena.close();
  }

  private MemorySegment gradient(int floats) {
    MemorySegment gradient = arena.allocate((long) floats * Float.BYTES, 64);
    for (int i = 0; i < floats; i++) {
      gradient.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
    }
    return gradient;
  }

  /** The same sum, cut at random places. */
  private Partial cut(MemorySegment gradient, int cuts) {
    long floats = gradient.byteSize() / Float.BYTES;
    List<Long> ends = new ArrayList<>(random.longs(cuts, 0, floats).boxed().sorted().toList());
    ends.add(floats);
    List<Part> parts = new ArrayList<>();
    long from = 0;
    for (long end : ends) {
      MemorySegment bytes = gradient.asSlice(from * Float.BYTES, (end - from) * Float.BYTES);
      parts.add(Part.of(from * Float.BYTES, new Payload(bytes.asReadOnly(), () -> {})));
      from = end;
    }
    return new Partial(parts, 2);
  }

  /** Beyond one piece that is added at a time, too. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 207, 1003, 65_536, 150_001})
  void theSumOfPartsIsTheSumBitForBit(int floats) {
    MemorySegment left = gradient(floats);
    MemorySegment right = gradient(floats);
    MemorySegment wanted = arena.allocate(left.byteSize(), 64).copyFrom(left);
    Trainer.add(wanted, right);

    MemorySegment into = gradient(floats);
    cut(left, 5).plus(cut(right, 3), into);
    assertThat(into.mismatch(wanted)).isEqualTo(-1);

    cut(left, 2).copyTo(into);
    cut(right, 6).addTo(into);
    assertThat(into.mismatch(wanted)).isEqualTo(-1);
  }

  @Test
  void onlyWhatIsInOnePartHasOneBuffer() {
    MemorySegment gradient = gradient(32);
    assertThat(new Partial(gradient, 1).gradient()).isEqualTo(gradient);
    Partial cut = cut(gradient, 1);
    assertThat(cut.isInOnePart()).isFalse();
    assertThatThrownBy(cut::gradient).hasMessage("this sum is in 2 parts");
  }

  @Test
  void eachPartGoesBackToWhereItIsFrom() {
    try (Buffers buffers = new Buffers(64, 1)) {
      new Partial(buffers.take(), 0).giveBack(buffers);
      assertThat(buffers.out()).isZero();

      List<String> back = new ArrayList<>();
      Payload arrived = new Payload(gradient(16), () -> back.add("fabric"));
      arrived.keep();
      new Partial(List.of(Part.of(0, arrived)), 0).giveBack(buffers);
      assertThat(back).containsExactly("fabric");
      assertThat(buffers.out()).isZero();
    }
  }
}
