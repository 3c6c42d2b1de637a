package dev.redoubt.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Thousands of schedules of crashes, rot, delays, losses, repetitions and reorderings, each from
 * one seed. {@code -Dredoubt.fuzz.schedules=N} and {@code -Dredoubt.fuzz.seed=S} choose how many
 * and from which seed on.
 */
class RandomSchedulesTest {

  private static final int SCHEDULES = Integer.getInteger("redoubt.fuzz.schedules", 10_000);
  private static final long FIRST_SEED = Long.getLong("redoubt.fuzz.seed", 1);

  @Test
  void theInvariantsHoldInEverySchedule() {
    Map<World.Happened, Integer> tally = new EnumMap<>(World.Happened.class);
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      World world = new World(seed, tally);
      try {
        world.run();
      } catch (RuntimeException e) {
        AssertionError violated = world.invariants.violated("nothing is thrown", e.toString());
        violated.initCause(e);
        throw violated;
      }
    }
    System.out.println(SCHEDULES + " random schedules: " + tally);
    if (SCHEDULES >= 5000) {
      assertThat(tally).as("everything happened somewhere").containsKeys(expected());
      assertThat(tally.get(World.Happened.COMPLETED)).isGreaterThan(SCHEDULES * 3 / 4);
    }
  }

  /** A test of the protocol that never met a fault would prove nothing. */
  private static World.Happened[] expected() {
    return Arrays.stream(World.Happened.values())
        .filter(what -> what != World.Happened.UNDECIDED)
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
