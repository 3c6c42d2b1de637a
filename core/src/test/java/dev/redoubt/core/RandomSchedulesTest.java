package dev.redoubt.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Thousands of schedules of crashes, rot, delays, losses, repetitions and reorderings, each from
 * one seed. {@code -Dredoubt.fuzz.schedules=N} and {@code -Dredoubt.fuzz.seed=S} choose how many
 * and from which seed on.
 */
class RandomSchedulesTest {

  private static final int SCHEDULES = Integer.getInteger("redoubt.fuzz.schedules", 10_000);
  private static final long FIRST_SEED = Long.getLong("redoubt.fuzz.seed", 1);

  /** Rare where few worlds have spares that stand in for late ranks. */
  private static final Set<World.Happened> OF_LATENESS =
      EnumSet.range(World.Happened.CRAWLED, World.Happened.LATE_TOO_OFTEN_IN_ONE_STEP);

  private static final Set<World.Happened> OF_LAG =
      EnumSet.range(
          World.Happened.AHEAD_OF_THE_AUDITS,
          World.Happened.CONTROLLER_CHANGED_AHEAD_OF_THE_AUDITS);

  private static final Set<World.Happened> OF_DISKS =
      EnumSet.range(World.Happened.FILE_WRITTEN, World.Happened.CONTROLLER_CHANGED_WITH_FILES);

  private static final Set<World.Happened> OF_GUESTS =
      EnumSet.range(World.Happened.GUARDED, World.Happened.LOST_WITH_ITS_GUESTS);

  private static final Set<World.Happened> OF_SUMS =
      EnumSet.range(World.Happened.SUM_MADE, World.Happened.LOST_WITH_A_SECOND);

  @Test
  void theInvariantsHoldInEverySchedule() {
    Map<World.Happened, Integer> tally = run(SCHEDULES, World.Kind.ANY);
    if (SCHEDULES >= 5000) {
      assertThat(tally).as("everything happened somewhere").containsKeys(expected());
      assertThat(tally.get(World.Happened.COMPLETED)).isGreaterThan(SCHEDULES * 3 / 4);
    }
  }

  /** Worlds in each of which ranks can be late, and a spare is there to stand in. */
  @Test
  void theInvariantsHoldWhereRanksAreLate() {
    int schedules = SCHEDULES / 2;
    Map<World.Happened, Integer> tally = run(schedules, World.Kind.IMPATIENT);
    if (schedules >= 2500) {
      assertThat(tally)
          .as("everything happened somewhere")
          .containsKeys(OF_LATENESS.toArray(World.Happened[]::new));
      assertThat(tally.get(World.Happened.COMPLETED)).isGreaterThan(schedules * 2 / 3);
    }
  }

  /** Worlds in each of which the training goes on before the audits of a step are over. */
  @Test
  void theInvariantsHoldWhereAuditsLag() {
    int schedules = SCHEDULES / 2;
    Map<World.Happened, Integer> tally = run(schedules, World.Kind.LAGGING);
    if (schedules >= 2500) {
      assertThat(tally)
          .as("everything happened somewhere")
          .containsKeys(OF_LAG.toArray(World.Happened[]::new));
      assertThat(tally.get(World.Happened.COMPLETED)).isGreaterThan(schedules * 2 / 3);
    }
  }

  /** Worlds in each of which versions are on disk, which rot, and shards lose all their copies. */
  @Test
  void theInvariantsHoldWithADisk() {
    int schedules = SCHEDULES / 2;
    Map<World.Happened, Integer> tally = run(schedules, World.Kind.ON_DISK);
    if (schedules >= 2500) {
      assertThat(tally)
          .as("everything happened somewhere")
          .containsKeys(OF_DISKS.toArray(World.Happened[]::new));
      assertThat(tally.get(World.Happened.COMPLETED)).isGreaterThan(schedules * 2 / 3);
    }
  }

  /** Worlds in each of which ranks keep guests of other shards, mostly of the only pod. */
  @Test
  void theInvariantsHoldWhereBuddiesKeepTheShards() {
    int schedules = SCHEDULES / 2;
    Map<World.Happened, Integer> tally = run(schedules, World.Kind.GUARDED);
    if (schedules >= 2500) {
      assertThat(tally)
          .as("everything happened somewhere")
          .containsKeys(OF_GUESTS.toArray(World.Happened[]::new));
      assertThat(tally.get(World.Happened.COMPLETED)).isGreaterThan(schedules / 2);
    }
  }

  /** Worlds in each of which ranks keep sums of stripes of the others' shards. */
  @Test
  void theInvariantsHoldWhereSumsKeepTheShards() {
    int schedules = SCHEDULES / 2;
    Map<World.Happened, Integer> tally = run(schedules, World.Kind.SUMMED);
    if (schedules >= 2500) {
      assertThat(tally)
          .as("everything happened somewhere")
          .containsKeys(OF_SUMS.toArray(World.Happened[]::new));
      assertThat(tally.get(World.Happened.COMPLETED)).isGreaterThan(schedules / 2);
    }
  }

  private static Map<World.Happened, Integer> run(int schedules, World.Kind kind) {
    Map<World.Happened, Integer> tally = new EnumMap<>(World.Happened.class);
    for (long seed = FIRST_SEED; seed < FIRST_SEED + schedules; seed++) {
      World world = new World(seed, tally, kind);
      try {
        world.run();
      } catch (RuntimeException e) {
        AssertionError violated = world.invariants.violated("nothing is thrown", e.toString());
        violated.initCause(e);
        throw violated;
      }
    }
    System.out.println(schedules + " random schedules: " + tally);
    return tally;
  }

  /** A test of the protocol that never met a fault would prove nothing. */
  private static World.Happened[] expected() {
    return Arrays.stream(World.Happened.values())
        .filter(what -> what != World.Happened.UNDECIDED)
        .filter(what -> !OF_LATENESS.contains(what) && !OF_LAG.contains(what))
        .filter(what -> !OF_DISKS.contains(what))
        .filter(what -> !OF_GUESTS.contains(what) && !OF_SUMS.contains(what))
        .toArray(World.Happened[]::new);
  }

  @Test
  void aSeedGivesTheSameScheduleAgain() {
    for (long seed = 1; seed < 50; seed++) {
      Map<World.Happened, Integer> first = new EnumMap<>(World.Happened.class);
      Map<World.Happened, Integer> second = new EnumMap<>(World.Happened.class);
      World one = new World(seed, first);
      World two = new World(seed, second);
      assertThat(one.run()).isEqualTo(two.run());
      assertThat(first).isEqualTo(second);
      assertThat(one.controller).isEqualTo(two.controller);
    }
  }
}
