package dev.redoubt.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The protocol's talk, written down: commands, {@code ----}, and what is done about them, in order.
 * {@code -Dredoubt.golden.write=true} writes what is done now; whoever does that reads the diff.
 *
 * <p>A block that begins with {@code given} only says where things stand after it. A digest is a
 * small hexadecimal number, and means nothing but itself.
 */
class GoldenTranscriptsTest {

  private static final Path TRANSCRIPTS =
      Path.of("src", "test", "resources", "dev", "redoubt", "core", "transcripts");
  private static final boolean WRITE = Boolean.getBoolean("redoubt.golden.write");

  @TestFactory
  List<DynamicTest> theTalkIsAsWrittenDown() throws IOException {
    try (Stream<Path> files = Files.list(TRANSCRIPTS)) {
      return files
          .sorted()
          .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)))
          .toList();
    }
  }

  private static void check(Path file) throws IOException {
    List<String> written = Files.readAllLines(file);
    List<String> played = play(written);
    if (WRITE) {
      Files.write(file, played);
    } else {
      assertThat(String.join("\n", played)).isEqualTo(String.join("\n", written));
    }
  }

  /** The transcript with what is done now in the place of what was done then. */
  private static List<String> play(List<String> written) {
    List<String> played = new ArrayList<>();
    List<String> done = new ArrayList<>();
    Script script = new Script();
    boolean given = false;
    boolean answers = false;
    for (String line : written) {
      if (line.isBlank()) {
        answers = false;
        given = false;
        played.add("");
      } else if (line.equals("----")) {
        played.add(line);
        played.addAll(
            given ? List.of(script.status()) : done.isEmpty() ? List.of("nothing") : done);
        done.clear();
        answers = true;
      } else if (!answers) {
        played.add(line);
        given |= line.equals("given");
        if (!line.startsWith("#") && !line.equals("given")) {
          done.addAll(script.play(Command.parse(line)));
        }
      }
    }
    return played;
  }
}
