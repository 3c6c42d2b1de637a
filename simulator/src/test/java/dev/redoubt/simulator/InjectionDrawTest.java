package dev.redoubt.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Site;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What is drawn depends on the seed and the index, and reaches everything. */
class InjectionDrawTest {

  private static final ParameterLayout PICO = ParameterLayout.of(ModelConfig.preset("pico"));

  private static InjectionDraw draw(long seed) {
    return new InjectionDraw(seed, Arrays.asList(Site.values()), PICO, 3, 3, 6);
  }

  private static List<BitFlip> flips(long seed) {
    return LongStream.range(0, 2000).mapToObj(draw(seed)::flip).toList();
  }

  @Test
  void theOrderOfAskingChangesNothing() {
    List<BitFlip> backwards =
        new ArrayList<>(
            LongStream.range(0, 2000).map(i -> 1999 - i).mapToObj(draw(5)::flip).toList());
    Collections.reverse(backwards);
    assertThat(backwards).isEqualTo(flips(5)).isNotEqualTo(flips(6));
  }

  @Test
  void everySiteBitStepVictimAndTensorIsReached() {
    List<BitFlip> flips = flips(5);
    assertThat(flips).filteredOn(flip -> flip.site() == Site.STORED_COPY).hasSize(400);
    assertThat(flips.stream().map(BitFlip::bit).distinct()).hasSize(32);
    assertThat(flips.stream().map(flip -> flip.when().step()).distinct())
        .containsExactlyInAnyOrder(3L, 4L, 5L, 6L);
    assertThat(flips.stream().map(BitFlip::target).distinct()).hasSize(3);
    assertThat(flips).allMatch(flip -> flip.element() < PICO.tensor(flip.tensor()).size());
  }

  @Test
  void aStoredCopyNeedsAnOlderVersion() {
    assertThatThrownBy(() -> new InjectionDraw(1, List.of(Site.STORED_COPY), PICO, 3, 2, 6))
        .hasMessage(
            "nothing to draw from [STORED_COPY] in 3 pods, steps 2 to 6; the first step is at least 3");
  }
}
