package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs with one pod, whose shards are nowhere but with their ranks, and in sums. */
class ParityRunTest {

  private final GuardedRuns runs;

  ParityRunTest(@TempDir Path folder) {
    this.runs = new GuardedRuns(folder);
  }

  @Test
  @Timeout(300)
  void machines_that_die_are_replaced_out_of_what_all_others_have() throws Exception {
    JsonNode summary = runs.run(GuardedRuns.library("parity.yaml"), 0);
    assertThat(summary.path("finalDigest")).isEqualTo(summary.path("goldenDigest"));
    assertThat(summary.path("recoveries")).hasSize(2);
    assertThat(summary.path("recoveries"))
        .as("the step under way, and one that was done at most")
        .allSatisfy(one -> assertThat(one.path("stepsRepeated").asInt()).isLessThanOrEqualTo(2));
    for (String line : runs.events("rolled-back")) {
      JsonNode back = GuardedRuns.json(line);
      assertThat(back.findValue("from").asLong() - back.findValue("to").asLong())
          .as("steps that were done and are done again")
          .isEqualTo(1);
    }
    assertThat(runs.guarded()).as("losses that are made up for").containsExactly(0, 1, 0, 1, 0, 1);
    assertThat(runs.events("restored")).hasSize(2).allMatch(line -> line.contains("(sums)"));
  }

  @Test
  @Timeout(300)
  void a_process_that_is_killed_is_replaced_too() throws Exception {
    JsonNode summary = runs.run(GuardedRuns.library("processes-parity.yaml"), 0);
    assertThat(summary.path("finalDigest")).isEqualTo(summary.path("goldenDigest"));
    assertThat(summary.at("/faults/0/evidence").asText()).contains("exited with 137");
    assertThat(runs.guarded()).containsExactly(0, 1, 0, 1);
  }

  @Test
  @Timeout(300)
  void two_workers_of_a_pod_are_lost() throws Exception {
    JsonNode summary = runs.run(GuardedRuns.library("parity-two-lost.yaml"), 0);
    assertThat(summary.path("faults"))
        .allSatisfy(f -> assertThat(f.path("struck").asBoolean()).isTrue());
    assertThat(runs.events("concluded")).anyMatch(line -> line.contains("no intact copy of shard"));
  }

  /** What the plan says beside what a run without faults really held and fetched. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  @Timeout(300)
  void the_plan_says_what_the_run_takes(int ranks) throws Exception {
    Path file = runs.plain(ranks, "parity");
    List<JsonNode> chosen =
        StreamSupport.stream(GuardedRuns.planned(file).spliterator(), false)
            .filter(scheme -> scheme.path("runs").asBoolean())
            .toList();
    assertThat(chosen).hasSize(1);
    JsonNode planned = chosen.getFirst();
    assertThat(planned.path("scheme").asText()).startsWith("parity over " + (ranks - 1) + " shard");
    GuardedRuns.Taken taken = runs.taken(file);
    assertThat(taken.held()).isEqualTo(ranks * planned.at("/cost/memory").asLong());
    assertThat(taken.pulled())
        .isEqualTo((long) ranks * GuardedRuns.STEPS * planned.at("/cost/receivedPerStep").asLong());
  }
}
