package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.ProductCheck;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.OutputCells;
import dev.redoubt.trainer.program.Probe;
import dev.redoubt.trainer.program.ProductAlarm;
import dev.redoubt.trainer.program.ProductChecks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The products of a real gradient: checks change no bit, and tell of the one that is wrong. */
class ProductChecksTest {

  private static final ModelConfig PICO = ModelConfig.preset("pico");
  private static final TrainConfig TRAIN = TrainConfig.defaults(9, 3, 2, 2, 80);

  private final Arena arena = Arena.ofConfined();
  private final List<ProductAlarm> alarms = new ArrayList<>();
  private Trainer trainer;
  private MemorySegment state;
  private MemorySegment gradient;

  @BeforeEach
  void open() throws Exception {
    trainer = new Trainer(PICO, TRAIN, Bits.data(TRAIN));
    state = arena.allocate(trainer.layout().stateBytes(), 64);
    gradient = arena.allocate(trainer.layout().regionBytes(), 64);
    trainer.initialise(state);
  }

  @AfterEach
  void close() {
    trainer.close();
    arena.close();
  }

  private BlockDigests gradient(int microbatch) {
    double ignored = trainer.gradient(state, 1, microbatch, gradient);
    return BlockDigests.read(gradient);
  }

  private ProductCheck checked() {
    return Objects.requireNonNull(trainer.checked());
  }

  @ParameterizedTest
  @EnumSource(ProductChecks.class)
  void checksChangeNoBitAndFindNothingWrongWithARightGradient(ProductChecks which) {
    BlockDigests wanted = gradient(1);
    trainer.check(which, alarms::add);
    assertThat(gradient(1)).isEqualTo(wanted);
    assertThat(alarms).isEmpty();
    if (which == ProductChecks.ALL) {
      long columns =
          trainer.program().instructions().stream()
              .filter(instruction -> instruction.factors() != null)
              .mapToLong(instruction -> instruction.outputs().getFirst().columns())
              .sum();
      assertThat(checked().columns()).isEqualTo(columns);
      assertThat(checked().unchecked()).isZero();
      assertThat(checked().suspicious()).isLessThan(columns / 100);
    }
  }

  /** Forward, backward, of a weight, and one that continues a sum over heads. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "blocks.0.ffn.up",
        "blocks.1.attention.scores",
        "blocks.0.ffn.down.gradient.weight",
        "blocks.1.attention.scores.gradient.key"
      })
  void aResultThatIsChangedAsIfItWereComputedIsTold(String product) {
    trainer.check(ProductChecks.ALL, alarms::add);
    Flip flip = new Flip(product, true);
    trainer.probe(flip);
    BlockDigests ignored = gradient(1);
    assertThat(flip.done).as("%s is a product of %s", product, names()).isNotEmpty();
    assertThat(alarms).hasSize(1);
    ProductAlarm alarm = alarms.getFirst();
    assertThat(alarm.product()).isEqualTo(flip.done);
    assertThat(alarm.step()).isEqualTo(1);
    assertThat(alarm.microbatch()).isEqualTo(1);
    assertThat(alarm.wrong()).hasSize(1);
    ProductCheck.Wrong wrong = alarm.wrong().getFirst();
    assertThat(wrong.row()).isEqualTo(1);
    assertThat(wrong.column()).isEqualTo(2);
    assertThat(wrong.found() ^ wrong.wanted()).isEqualTo(1 << 30);
    assertThat(alarm.toString()).contains(product, "microbatch 1", "row 1, column 2");
  }

  /** The next gradient is checked again. */
  @Test
  void whatChangesInMemoryAfterTheCheckIsNotTheProductsFault() {
    trainer.check(ProductChecks.ALL, alarms::add);
    BlockDigests right = gradient(0);
    trainer.probe(new Flip("blocks.0.ffn.up", false));
    assertThat(gradient(0)).isNotEqualTo(right);
    assertThat(alarms).isEmpty();
    trainer.probe(new Flip("blocks.0.ffn.up", true));
    for (int again = 1; again <= 2; again++) {
      BlockDigests ignored = gradient(0);
      assertThat(alarms).hasSize(again);
    }
    trainer.check(ProductChecks.NONE, alarms::add);
    BlockDigests unseen = gradient(0);
    assertThat(unseen).isNotEqualTo(right);
    assertThat(alarms).hasSize(2);
  }

  @Test
  void largeProductsAreThoseWhoseCheckIsCheap() {
    ProductChecks large = ProductChecks.LARGE;
    assertThat(large.covers(512, 384, 512, Into.OVERWRITE)).isTrue();
    assertThat(large.covers(512, 384, 512, Into.CONTINUE)).isTrue();
    assertThat(large.covers(512, 64, 384, Into.OVERWRITE)).isFalse();
    assertThat(large.covers(128, 64, 64, Into.CONTINUE)).isFalse();
    assertThat(large.covers(192, 192, 192, Into.OVERWRITE)).isTrue();
    assertThat(large.covers(192, 192, 192, Into.CONTINUE)).isFalse();
    assertThat(ProductChecks.ALL.covers(1, 1, 1, Into.CONTINUE)).isTrue();
    assertThat(ProductChecks.NONE.covers(4096, 4096, 4096, Into.OVERWRITE)).isFalse();
  }

  private List<String> names() {
    return trainer.program().instructions().stream()
        .filter(instruction -> instruction.factors() != null)
        .map(Instruction::name)
        .distinct()
        .toList();
  }

  /** Flips bit 30 of row 1, column 2 of the first tile of a product that has it. */
  private static final class Flip implements Probe {

    private final String name;
    private final boolean computed;
    private String done = "";

    Flip(String name, boolean computed) {
      this.name = name;
      this.computed = computed;
    }

    @Override
    public void computed(long step, int microbatch, Instruction instruction) {
      if (computed) {
        flip(instruction);
      }
    }

    @Override
    public void after(long step, int microbatch, Instruction instruction) {
      if (!computed) {
        flip(instruction);
      }
    }

    private void flip(Instruction instruction) {
      if (instruction.name().equals(name)
          && (done.isEmpty() || done.equals(instruction.toString()))) {
        OutputCells cells = OutputCells.of(instruction);
        long at = cells.columns() + 2L;
        cells.set(at, cells.get(at) ^ (1 << 30));
        done = instruction.toString();
      }
    }
  }
}
