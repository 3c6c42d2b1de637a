package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.program.Shard;
import dev.redoubt.trainer.program.Split;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A rank's part of the model: what it has, and that the parts are the whole. */
class ShardCutTest {

  /** Quarters of five, three, seven and sixty-five. */
  static final ModelConfig ODD = new ModelConfig("odd", 2, 20, 4, 12, 28, 260, 64);

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

  private final Arena arena = Arena.ofConfined();
  private final ParameterLayout whole = ParameterLayout.of(ODD);

  @AfterEach
  void close() {
    arena.close();
  }

  private MemorySegment dirty(long bytes) {
    return arena.allocate(bytes, 64).fill((byte) 0x5A);
  }

  /** Any bits, NaN as well, where a tensor is; zeros in the gaps. */
  private MemorySegment randomState() {
    MemorySegment state = arena.allocate(whole.stateBytes(), 64);
    Random random = new Random(3);
    for (int region = 0; region < ParameterLayout.REGIONS; region++) {
      for (TensorSpec tensor : whole.tensors()) {
        for (long i = 0; i < tensor.size(); i++) {
          long at = region * whole.regionFloats() + tensor.offset() + i;
          state.setAtIndex(INT, at, random.nextInt());
        }
      }
    }
    return state;
  }

  private List<MemorySegment> parts(ShardCut cut, MemorySegment state) {
    List<MemorySegment> parts = new ArrayList<>();
    for (int rank = 0; rank < cut.count(); rank++) {
      MemorySegment part = dirty(cut.part(rank).stateBytes());
      cut.cutState(state, rank, part);
      parts.add(part);
    }
    return parts;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void thePartsOfAStateAreTheWholeAgain(int count) {
    ShardCut cut = new ShardCut(ODD, count);
    MemorySegment state = randomState();
    MemorySegment again = dirty(whole.stateBytes());
    cut.assembleState(parts(cut, state), again);
    assertThat(again.mismatch(state)).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void thePartsOfAGradientAreTheWholeAgain(int count) {
    ShardCut cut = new ShardCut(ODD, count);
    MemorySegment gradient = randomState().asSlice(0, whole.regionBytes());
    List<MemorySegment> parts = new ArrayList<>();
    for (int rank = 0; rank < count; rank++) {
      MemorySegment part = dirty(cut.part(rank).regionBytes());
      cut.cutGradient(gradient, rank, part);
      parts.add(part);
    }
    MemorySegment again = dirty(whole.regionBytes());
    cut.assembleGradient(parts, again);
    assertThat(again.mismatch(gradient)).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void eachRankHasConsecutiveRowsOrColumns(int count) {
    ShardCut cut = new ShardCut(ODD, count);
    MemorySegment state = randomState();
    List<MemorySegment> parts = parts(cut, state);
    for (int rank = 0; rank < count; rank++) {
      for (TensorSpec tensor : cut.part(rank).tensors()) {
        TensorSpec all = whole.tensor(tensor.name());
        int rowFrom = tensor.split() == Split.ROWS ? rank * (all.rows() / count) : 0;
        int columnFrom = tensor.split() == Split.COLUMNS ? rank * (all.columns() / count) : 0;
        for (int row = 0; row < tensor.rows(); row++) {
          for (int column = 0; column < tensor.columns(); column++) {
            long here = tensor.offset() + (long) row * tensor.columns() + column;
            long there =
                all.offset() + (long) (rowFrom + row) * all.columns() + columnFrom + column;
            assertThat(parts.get(rank).getAtIndex(INT, here))
                .as("rank %d %s [%d, %d]", rank, tensor.name(), row, column)
                .isEqualTo(state.getAtIndex(INT, there));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void thePartsAreSmallerByWhatIsSplit(int count) {
    long gains =
        whole.tensors().stream().filter(TensorSpec::isGain).mapToLong(TensorSpec::size).sum();
    long sum = 0;
    for (Shard shard : Shard.all(count)) {
      ParameterLayout part = ParameterLayout.of(ODD, shard);
      sum += part.parameterCount();
      for (TensorSpec tensor : part.tensors()) {
        TensorSpec all = whole.tensor(tensor.name());
        assertThat(tensor.wholeRows()).isEqualTo(all.rows());
        assertThat(tensor.wholeColumns()).isEqualTo(all.columns());
        assertThat(tensor.size())
            .as(tensor.name())
            .isEqualTo(tensor.isGain() ? all.size() : all.size() / count);
      }
    }
    assertThat(sum).isEqualTo(whole.parameterCount() + (count - 1) * gains);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void aRankDrawsItsPartOfVersionZero(int count) {
    MemorySegment state = arena.allocate(whole.stateBytes(), 64);
    new Initialiser(ODD, 17).write(whole, state);
    ShardCut cut = new ShardCut(ODD, count);
    List<MemorySegment> parts = parts(cut, state);
    for (int rank = 0; rank < count; rank++) {
      MemorySegment drawn = arena.allocate(cut.part(rank).stateBytes(), 64);
      new Initialiser(ODD, 17).write(cut.part(rank), drawn);
      assertThat(BlockDigests.read(drawn)).isEqualTo(BlockDigests.read(parts.get(rank)));
    }
  }

  @Test
  void ranksThatDifferInWhatAllHaveAreNamed() {
    ShardCut cut = new ShardCut(ODD, 4);
    List<MemorySegment> parts = parts(cut, randomState());
    TensorSpec gain = cut.part(2).tensor("blocks.1.ffn.norm");
    long at = cut.part(2).regionFloats() + gain.offset() + 7;
    int right = parts.get(2).getAtIndex(INT, at);
    parts.get(2).setAtIndex(INT, at, right ^ 1);
    assertThatThrownBy(() -> cut.assembleState(parts, dirty(whole.stateBytes())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "every rank has blocks.1.ffn.norm, but element 7 of it is %08x in rank 0 and %08x in"
                + " rank 2",
            right, right ^ 1);
  }

  @Test
  void wrongNumbersAndSizesAreRefused() {
    assertThatThrownBy(() -> new ShardCut(ODD, 3)).hasMessage("a pod has 1, 2 or 4 ranks, not 3");
    assertThatThrownBy(() -> new ShardCut(ODD, 0)).hasMessage("a pod has 1, 2 or 4 ranks, not 0");
    ShardCut cut = new ShardCut(ODD, 2);
    MemorySegment state = dirty(whole.stateBytes());
    MemorySegment small = dirty(64);
    assertThatThrownBy(() -> cut.cutState(state, 1, small))
        .hasMessageStartingWith("state of rank 1 has 64 bytes where ");
    assertThatThrownBy(() -> cut.assembleState(List.of(small), state))
        .hasMessage("the parts of 2 ranks are needed, not of 1");
    assertThatThrownBy(() -> cut.assembleGradient(List.of(small, small), state))
        .hasMessageStartingWith("gradient of rank 0 has 64 bytes where ");
  }
}
