package dev.redoubt.cli.run;

import dev.redoubt.cli.EnvironmentException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A container engine, through its own command line client. */
final class Docker {

  private static final String CLIENT = "docker";

  /** The engine that the client finds. */
  static Docker here() throws EnvironmentException {
    Docker docker = new Docker();
    try {
      docker.run("version", "--format", "{{.Server.Version}}");
      return docker;
    } catch (IOException e) {
      throw new EnvironmentException(
          "mode containers needs a Docker engine and its client: " + e.getMessage(), e);
    }
  }

  /**
   * Runs a command to its end and returns what it printed.
   *
   * @throws IOException if it fails, with what it complained of
   */
  String run(String... arguments) throws IOException {
    return run(new byte[0], List.of(arguments));
  }

  /** The same with something to read on its standard input. */
  String run(byte[] input, List<String> arguments) throws IOException {
    Process process = new ProcessBuilder(command(arguments)).redirectErrorStream(true).start();
    try {
      process.getOutputStream().write(input);
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException(
            "'docker %s' failed with %d: %s".formatted(arguments.getFirst(), code, said.strip()));
      }
      return said.strip();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted in 'docker " + arguments.getFirst() + "'");
    }
  }

  /** The same if it may fail. */
  Optional<String> tryTo(String... arguments) {
    try {
      return Optional.of(run(arguments));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The lines that a command prints. */
  List<String> lines(String... arguments) throws IOException {
    return Arrays.stream(run(arguments).split("\n")).filter(line -> !line.isBlank()).toList();
  }

  /** A process whose streams are those of a command in a container. */
  ProcessBuilder inside(String container, List<String> command) {
    List<String> all = new ArrayList<>(List.of("exec", "-i", container));
    all.addAll(command);
    return new ProcessBuilder(command(all));
  }

  private static List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(CLIENT);
    command.addAll(arguments);
    return command;
  }
}
