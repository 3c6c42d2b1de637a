package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.Probe;
import dev.redoubt.trainer.replay.Tracer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two computations are compared by a few numbers, down to the float that differs. */
class TracerTest {

  private static final Probe NONE = (step, microbatch, instruction) -> {};
  private static final Tracer.Leaving LEFT_ALONE = (step, microbatch, gradient) -> {};
  private static final int STEP = 1;
  private static final int MICROBATCH = 1;

  private final Arena arena = Arena.ofConfined();
  private Trainer trainer;
  private MemorySegment state;
  private MemorySegment gradient;

  @BeforeEach
  void open() throws Exception {
    trainer = new Trainer(Bits.MODEL, Bits.TRAIN, Bits.data(Bits.TRAIN));
    state = arena.allocate(trainer.layout().stateBytes(), 64);
    gradient = arena.allocate(trainer.layout().regionBytes(), 64);
    assertThat(trainer.initialise(state)).isNotNull();
  }

  @AfterEach
  void close() {
    trainer.close();
    arena.close();
  }

  private Tracer tracer(Probe under, Tracer.Leaving leaving) {
    return new Tracer(trainer, gradient, under, leaving);
  }

  private static List<Integer> differing(List<Long> one, List<Long> other) {
    assertThat(one).hasSameSizeAs(other);
    return IntStream.range(0, one.size())
        .filter(at -> !one.get(at).equals(other.get(at)))
        .boxed()
        .toList();
  }

  /** In the last row and column of what the instruction at {@code place} writes. */
  private Probe flipAt(int place) {
    Instruction struck = trainer.program().instructions().get(place);
    return (step, microbatch, instruction) -> {
      if (instruction.equals(struck)) {
        Matrix output = instruction.outputs().getFirst();
        int row = output.rows() - 1;
        int column = output.columns() - 1;
        int bits = Float.floatToRawIntBits(output.get(row, column));
        output.set(row, column, Float.intBitsToFloat(bits ^ 1 << 20));
      }
    };
  }

  @Test
  void what_is_computed_twice_has_the_same_chain() {
    List<Long> chain = tracer(NONE, LEFT_ALONE).chain(state, STEP, MICROBATCH);
    assertThat(chain).hasSize(trainer.program().instructions().size() + 2);
    assertThat(tracer(NONE, LEFT_ALONE).chain(state, STEP, MICROBATCH)).isEqualTo(chain);
    assertThat(tracer(NONE, LEFT_ALONE).chain(state, STEP, 0)).isNotEqualTo(chain);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.9})
  void a_flip_is_found_by_place_row_and_column(double where) {
    int place = written((int) (where * trainer.program().instructions().size()));
    Matrix output = trainer.program().instructions().get(place).outputs().getFirst();
    Tracer right = tracer(NONE, LEFT_ALONE);
    Tracer wrong = tracer(flipAt(place), LEFT_ALONE);

    List<Integer> places =
        differing(right.chain(state, STEP, MICROBATCH), wrong.chain(state, STEP, MICROBATCH));
    assertThat(places.getFirst()).isEqualTo(place + 1);

    List<Integer> rows =
        differing(
            right.rows(state, STEP, MICROBATCH, place), wrong.rows(state, STEP, MICROBATCH, place));
    assertThat(rows).contains(output.rows() - 1);

    int row = output.rows() - 1;
    List<Long> wanted = right.row(state, STEP, MICROBATCH, place, row);
    List<Long> found = wrong.row(state, STEP, MICROBATCH, place, row);
    int last = output.columns() - 1;
    assertThat(differing(wanted, found)).containsExactly(last);
    assertThat(wanted.get(last) ^ found.get(last)).isEqualTo(1 << 20);
    assertThat(right.name(place)).startsWith("operation " + place + ", ");
  }

  /** The first instruction from there on that writes something, and writes it alone. */
  private int written(int from) {
    return IntStream.range(from, trainer.program().instructions().size())
        .filter(at -> trainer.program().instructions().get(at).outputs().size() == 1)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void what_changes_after_the_last_operation_is_found_in_the_gradient() {
    long element = 3L * Tracer.GRADIENT_ROW + 5;
    Tracer right = tracer(NONE, LEFT_ALONE);
    Tracer wrong =
        tracer(
            NONE,
            (step, microbatch, made) ->
                made.setAtIndex(
                    ValueLayout.JAVA_INT,
                    element,
                    made.getAtIndex(ValueLayout.JAVA_INT, element) ^ 2));
    int place = right.gradientPlace();

    List<Long> chain = right.chain(state, STEP, MICROBATCH);
    assertThat(differing(chain, wrong.chain(state, STEP, MICROBATCH))).containsExactly(place + 1);
    assertThat(
            differing(
                right.rows(state, STEP, MICROBATCH, place),
                wrong.rows(state, STEP, MICROBATCH, place)))
        .containsExactly(3);
    assertThat(
            differing(
                right.row(state, STEP, MICROBATCH, place, 3),
                wrong.row(state, STEP, MICROBATCH, place, 3)))
        .containsExactly(5);
    assertThat(right.name(place)).isEqualTo("the gradient");
  }

  @Test
  void what_is_not_there_is_refused() {
    Tracer tracer = tracer(NONE, LEFT_ALONE);
    int beyond = tracer.gradientPlace() + 1;
    assertThatThrownBy(() -> tracer.rows(state, STEP, MICROBATCH, beyond))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tracer.row(state, STEP, MICROBATCH, 0, 1 << 20))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no row 1048576");
  }
}
