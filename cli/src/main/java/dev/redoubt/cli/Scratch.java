package dev.redoubt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder for the time of a command; what is in it goes with it. */
record Scratch(Path path) implements AutoCloseable {

  static Scratch in(Path parent) throws IOException {
    return new Scratch(Files.createTempDirectory(parent, "redoubt-bench"));
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
