package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs with one pod, whose shards are nowhere but with their ranks and with buddies. */
class BuddyRunTest {

  private final GuardedRuns runs;

  BuddyRunTest(@TempDir Path folder) {
    this.runs = new GuardedRuns(folder);
  }

  @Test
  @Timeout(300)
  void machines_that_die_are_replaced_out_of_the_memory_of_their_buddies() throws Exception {
    JsonNode summary = runs.run(GuardedRuns.library("buddy.yaml"), 0);
    assertThat(summary.path("finalDigest")).isEqualTo(summary.path("goldenDigest"));
    assertThat(summary.path("recoveries"))
        .allSatisfy(one -> assertThat(one.path("stepsRepeated").asInt()).isLessThanOrEqualTo(2));
    assertThat(runs.guarded()).as("copies with buddies").startsWith(0, 1, 0, 1).endsWith(0, 1);
  }

  @Test
  @Timeout(300)
  void a_process_that_is_killed_is_replaced_too() throws Exception {
    JsonNode summary = runs.run(GuardedRuns.library("processes-buddy.yaml"), 0);
    assertThat(summary.path("finalDigest")).isEqualTo(summary.path("goldenDigest"));
    assertThat(summary.at("/faults/0/evidence").asText()).contains("exited with 137");
    assertThat(runs.guarded()).containsExactly(0, 1, 0, 1);
  }

  @Test
  @Timeout(300)
  void a_worker_and_its_only_buddy_are_lost() throws Exception {
    JsonNode summary = runs.run(GuardedRuns.library("buddy-both-lost.yaml"), 0);
    assertThat(summary.path("faults"))
        .allSatisfy(f -> assertThat(f.path("struck").asBoolean()).isTrue());
    assertThat(runs.events("concluded")).anyMatch(line -> line.contains("no intact copy of shard"));
  }

  /** The same machines and the same crash, with nobody who keeps the shard. */
  @Test
  @Timeout(300)
  void without_buddies_the_same_crash_loses_the_run() throws Exception {
    String buddies = Files.readString(GuardedRuns.library("buddy.yaml"));
    String replicas =
        buddies.replace("{scheme: buddy, copies: 1, keepVersions: 4}", "{scheme: replicas}");
    assertThat(replicas).isNotEqualTo(buddies);
    runs.run(Files.writeString(runs.folder().resolve("replicas.yaml"), replicas), 1);
    assertThat(runs.events("concluded"))
        .anyMatch(line -> line.contains("no intact copy of shard 1"));
  }

  /** What the plan says beside what a run without faults really held and fetched. */
  @Test
  @Timeout(300)
  void the_plan_says_what_the_run_takes() throws Exception {
    Path file = runs.plain(2, "buddy");
    JsonNode schemes = GuardedRuns.planned(file);
    JsonNode planned = schemes.get(1);
    assertThat(planned.path("runs").asBoolean()).isTrue();
    assertThat(schemes.get(0).path("runs").asBoolean()).isFalse();
    GuardedRuns.Taken taken = runs.taken(file);
    assertThat(taken.held()).isEqualTo(2 * planned.at("/cost/memory").asLong());
    assertThat(taken.pulled())
        .isEqualTo(2L * GuardedRuns.STEPS * planned.at("/cost/receivedPerStep").asLong());
  }
}
