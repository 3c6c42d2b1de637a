package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.scenario.ScenarioLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class RankMemoryTest {

  private static final String PRO =
      """
      apiVersion: redoubt/v1
      name: memory-of-pro
      seed: 3
      cluster: {pods: 1}
      model: pro
      train: {steps: 6, microbatches: 4, sequenceLength: 128, batchSize: 2}
      redundancy: {keepVersions: 4}
      """;

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "reads the resident set from /proc")
  void a_rank_of_pro_with_four_versions_takes_what_the_plan_said(@TempDir Path folder)
      throws Exception {
    Path file = Files.writeString(folder.resolve("scenario.yaml"), PRO);
    RankPlan plan = RankPlan.of(new ScenarioLoader(new TrainerModels()).load(file));
    long predicted = plan.ranks().getFirst().totalBytes() + RankPlan.JVM_BYTES;

    double ratio = (double) peak(file, folder.resolve("output.txt")) / predicted;

    assertThat(ratio).as("peak resident set to prediction").isBetween(0.7, 1.3);
  }

  private static long peak(Path scenario, Path output) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("redoubt.jvm.args", "").split(" ")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(MemoryOfRun.class.getName(), scenario.toString()));
    int exit =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start()
            .waitFor();
    List<String> lines = Files.readAllLines(output);
    assertThat(exit).as(String.join("\n", lines)).isZero();
    return lines.stream()
        .filter(line -> line.startsWith("peak "))
        .mapToLong(line -> Long.parseLong(line.substring("peak ".length())))
        .findFirst()
        .orElseThrow();
  }
}
