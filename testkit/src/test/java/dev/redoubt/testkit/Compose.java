package dev.redoubt.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The project's compose file, brought up from a folder of a test's own: there the compose file
 * finds the configuration of Prometheus, and Prometheus the test's runs.
 */
final class Compose implements AutoCloseable {

  private static final String PROJECT = "redoubt-compose-test";

  private final List<String> program;
  private final Path folder;
  private final Map<String, String> environment;

  private Compose(List<String> program, Path folder, Map<String, String> environment) {
    this.program = program;
    this.folder = folder;
    this.environment = environment;
  }

  /** Which one is here, the engine's plug-in or the older program; skips the test without. */
  static List<String> program() throws Exception {
    List<String> plugIn = List.of("docker", "compose");
    List<String> older = List.of("docker-compose");
    for (List<String> program : List.of(plugIn, older)) {
      List<String> version = new ArrayList<>(program);
      version.add("version");
      if (Image.succeeds(version.toArray(String[]::new))) {
        return program;
      }
    }
    if (System.getenv("REDOUBT_CI") != null) {
      assertThat(older).as("docker compose or docker-compose").isEmpty();
    }
    assumeTrue(false, "there is neither docker compose nor docker-compose");
    return older;
  }

  /**
   * Brings some services up. {@link #close} has to be called even if that fails half-way.
   *
   * @param folder has the compose file
   */
  static Compose at(List<String> program, Path folder, Map<String, String> environment) {
    return new Compose(program, folder, environment);
  }

  void up(String... services) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("up", "--detach", "--no-build"));
    arguments.addAll(List.of(services));
    run(arguments);
  }

  /** How many containers of a service are there. */
  long containers(String service) throws Exception {
    return run(List.of("ps", "--quiet", service)).lines().filter(line -> !line.isBlank()).count();
  }

  private String run(List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of("--project-name", PROJECT));
    command.addAll(arguments);
    Path err = Files.createTempFile(folder, "compose", ".err");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().putAll(environment);
    Process process = builder.redirectError(err.toFile()).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(command + ": " + said + Files.readString(err)).isZero();
    return said;
  }

  @Override
  public void close() throws IOException {
    try {
      run(List.of("down", "--volumes", "--timeout", "1"));
    } catch (Exception e) {
      throw new IOException("what was brought up may still be there", e);
    }
  }
}
