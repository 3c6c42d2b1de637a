package dev.redoubt.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BitFlipperTest {

  private static final Target POD_0 = new Target(0, 0);

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void giveBack() {
    arena.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 22, 23, 30, 31})
  void one_bit_changes_and_nothing_else(int bit) {
    MemorySegment region = ones(1000);
    MemorySegment pristine = arena.allocate(region.byteSize(), 8).copyFrom(region);
    Strike strike = BitFlipper.flip(region, 17 * 4, flip(bit), "node-3", 30);

    int one = Float.floatToRawIntBits(1);
    assertThat(strike.bits()).isEqualTo(new Strike.Change<>(one, one ^ (1 << bit)));
    assertThat(region.mismatch(pristine)).isEqualTo(17 * 4 + bit / 8);
    region.setAtIndex(ValueLayout.JAVA_INT, 17, one);
    assertThat(region.mismatch(pristine)).isEqualTo(-1);
  }

  @Test
  void the_strike_says_what_happened_where() {
    Strike strike = BitFlipper.flip(ones(32), 17 * 4, flip(31), "node-3", 30);
    assertThat(strike.faultId()).isEqualTo("flip");
    assertThat(strike.kind()).isEqualTo("bit-flip");
    assertThat(strike.node()).isEqualTo("node-3");
    assertThat(strike.step()).isEqualTo(30);
    assertThat(strike.evidence())
        .isEqualTo(
            "parameters of blocks.0.ffn.up, element 17: bit 31 flipped, 3f800000 (1.0) became"
                + " bf800000 (-1.0)");
  }

  @Test
  void the_digests_are_those_of_the_block_around_the_element() {
    MemorySegment region = ones(3 * BlockDigest.BLOCK_BYTES / Float.BYTES);
    BlockDigests before = BlockDigests.read(region);
    Strike strike = BitFlipper.flip(region, BlockDigest.BLOCK_BYTES + 8L, flip(3), "n", 1);
    assertThat(strike.digests())
        .isEqualTo(
            new Strike.Change<>(
                new Digest(before.block(1)), new Digest(BlockDigests.read(region).block(1))));
  }

  @Test
  void the_last_of_an_odd_number_of_floats_can_be_struck() {
    Strike strike = BitFlipper.flip(ones(7), 6 * 4, flip(0), "n", 1);
    assertThat(strike.digests()).isNotNull();
  }

  @Test
  void what_cannot_be_struck_is_refused() {
    MemorySegment region = ones(8);
    assertThatThrownBy(() -> BitFlipper.flip(region, 32, flip(0), "n", 1))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("byte 32 of a region of 32");
    assertThatThrownBy(() -> BitFlipper.flip(region, 2, flip(0), "n", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no float begins at byte 2");
    assertThatThrownBy(() -> BitFlipper.flip(region.asReadOnly(), 0, flip(0), "n", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("a flip needs native, writable memory");
  }

  @Test
  void a_strike_without_evidence_or_change_is_not_a_strike() {
    Crash crash = new Crash("crash", new When(15, Phase.COMPUTE), POD_0);
    assertThatThrownBy(() -> Strike.of(crash, "node-1", 15, " "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a strike of 'crash' needs evidence");
    assertThatThrownBy(() -> new Strike.Change<>(4, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("nothing changed: still 4");
  }

  private MemorySegment ones(int floats) {
    MemorySegment region = arena.allocate(floats * 4L, 8);
    for (int i = 0; i < floats; i++) {
      region.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
    }
    return region;
  }

  private static BitFlip flip(int bit) {
    When when = new When(30, Phase.COMPUTE);
    return BitFlip.inState("flip", when, POD_0, Site.PARAMETERS, "blocks.0.ffn.up", 17, bit);
  }
}
