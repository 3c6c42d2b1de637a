package dev.redoubt.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code redoubt run} in a JVM of its own, with the class path of this one: the flags that the
 * kernels need are not the affair of whoever tests.
 */
public final class ScenarioRun {

  /** Flags of the JVM: those of the launcher script. */
  static final List<String> FLAGS =
      List.of(
          "--add-modules",
          "jdk.incubator.vector",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:TypeProfileLevel=222",
          "-XX:MaxDirectMemorySize=1024g",
          "-XX:+UseSerialGC",
          "-Xms64m");

  private static final Pattern CONTAINER = Pattern.compile("container ([A-Za-z0-9_.-]+)");
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  private final Path scenario;
  private final List<String> options = new ArrayList<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private Path output = Path.of("target", "redoubt-runs");

  private ScenarioRun(Path scenario) {
    this.scenario = scenario;
  }

  /** A run of a scenario file. */
  public static ScenarioRun of(Path scenario) {
    return new ScenarioRun(scenario);
  }

  /** In place of the scenario's own seed. */
  public ScenarioRun withSeed(long seed) {
    options.addAll(List.of("--seed", Long.toString(seed)));
    return this;
  }

  /**
   * In place of the scenario's own mode: {@code local}, {@code processes} or {@code containers}.
   */
  public ScenarioRun inMode(String mode) {
    options.addAll(List.of("--mode", mode));
    return this;
  }

  /** Where the run directory is made; {@code target/redoubt-runs} by default. */
  public ScenarioRun into(Path folder) {
    output = folder;
    return this;
  }

  /** Serves the run's metrics at this port, and writes down where its members serve theirs. */
  public ScenarioRun scrapedAt(int port) {
    options.addAll(List.of("--metrics-port", Integer.toString(port)));
    return this;
  }

  /** A variable of the process's environment, such as {@code REDOUBT_IMAGE}. */
  public ScenarioRun withEnvironment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** A run that goes on while a test breaks things. */
  public static final class Going {

    private final Process process;
    private final Path output;
    private final Path log;

    private Going(Process process, Path output, Path log) {
      this.process = process;
      this.output = output;
      this.log = log;
    }

    /**
     * Waits until a line of the journal contains a text.
     *
     * @return the line
     * @throws IllegalStateException if the run is over before
     */
    public String awaitEvent(String text) throws InterruptedException, IOException {
      while (true) {
        boolean isOver = !process.isAlive();
        for (String line : journal()) {
          if (line.contains(text)) {
            return line;
          }
        }
        if (isOver) {
          throw new IllegalStateException(
              "the run ended without an event with '" + text + "': " + said());
        }
        boolean ignored = process.waitFor(100, TimeUnit.MILLISECONDS);
      }
    }

    /** The machine that a member was started on: the name of its container. */
    public String machineOf(String member) throws InterruptedException, IOException {
      String line = awaitEvent("\"node\":\"" + member + "\",\"event\":\"member-started\"");
      Matcher container = CONTAINER.matcher(line);
      if (!container.find()) {
        throw new IllegalStateException(member + " runs in no container: " + line);
      }
      return container.group(1);
    }

    private List<String> journal() throws IOException {
      Path file = output.resolve("latest").resolve("journal.jsonl");
      return Files.isRegularFile(file) ? Files.readAllLines(file) : List.of();
    }

    /**
     * Waits for the end.
     *
     * @throws IllegalStateException if there is no report: a bad scenario, a machine that cannot
     *     run it, a defect, or no end
     */
    public Report await() throws InterruptedException {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("the run did not end within " + PATIENCE + ": " + said());
      }
      int code = process.exitValue();
      Path directory = directory(output);
      if (directory == null) {
        throw new IllegalStateException(
            "redoubt ended with exit code %d and without a report: %s".formatted(code, said()));
      }
      return Report.read(directory, code);
    }

    private String said() {
      try {
        return Files.readString(log);
      } catch (IOException e) {
        return "its output cannot be read: " + e;
      }
    }
  }

  /** Starts it. */
  public Going start() throws IOException {
    Files.createDirectories(output);
    return startIn(Files.createTempDirectory(output.toAbsolutePath(), "run-"));
  }

  /** Starts it with its run directory right in that folder, which exists. */
  Going startIn(Path folder) throws IOException {
    Path log = folder.resolve("output.log");
    ProcessBuilder builder =
        new ProcessBuilder(command(folder)).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    return new Going(builder.start(), folder, log);
  }

  /** Runs it to the end; see {@link Going#await}. */
  public Report run() throws InterruptedException {
    try {
      return start().await();
    } catch (IOException e) {
      throw new UncheckedIOException("a JVM cannot be started", e);
    }
  }

  private List<String> command(Path folder) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "dev.redoubt.cli.Main", "run"));
    command.add(scenario.toString());
    command.addAll(options);
    command.addAll(List.of("-o", folder.toString(), "--no-color"));
    return command;
  }

  private static @Nullable Path directory(Path output) {
    try (Stream<Path> files = Files.list(output)) {
      return files
          .filter(file -> Files.isRegularFile(file.resolve("summary.json")))
          .filter(file -> !Files.isSymbolicLink(file))
          .max(Comparator.naturalOrder())
          .orElse(null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
