package dev.redoubt.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:34:56.789Z");

  private final Path folder;

  RunDirectoryTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void two_runs_in_one_second_get_two_folders_and_latest_is_the_second() throws IOException {
    Path base = folder.resolve("deep/runs");

    RunDirectory first = RunDirectory.create(base, "small", 7, NOW);
    RunDirectory second = RunDirectory.create(base, "small", 7, NOW);

    assertThat(first.path()).isDirectory().hasFileName("20260301T123456Z-small-seed7");
    assertThat(second.path()).isDirectory().hasFileName("20260301T123456Z-small-seed7-2");
    assertThat(Files.readSymbolicLink(base.resolve("latest")))
        .isRelative()
        .isEqualTo(second.path().getFileName());
    try (var left = Files.list(base)) {
      assertThat(left).hasSize(3);
    }
  }

  @Test
  void many_at_once_collide_nowhere() {
    Set<Path> made = new HashSet<>();
    IntStream.range(0, 32)
        .parallel()
        .mapToObj(
            i -> {
              try {
                return RunDirectory.create(folder, "small", 7, NOW).path();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            })
        .toList()
        .forEach(made::add);

    assertThat(made).hasSize(32);
    assertThat(folder.resolve("latest")).isSymbolicLink();
  }

  @Test
  void a_place_that_cannot_be_written_to_is_named() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> RunDirectory.create(file.resolve("runs"), "small", 7, NOW))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write a run to " + file.resolve("runs") + ": ");
  }

  @Test
  void a_folder_called_latest_is_left_alone() throws IOException {
    Files.createDirectories(folder.resolve("latest/precious"));
    assertThatThrownBy(() -> RunDirectory.create(folder, "small", 7, NOW))
        .hasMessageContaining("latest is in the way");
    assertThat(folder.resolve("latest/precious")).isDirectory();
  }

  @Test
  void the_journal_is_whole_lines_from_many_threads_and_is_there_before_close() throws IOException {
    Path file = folder.resolve("journal.jsonl");
    try (JournalWriter journal = new JournalWriter(file, Clock.fixed(NOW, ZoneOffset.UTC))) {
      IntStream.range(0, 200)
          .parallel()
          .forEach(i -> journal.append(i, 1, "pod0/rank0", "step-committed", Map.of("loss", 0.5)));

      List<String> lines = Files.readAllLines(file);
      assertThat(lines).hasSize(200);
      Set<Integer> steps = new HashSet<>();
      for (String line : lines) {
        JsonNode node = new ObjectMapper().readTree(line);
        steps.add(node.path("step").asInt());
        assertThat(node.path("time").asText()).isEqualTo("2026-03-01T12:34:56.789Z");
      }
      assertThat(steps).hasSize(200);
      assertThatThrownBy(() -> journal.append(1, 1, "", "x", Map.of("node", 1)))
          .hasMessageContaining("already has node");
    }
  }

  @Test
  void an_interrupted_thread_can_still_write_the_journal() throws IOException {
    Path file = folder.resolve("journal.jsonl");
    try (JournalWriter journal = new JournalWriter(file, Clock.systemUTC())) {
      Thread.currentThread().interrupt();
      journal.append(1, 1, "", "one", Map.of());
      journal.append(2, 1, "", "two", Map.of());
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(Files.readAllLines(file)).hasSize(2);
  }
}
