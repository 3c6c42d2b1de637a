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

/** Runs whose workers keep something for each other, and what became of them. */
record GuardedRuns(Path folder) {

  /** Of a run that {@link #plain} describes. */
  static final int STEPS = 6;

  private static final Path LIBRARY =
      Path.of(System.getProperty("redoubt.root", "..")).resolve("scenarios");

  /**
   * What a run without faults took.
   *
   * @param held bytes of all versions at the last step
   * @param pulled bytes that were fetched for others, in all steps
   */
  record Taken(long held, long pulled) {}

  static Path library(String name) {
    return LIBRARY.resolve(name);
  }

  /** The summary of a run that must end with {@code exit}. */
  JsonNode run(Path file, int exit) throws IOException {
    return run(new ClusterEngine(), file, exit);
  }

  private JsonNode run(RunEngine engine, Path file, int exit) throws IOException {
    Cli ended =
        Cli.run(engine, "run", file.toString(), "-o", folder.resolve("runs").toString(), "--json");
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(exit);
    return json(ended.out());
  }

  Taken taken(Path file) throws IOException {
    long heldBefore = VersionStore.bytesHeld();
    long pulledBefore = GuestRoom.bytesPulled();
    AtomicLong held = new AtomicLong();
    run(Watched.steps(step -> held.set(VersionStore.bytesHeld())), file, 0);
    return new Taken(held.get() - heldBefore, GuestRoom.bytesPulled() - pulledBefore);
  }

  /** A run of six steps without faults, in one pod. */
  Path plain(int ranks, String scheme) throws IOException {
    return Files.writeString(
        folder.resolve("plan.yaml"),
        """
        apiVersion: redoubt/v1
        name: planned
        seed: 5
        cluster: {pods: 1, workersPerPod: %d}
        model: pico
        train: {steps: %d, microbatches: 4, sequenceLength: 32, batchSize: 2}
        redundancy: {scheme: %s, keepVersions: 3}
        timeouts: {stallMillisMax: 120000}
        expect: {finalState: golden}
        """
            .formatted(ranks, STEPS, scheme));
  }

  /** The schemes that the plan names, in its order. */
  static JsonNode planned(Path file) throws IOException {
    return json(Cli.run("plan", file.toString(), "--json").out()).path("schemes");
  }

  static JsonNode json(String text) throws IOException {
    return JsonMapper.builder().build().readTree(text);
  }

  /** The lines of a kind in the journal of the latest run. */
  List<String> events(String kind) throws IOException {
    return Files.readAllLines(folder.resolve("runs/latest/journal.jsonl")).stream()
        .filter(line -> line.contains("\"" + kind + "\""))
        .toList();
  }

  /** The losses that the latest run would have survived, each time that it changed. */
  List<Integer> guarded() throws IOException {
    List<Integer> copies = new ArrayList<>();
    for (String line : events("guarded")) {
      copies.add(json(line).findValue("copies").asInt());
    }
    return copies;
  }
}
