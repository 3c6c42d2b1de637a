package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.digest.BlockDigest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {

  @Test
  void anUnknownPresetNamesTheKnownOnes() {
    assertThatThrownBy(() -> ModelConfig.preset("mega"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no model is called 'mega'; known are pico, nano, pro, ultra");
  }

  @Test
  void presetsHaveTheirSizes() {
    assertThat(ModelConfig.presets()).containsExactly("pico", "nano", "pro", "ultra");
    assertThat(count("nano")).isBetween(950_000L, 1_050_000L);
    assertThat(count("pico")).isBetween(30_000L, 50_000L);
    assertThat(count("pro")).isBetween(9_500_000L, 11_000_000L);
    assertThat(count("ultra")).isBetween(95_000_000L, 110_000_000L);
  }

  private static long count(String preset) {
    return ParameterLayout.of(ModelConfig.preset(preset)).parameterCount();
  }

  @Test
  void wrongDimensionsAreNamed() {
    assertThatThrownBy(() -> new ModelConfig("m", 0, 8, 4, 4, 8, 256, 16))
        .hasMessage("layers must be positive, not 0");
    assertThatThrownBy(() -> new ModelConfig("m", 1, 10, 4, 4, 8, 256, 16))
        .hasMessageContaining("width must be a multiple of 4");
    assertThatThrownBy(() -> new ModelConfig("m", 1, 8, 6, 4, 8, 256, 16))
        .hasMessageContaining("heads must be a multiple of 4");
    assertThatThrownBy(() -> new ModelConfig("m", 1, 8, 4, 5, 8, 256, 16))
        .hasMessageContaining("headSize must be a multiple of 4");
    assertThatThrownBy(() -> TrainConfig.defaults(1, 0, 8, 4, 64))
        .hasMessage("steps must be positive, not 0");
    assertThatThrownBy(() -> new TrainConfig(1, 1, 1, 1, 1, Double.NaN, 1, 0, 0.9, 0.9, 1e-8, 1))
        .hasMessageContaining("learningRate must be positive");
    assertThatThrownBy(() -> new TrainConfig(1, 1, 1, 1, 1, 1e-3, 1, 0, 0.9, 1, 1e-8, 1))
        .hasMessageContaining("beta2 must be in [0, 1)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pico", "nano"})
  void tensorsFollowEachOtherWithoutOverlap(String preset) {
    ParameterLayout layout = ParameterLayout.of(ModelConfig.preset(preset));
    long end = 0;
    for (TensorSpec tensor : layout.tensors()) {
      assertThat(tensor.offset()).isGreaterThanOrEqualTo(end).isLessThan(end + 16);
      end = tensor.offset() + tensor.size();
    }
    assertThat(layout.regionFloats()).isGreaterThanOrEqualTo(end);
    assertThat(layout.regionBytes() % BlockDigest.BLOCK_BYTES).isZero();
    assertThat(layout.stateBytes()).isEqualTo(3 * layout.regionBytes());
    assertThat(layout.firstMomentsOffset()).isEqualTo(layout.regionBytes());
    assertThat(layout.secondMomentsOffset()).isEqualTo(2 * layout.regionBytes());
  }

  @Test
  void tensorsHaveStableNames() {
    ParameterLayout layout = ParameterLayout.of(new ModelConfig("m", 1, 8, 4, 4, 12, 256, 16));
    List<String> names = layout.tensors().stream().map(TensorSpec::name).toList();
    assertThat(names)
        .containsExactly(
            "embedding",
            "blocks.0.attention.norm",
            "blocks.0.attention.query",
            "blocks.0.attention.key",
            "blocks.0.attention.value",
            "blocks.0.attention.output",
            "blocks.0.ffn.norm",
            "blocks.0.ffn.gate",
            "blocks.0.ffn.up",
            "blocks.0.ffn.down",
            "final.norm",
            "head");
    assertThat(layout.tensor("blocks.0.ffn.down").rows()).isEqualTo(12);
    assertThatThrownBy(() -> layout.tensor("blocks.0.ffn.dwn"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("no tensor is called 'blocks.0.ffn.dwn'; near it are")
        .hasMessageContaining("blocks.0.ffn.down");
  }
}
