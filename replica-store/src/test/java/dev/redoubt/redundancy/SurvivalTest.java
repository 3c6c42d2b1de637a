package dev.redoubt.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The chances by formula, against what the placements themselves say of every set of losses. */
class SurvivalTest {

  private static final int WORKERS_MAX = 8;

  static List<Shape> meshes() {
    List<Shape> meshes = new ArrayList<>(Schemes.meshes(WORKERS_MAX));
    meshes.addAll(List.of(new Shape(4, 3, 0), new Shape(10, 1, 0)));
    return meshes;
  }

  @ParameterizedTest
  @MethodSource("meshes")
  void the_formula_counts_what_enumeration_counts(Shape mesh) {
    for (Scheme scheme : Schemes.fitting(mesh)) {
      Placement placement = scheme.place(mesh);
      Survival survival = scheme.survival(mesh);
      long[] machines = new long[mesh.workers() + 1];
      for (int subset = 0; subset < 1 << mesh.workers(); subset++) {
        if (scheme.survives(placement, Schemes.places(mesh.places(), subset))) {
          machines[Integer.bitCount(subset)]++;
        }
      }
      long[] pods = new long[mesh.pods() + 1];
      for (int subset = 0; subset < 1 << mesh.pods(); subset++) {
        if (scheme.survives(placement, Schemes.pods(mesh.places(), subset))) {
          pods[Integer.bitCount(subset)]++;
        }
      }
      for (int lost = 0; lost < machines.length; lost++) {
        assertThat(survival.machines(lost).good())
            .as("%s on %s, %d machines", scheme.title(), mesh, lost)
            .isEqualTo(BigInteger.valueOf(machines[lost]));
        assertThat(survival.machines(lost).all()).isEqualTo(Counts.choose(mesh.workers(), lost));
      }
      for (int lost = 0; lost < pods.length; lost++) {
        assertThat(survival.pods(lost).good())
            .as("%s on %s, %d pods", scheme.title(), mesh, lost)
            .isEqualTo(BigInteger.valueOf(pods[lost]));
      }
    }
  }

  /** Meshes too large to enumerate; the bound is five standard deviations, so it holds for good. */
  @Test
  void the_formula_agrees_with_samples_where_there_are_too_many_sets() {
    int samples = 4000;
    Random random = new Random(12);
    for (Shape mesh : List.of(new Shape(8, 4, 3), new Shape(7, 5, 0), new Shape(3, 9, 2))) {
      for (Scheme scheme : List.of(new Buddy(1), new Buddy(2), new Parity(3), new Parity(6))) {
        Placement placement = scheme.place(mesh);
        for (int lost : new int[] {2, 3, 5}) {
          int survived = 0;
          for (int sample = 0; sample < samples; sample++) {
            survived += scheme.survives(placement, lose(mesh, lost, random)) ? 1 : 0;
          }
          double chance = scheme.survival(mesh).machines(lost).value();
          double deviation = Math.sqrt(chance * (1 - chance) / samples);
          assertThat((double) survived / samples)
              .as("%s on %s, %d machines", scheme.title(), mesh, lost)
              .isCloseTo(chance, within(5 * deviation + 1e-12));
        }
      }
    }
  }

  private static Set<Place> lose(Shape mesh, int lost, Random random) {
    List<Integer> workers = new ArrayList<>();
    for (int worker = 0; worker < mesh.workers(); worker++) {
      workers.add(worker);
    }
    Collections.shuffle(workers, random);
    Set<Place> places = new HashSet<>();
    for (int worker : workers.subList(0, lost)) {
      if (worker < mesh.seats()) {
        places.add(mesh.places().get(worker));
      }
    }
    return places;
  }

  @ParameterizedTest
  @MethodSource("meshes")
  void what_a_scheme_promises_always_holds(Shape mesh) {
    for (Scheme scheme : Schemes.fitting(mesh)) {
      int always = scheme.survival(mesh).machinesAlways();
      int promised =
          switch (scheme) {
            case Replicas _ -> mesh.pods() - 1;
            case Buddy buddy -> buddy.copies();
            case Parity _ -> 1;
            case Checkpoint disk when disk.disk() == Checkpoint.Disk.OWN -> mesh.pods() - 1;
            case Checkpoint _ -> mesh.workers();
          };
      assertThat(always).as("%s on %s", scheme.title(), mesh).isEqualTo(promised);
    }
  }

  /** The reason for groups: as many copies, and fewer fatal losses than a ring has. */
  @Test
  void groups_survive_more_than_a_ring() {
    for (int pods = 4; pods <= 24; pods++) {
      Survival groups = new Buddy(1).survival(new Shape(pods, 1, 0));
      Counts ring = Counts.ring(pods, 2);
      for (int lost = 2; lost <= pods / 2; lost++) {
        assertThat(groups.machines(lost).good()).isGreaterThan(ring.of(lost));
      }
    }
  }

  @Test
  void a_table_has_a_row_for_each_number_of_losses() {
    SurvivalTable table =
        SurvivalTable.of(
            new Shape(4, 1, 1), List.of(new Replicas(), new Buddy(1), new Parity(3)), 3);
    assertThat(table.lines())
        .containsExactly(
            "lost at once  replicas  buddy, 1 copy  parity over 3 shards",
            "1 machine     1         1              1",
            "2 machines    1         0.8000         0.4000",
            "3 machines    1         0.4000         0",
            "1 pod         1         1              1",
            "2 pods        1         0.6667         0",
            "3 pods        1         0              0");
    assertThat(table.markdown())
        .startsWith(
            "| lost at once | replicas | buddy, 1 copy | parity over 3 shards |",
            "|---|---|---|---|",
            "| 1 machine | 1 | 1 | 1 |");
    assertThat(SurvivalTable.of(new Shape(2, 1, 1), List.of(new Replicas()), 99).machines())
        .hasSize(3);
  }

  @Test
  void a_chance_is_never_rounded_to_certainty() {
    BigInteger million = BigInteger.valueOf(1_000_000);
    assertThat(new Chance(million, million)).hasToString("1");
    assertThat(new Chance(BigInteger.ZERO, million)).hasToString("0");
    assertThat(new Chance(BigInteger.ONE, million)).hasToString("<0.0001");
    assertThat(new Chance(million.subtract(BigInteger.ONE), million)).hasToString(">0.9999");
    assertThat(new Chance(BigInteger.TWO, BigInteger.valueOf(3))).hasToString("0.6667");
    assertThatThrownBy(() -> new Chance(BigInteger.TWO, BigInteger.ONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 of 1 is no probability");
  }

  @Test
  void more_losses_than_machines_are_refused() {
    Survival survival = new Replicas().survival(new Shape(2, 2, 1));
    assertThatThrownBy(() -> survival.machines(6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("6 of 5 machines cannot be lost");
    assertThatThrownBy(() -> survival.pods(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("-1 of 2 pods cannot be lost");
  }

  @Test
  void a_thousand_machines_are_counted_exactly() {
    Shape mesh = new Shape(64, 16, 0);
    Survival survival = new Buddy(1).survival(mesh);
    BigInteger pairs = BigInteger.valueOf(1024L * 1023 / 2);
    assertThat(survival.machines(2))
        .isEqualTo(new Chance(pairs.subtract(BigInteger.valueOf(512)), pairs));
  }
}
