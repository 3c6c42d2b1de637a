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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs with one pod, whose shards are nowhere but with their ranks and with buddies. */
class BuddyRunTest {

  private static final Path LIBRARY =
      Path.of(System.getProperty("redoubt.root", "..")).resolve("scenarios");

  private final Path folder;

  BuddyRunTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  @Timeout(300)
  void machines_that_die_are_replaced_out_of_the_memory_of_their_buddies() throws Exception {
    JsonNode summary = run(LIBRARY.resolve("buddy.yaml"), new ClusterEngine(), 0);
    assertThat(summary.path("finalDigest")).isEqualTo(summary.path("goldenDigest"));
    assertThat(summary.path("recoveries"))
        .allSatisfy(one -> assertThat(one.path("stepsRepeated").asInt()).isLessThanOrEqualTo(2));
    assertThat(guarded()).as("copies with buddies").startsWith(0, 1, 0, 1).endsWith(0, 1);
  }

  @Test
  @Timeout(300)
  void a_process_that_is_killed_is_replaced_too() throws Exception {
    JsonNode summary = run(LIBRARY.resolve("processes-buddy.yaml"), new ClusterEngine(), 0);
    assertThat(summary.path("finalDigest")).isEqualTo(summary.path("goldenDigest"));
    assertThat(summary.at("/faults/0/evidence").asText()).contains("exited with 137");
    assertThat(guarded()).containsExactly(0, 1, 0, 1);
  }

  @Test
  @Timeout(300)
  void a_worker_and_its_only_buddy_are_lost() throws Exception {
    JsonNode summary = run(LIBRARY.resolve("buddy-both-lost.yaml"), new ClusterEngine(), 0);
    assertThat(summary.path("faults"))
        .allSatisfy(f -> assertThat(f.path("struck").asBoolean()).isTrue());
    assertThat(events("concluded")).anyMatch(line -> line.contains("no intact copy of shard"));
  }

  /** The same machines and the same crash, with nobody who keeps the shard. */
  @Test
  @Timeout(300)
  void without_buddies_the_same_crash_loses_the_run() throws Exception {
    String buddies = Files.readString(LIBRARY.resolve("buddy.yaml"));
    String replicas =
        buddies.replace("{scheme: buddy, copies: 1, keepVersions: 4}", "{scheme: replicas}");
    assertThat(replicas).isNotEqualTo(buddies);
    run(Files.writeString(folder.resolve("replicas.yaml"), replicas), new ClusterEngine(), 1);
    assertThat(events("concluded")).anyMatch(line -> line.contains("no intact copy of shard 1"));
  }

  /** What the plan says beside what a run without faults really held and fetched. */
  @Test
  @Timeout(300)
  void the_plan_says_what_the_run_takes() throws Exception {
    int steps = 6;
    Path file =
        Files.writeString(
            folder.resolve("plan.yaml"),
            """
            apiVersion: redoubt/v1
            name: planned
            seed: 5
            cluster: {pods: 1, workersPerPod: 2}
            model: pico
            train: {steps: %d, microbatches: 4, sequenceLength: 32, batchSize: 2}
            redundancy: {scheme: buddy, keepVersions: 3}
            timeouts: {stallMillisMax: 120000}
            expect: {finalState: golden}
            """
                .formatted(steps));
    JsonNode schemes = json(Cli.run("plan", file.toString(), "--json").out()).path("schemes");
    JsonNode planned = schemes.get(1);
    assertThat(planned.path("runs").asBoolean()).isTrue();
    assertThat(schemes.get(0).path("runs").asBoolean()).isFalse();
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
    assertThat(held.get() - before).isEqualTo(2 * planned.at("/cost/memory").asLong());
    assertThat(GuestRoom.bytesPulled() - pulled)
        .isEqualTo(2L * steps * planned.at("/cost/receivedPerStep").asLong());
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
