package dev.redoubt.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What each pattern does to a tensor of a hundred floats, cell by cell. */
class CorruptorTest {

  private static final int SIZE = 100;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory = arena.allocate(SIZE * 4L + 8, 4);
  private final Cells cells = Cells.of(memory, 4, SIZE);
  private final Cells older = Cells.of(arena.allocate(SIZE * 4L, 4), 0, SIZE);

  CorruptorTest() {
    IntStream.range(0, SIZE).forEach(i -> cells.set(i, 1000 + i));
    IntStream.range(0, SIZE).forEach(i -> older.set(i, 5000 + i));
  }

  @AfterEach
  void close() {
    assertThat(memory.get(ValueLayout.JAVA_INT, 0)).as("before the tensor").isZero();
    assertThat(memory.get(ValueLayout.JAVA_INT, SIZE * 4L + 4)).as("behind it").isZero();
    arena.close();
  }

  private Optional<Strike> corrupt(long element, Pattern pattern) {
    Corruption fault =
        new Corruption(
            "f",
            new When(3, Phase.COMPUTE),
            new Target(0, 0),
            Place.of(Site.PARAMETERS, "head", element),
            pattern,
            Recurrence.ONCE,
            false);
    return Corruptor.corrupt(cells, older, fault, "w1", 3);
  }

  private int[] changed() {
    return IntStream.range(0, SIZE).filter(i -> cells.get(i) != 1000 + i).toArray();
  }

  @Test
  void bits() {
    Strike strike = corrupt(7, new Pattern.Bits(0b101)).orElseThrow();
    assertThat(changed()).containsExactly(7);
    assertThat(cells.get(7)).isEqualTo(1007 ^ 0b101);
    assertThat(strike.bits()).isEqualTo(new Strike.Change<>(1007, 1007 ^ 0b101));
    assertThat(strike.evidence())
        .startsWith("parameters of head: bits changed 1 of 1 cells, the first of them element 7, ");
  }

  @Test
  void stride() {
    assertThat(corrupt(3, new Pattern.Stride(1 << 20, 16, 4))).isPresent();
    assertThat(changed()).containsExactly(3, 19, 35, 51);
    assertThat(cells.get(51)).isEqualTo(1051 ^ 1 << 20);
  }

  @Test
  void burst() {
    Pattern half = new Pattern.Burst(80, 0.5, 11);
    assertThat(corrupt(10, half)).isPresent();
    int[] first = changed();
    assertThat(first.length).isBetween(20, 60);
    assertThat(first[0]).isGreaterThanOrEqualTo(10);
    assertThat(first[first.length - 1]).isLessThan(90);
    assertThat(corrupt(10, half)).as("the same bits are flipped back").isPresent();
    assertThat(changed()).isEmpty();
  }

  @Test
  void nulled() {
    assertThat(corrupt(90, new Pattern.Nulled(10))).isPresent();
    assertThat(IntStream.range(90, 100).map(cells::get)).containsOnly(0);
    assertThat(changed()).hasSize(10);
    assertThat(corrupt(90, new Pattern.Nulled(10))).as("nothing changes any more").isEmpty();
  }

  @Test
  void wrongOffset() {
    assertThat(corrupt(95, new Pattern.WrongOffset(3, 5))).isPresent();
    assertThat(IntStream.range(95, 100).map(cells::get))
        .containsExactly(1098, 1099, 1000, 1001, 1002);
  }

  @Test
  void staleRead() {
    assertThat(corrupt(40, new Pattern.StaleRead(2))).isPresent();
    assertThat(changed()).containsExactly(40, 41);
    assertThat(cells.get(41)).isEqualTo(5041);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> corrupt(98, new Pattern.Nulled(3)))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("fault 'f': null reaches over elements 98 to 100 of 100");
    assertThat(changed()).isEmpty();
  }
}
