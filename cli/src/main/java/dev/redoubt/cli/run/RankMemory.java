package dev.redoubt.cli.run;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.cli.scenario.ScenarioLoader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory that a process with one rank takes at most, beside what the plan says of it.
 *
 * @param predictedBytes native memory of the rank, and {@link RankPlan#JVM_BYTES} for the JVM
 * @param peakBytes the process's largest resident set, as the operating system counted it
 */
public record RankMemory(long predictedBytes, long peakBytes) {

  private static final String PEAK = "peak ";

  /** Above this a plan is thought wrong. */
  public static final double RATIO_MAX = 1.3;

  /** What was taken to what was predicted. */
  public double ratio() {
    return (double) peakBytes / predictedBytes;
  }

  /** A scenario of one worker that trains {@code pro} and keeps four versions. */
  static String proWithFourVersions(int steps) {
    return """
    apiVersion: redoubt/v1
    name: memory-of-pro
    seed: 3
    cluster: {pods: 1}
    model: pro
    train: {steps: %d, microbatches: 4, sequenceLength: 128, batchSize: 2}
    redundancy: {keepVersions: 4}
    """
        .formatted(steps);
  }

  /**
   * Runs {@code pro} with four versions in a JVM of its own, with the options of this one.
   *
   * @param steps more than versions are kept, so that all are there
   * @throws EnvironmentException if the run fails, or the system does not tell the peak
   * @throws InterruptedException if the thread is interrupted; the JVM is ended
   */
  public static RankMemory ofPro(int steps)
      throws EnvironmentException, IOException, InterruptedException {
    Path folder = Files.createTempDirectory("redoubt-memory");
    Path file = folder.resolve("scenario.yaml");
    Path output = folder.resolve("output.txt");
    try {
      Files.writeString(file, proWithFourVersions(steps));
      RankPlan plan = RankPlan.of(new ScenarioLoader(new TrainerModels()).load(file));
      long predicted = plan.ranks().getFirst().totalBytes() + RankPlan.JVM_BYTES;
      return new RankMemory(predicted, peak(file, output));
    } catch (ScenarioException e) {
      throw new IllegalStateException("the scenario is ours", e);
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(output);
      Files.deleteIfExists(folder);
    }
  }

  private static long peak(Path scenario, Path output)
      throws EnvironmentException, IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command(scenario))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int exit;
    try {
      exit = process.waitFor();
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(output);
    for (String line : lines) {
      if (exit == 0 && line.startsWith(PEAK)) {
        return Long.parseLong(line.substring(PEAK.length()));
      }
    }
    throw new EnvironmentException(
        "the run that is measured ended with " + exit + ":\n" + String.join("\n", lines));
  }

  private static List<String> command(Path scenario) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("-X") || option.startsWith("--"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(MemoryOfRun.class.getName(), scenario.toString()));
    return command;
  }
}
