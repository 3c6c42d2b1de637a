package dev.redoubt.cli.run;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.Main;
import dev.redoubt.node.Checkpoints;
import dev.redoubt.node.process.ForkedProcess;
import dev.redoubt.node.process.Launched;
import dev.redoubt.node.process.Launcher;
import dev.redoubt.node.process.Place;
import dev.redoubt.node.process.ProcessCluster;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Forks {@code redoubt node} with the JVM, the flags and the class path of this one: what the
 * launcher script passed stands in one place.
 */
final class JvmLauncher implements Launcher {

  /** Flags that are about this process and no other. */
  private static final List<String> OWN =
      List.of("-Dredoubt.stderr.", "-Xmx", "-agentlib:", "-javaagent:", "-XX:AOT");

  private final Path directory;
  private final Path nodes;
  private final long heapBytes;
  private final @Nullable Checkpoints checkpoints;
  private final boolean metrics;

  private JvmLauncher(
      Path directory, long heapBytes, @Nullable Checkpoints checkpoints, boolean metrics)
      throws IOException {
    this.directory = directory;
    this.nodes = Files.createDirectories(directory.resolve("nodes"));
    this.heapBytes = heapBytes;
    this.checkpoints = checkpoints;
    this.metrics = metrics;
  }

  /**
   * A launcher whose processes read {@code scenario.resolved.yaml} in the run directory and write
   * their logs below it.
   *
   * @param heapBytes at most, for each process; tensors are not on the heap
   * @param checkpoints of the run; null if it keeps its versions in memory only
   * @param metrics whether each serves its own
   */
  static JvmLauncher in(
      Path directory, long heapBytes, @Nullable Checkpoints checkpoints, boolean metrics)
      throws IOException, EnvironmentException {
    if (!ProcessCluster.isPossibleHere()) {
      throw new EnvironmentException(
          "mode processes needs Linux: it proves what it did to a process by /proc");
    }
    return new JvmLauncher(directory.toAbsolutePath(), heapBytes, checkpoints, metrics);
  }

  @Override
  public Launched launch(Place place) throws IOException {
    Path file = nodes.resolve(place.name() + ".json");
    Path scenario = directory.resolve("scenario.resolved.yaml");
    NodeFile.write(new NodeFile(scenario, place, checkpoints, metrics), file);
    ProcessBuilder builder = new ProcessBuilder(command(file));
    builder.redirectError(ProcessBuilder.Redirect.appendTo(new File(log(place.name()))));
    Process process = builder.start();
    return new Launched(process, new ForkedProcess(process));
  }

  private List<String> command(Path file) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags(heapBytes));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Main.class.getName());
    command.add("node");
    command.add("--supervised");
    command.add(file.toString());
    return command;
  }

  /** The flags of this JVM that are about every one, for another with so much heap. */
  static List<String> flags(long heapBytes) {
    List<String> flags = new ArrayList<>();
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (OWN.stream().noneMatch(flag::startsWith)) {
        flags.add(flag);
      }
    }
    flags.add("-Xmx" + heapBytes);
    // Who has no memory left does not limp on; and the JVM says so in the log, not among the
    // reports.
    flags.add("-XX:+ExitOnOutOfMemoryError");
    flags.add("-XX:+DisplayVMOutputToStderr");
    return flags;
  }

  @Override
  public Path folder() {
    return nodes;
  }

  @Override
  public String log(String name) {
    return nodes.resolve(name + ".log").toString();
  }
}
