package dev.redoubt.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.MemoryFault;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Place;
import dev.redoubt.fault.Recurrence;
import dev.redoubt.fault.Site;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TrainConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is drawn depends on the seed and the index, and reaches everything. */
class InjectionDrawTest {

  private static final ParameterLayout PICO = ParameterLayout.of(ModelConfig.preset("pico"));
  private static final Places PLACES =
      Places.of(ModelConfig.preset("pico"), TrainConfig.defaults(1, 9, 6, 1, 16));

  private static InjectionDraw draw(long seed) {
    return new InjectionDraw(
        seed, turns(FaultClass.MEMORY, FaultClass.GRADIENT, FaultClass.UPDATE), PLACES, 3, 3, 6);
  }

  private static List<Stratum> turns(FaultClass... kinds) {
    return Stream.of(kinds)
        .flatMap(kind -> kind.sites().stream().map(site -> new Stratum(kind, site, 0, 31)))
        .toList();
  }

  private static List<BitFlip> flips(long seed) {
    return LongStream.range(0, 2000).mapToObj(draw(seed)::fault).map(BitFlip.class::cast).toList();
  }

  @Test
  void theOrderOfAskingChangesNothing() {
    List<BitFlip> backwards =
        new ArrayList<>(
            LongStream.range(0, 2000)
                .map(i -> 1999 - i)
                .mapToObj(draw(5)::fault)
                .map(BitFlip.class::cast)
                .toList());
    Collections.reverse(backwards);
    assertThat(backwards).isEqualTo(flips(5)).isNotEqualTo(flips(6));
  }

  @Test
  void everySiteBitStepVictimAndTensorIsReached() {
    List<BitFlip> flips = flips(5);
    assertThat(flips).filteredOn(flip -> flip.site() == Site.STORED_COPY).hasSize(250);
    assertThat(flips).filteredOn(flip -> flip.when().phase() == Phase.UPDATE).hasSize(750);
    assertThat(flips.stream().map(BitFlip::bit).distinct()).hasSize(32);
    assertThat(flips.stream().map(flip -> flip.when().step()).distinct())
        .containsExactlyInAnyOrder(3L, 4L, 5L, 6L);
    assertThat(flips.stream().map(BitFlip::target).distinct()).hasSize(3);
    assertThat(flips).allMatch(flip -> flip.element() < PICO.tensor(flip.tensor()).size());
  }

  @Test
  void aRangeOfBitsIsKept() {
    List<Stratum> turns =
        List.of(
            new Stratum(FaultClass.GRADIENT, Site.GRADIENT, 31, 31),
            new Stratum(FaultClass.MEMORY, Site.PARAMETERS, 23, 30));
    InjectionDraw draw = new InjectionDraw(5, turns, PLACES, 3, 1, 6);
    for (long index = 0; index < 200; index++) {
      Stratum stratum = turns.get((int) (index % 2));
      assertThat(draw.stratum(index)).isEqualTo(stratum);
      BitFlip flip = (BitFlip) draw.fault(index);
      assertThat(flip.site()).isEqualTo(stratum.site());
      assertThat(flip.bit()).isBetween(stratum.bitFrom(), stratum.bitTo());
    }
    assertThat(draw.population(turns.getFirst())).isEqualTo(PICO.parameterCount() * 6.0 * 3);
    assertThat(turns)
        .extracting(Stratum::label)
        .containsExactly("gradient/gradient/31-31", "memory/parameters/23-30");
  }

  /** Every class and shape, and each fault fits into its tensor or output. */
  @Test
  void everyShapeOfEveryClassCanBeDrawn() {
    List<Stratum> turns = new ArrayList<>();
    for (FaultClass kind : FaultClass.values()) {
      for (Site site : kind.sites()) {
        for (Shape shape : Shape.values()) {
          try {
            turns.add(new Stratum(kind, site, 0, 31, shape, Recurrence.ONCE));
          } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageMatching("the class (core|attestation) .*|.* older version .*");
          }
        }
      }
    }
    InjectionDraw draw = new InjectionDraw(8, turns, PLACES, 3, 3, 6);
    assertThat(turns).hasSizeGreaterThan(50);
    for (long index = 0; index < 40L * turns.size(); index++) {
      if (draw.fault(index) instanceof MemoryFault fault) {
        long number = fault.place().element() + fault.pattern().reach() - 1;
        assertThat(number).as(fault.toString()).isLessThan(size(fault.place()));
      }
    }
  }

  private static long size(Place place) {
    return switch (place.site()) {
      case ACTIVATIONS, PRODUCT ->
          PLACES.operations().stream()
              .filter(operation -> operation.name().equals(place.name()))
              .mapToLong(Places.Operation::size)
              .max()
              .orElseThrow();
      case TOKENS -> 16;
      case DIGEST, AUDIT -> 1;
      default -> PICO.tensor(place.name()).size();
    };
  }

  @Test
  void aClassStrikesItsSitesOnly() {
    assertThatThrownBy(() -> new Stratum(FaultClass.UPDATE, Site.GRADIENT, 0, 31))
        .hasMessageContaining("the class update strikes");
  }

  @Test
  void aStoredCopyNeedsAnOlderVersion() {
    List<Stratum> stored = List.of(new Stratum(FaultClass.MEMORY, Site.STORED_COPY, 0, 31));
    assertThatThrownBy(() -> new InjectionDraw(1, stored, PLACES, 3, 2, 6))
        .hasMessage(
            "nothing to draw from [memory/stored-copy] in 3 pods, steps 2 to 6; the first step is at least 3");
  }
}
