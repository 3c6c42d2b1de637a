package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.run.ClusterEngine;
import dev.redoubt.node.GuestRoom;
import dev.redoubt.store.VersionStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs with one pod, whose shards are nowhere but with their ranks, and in sums. */
class ParityRunTest {

  private static final Path LIBRARY =
      Path.of(System.getProperty("redoubt.root", "..")).resolve("scenarios");

  private final Path folder;

  ParityRunTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  @Timeout(300)
  void machines_that_die_are_replaced_out_of_what_all_others_have() throws Exception {
    JsonNode summary = run(LIBRARY.resolve("parity.yaml"), new ClusterEngine(), 0);
    assertThat(summary.path("finalDigest")).isEqualTo(summary.path("goldenDigest"));
    assertThat(summary.path("recoveries")).hasSize(2);
    assertThat(summary.path("recoveries"))
        .as("the step under way, and one that was done at most")
        .allSatisfy(one -> assertThat(one.path("stepsRepeated").asInt()).isLessThanOrEqualTo(2));
    for (String line : events("rolled-back")) {
      JsonNode back = json(line);
      assertThat(back.findValue("from").asLong() - back.findValue("to").asLong())
          .as("steps that were done and are done again")
          .isEqualTo(1);
    }
    assertThat(guarded()).as("losses that are made up for").containsExactly(0, 1, 0, 1, 0, 1);
    assertThat(events("restored")).hasSize(2).allMatch(line -> line.contains("(sums)"));
  }

  @Test
  @Timeout(300)
  void a_process_that_is_killed_is_replaced_too() throws Exception {
    JsonNode summary = run(LIBRARY.resolve("processes-parity.yaml"), new ClusterEngine(), 0);
    assertThat(summary.path("finalDigest")).isEqualTo(summary.path("goldenDigest"));
    assertThat(summary.at("/faults/0/evidence").asText()).contains("exited with 137");
    assertThat(guarded()).containsExactly(0, 1, 0, 1);
  }

  @Test
  @Timeout(300)
  void two_workers_of_a_pod_are_lost() throws Exception {
    JsonNode summary = run(LIBRARY.resolve("parity-two-lost.yaml"), new ClusterEngine(), 0);
    assertThat(summary.path("faults"))
        .allSatisfy(f -> assertThat(f.path("struck").asBoolean()).isTrue());
    assertThat(events("concluded")).anyMatch(line -> line.contains("no intact copy of shard"));
  }

  /** What the plan says beside what a run without faults really held and fetched. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  @Timeout(300)
  void the_plan_says_what_the_run_takes(int ranks) throws Exception {
    int steps = 6;
    Path file =
        Files.writeString(
            folder.resolve("plan.yaml"),
            """
            apiVersion: redoubt/v1
            name: planned
            seed: 5
            cluster: {pods: 1, workersPerPod: %d}
            model: pico
            train: {steps: %d, microbatches: 4, sequenceLength: 32, batchSize: 2}
            redundancy: {scheme: parity, keepVersions: 3}
            timeouts: {stallMillisMax: 120000}
            expect: {finalState: golden}
            """
                .formatted(ranks, steps));
    JsonNode schemes = json(Cli.run("plan", file.toString(), "--json").out()).path("schemes");
    List<JsonNode> runs =
        StreamSupport.stream(schemes.spliterator(), false)
            .filter(scheme -> scheme.path("runs").asBoolean())
            .toList();
    assertThat(runs).hasSize(1);
    JsonNode planned = runs.getFirst();
    assertThat(planned.path("scheme").asText()).startsWith("parity over " + (ranks - 1) + " shard");
    long before = VersionStore.bytesHeld();
    long pulled = GuestRoom.bytesPulled();
    AtomicLong held = new AtomicLong();
    RunEngine engine =
        (scenario, directory, observer) ->
            new ClusterEngine()
                .run(
                    scenario,
                    directory,
                    new RunEngine.Observer() {
                      @Override
                      public void step(RunEngine.Progress progress) {
                        held.set(VersionStore.bytesHeld());
                        observer.step(progress);
                      }

                      @Override
                      public void event(RunEngine.Event event) {
                        observer.event(event);
                      }
                    });
    run(file, engine, 0);
    assertThat(held.get() - before).isEqualTo(ranks * planned.at("/cost/memory").asLong());
    assertThat(GuestRoom.bytesPulled() - pulled)
        .isEqualTo((long) ranks * steps * planned.at("/cost/receivedPerStep").asLong());
  }

  private JsonNode run(Path file, RunEngine engine, int exit) throws IOException {
    Cli ended =
        Cli.run(engine, "run", file.toString(), "-o", folder.resolve("runs").toString(), "--json");
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(exit);
    return json(ended.out());
  }

  private static JsonNode json(String text) throws IOException {
    return JsonMapper.builder().build().readTree(text);
  }

  private List<String> events(String kind) throws IOException {
    return Files.readAllLines(folder.resolve("runs/latest/journal.jsonl")).stream()
        .filter(line -> line.contains("\"" + kind + "\""))
        .toList();
  }

  private List<Integer> guarded() throws IOException {
    List<Integer> copies = new ArrayList<>();
    for (String line : events("guarded")) {
      copies.add(json(line).findValue("copies").asInt());
    }
    return copies;
  }
}
