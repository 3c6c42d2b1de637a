package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.fault.FaultCatalogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who reads of a kind of fault can run it. */
class FaultLibraryTest {

  private static final Path LIBRARY =
      Path.of(System.getProperty("redoubt.root", "..")).resolve("scenarios");
  private static final Pattern INJECTED = Pattern.compile("inject:\\s*\\{?\\s*kind: ([a-z-]+)");

  @Test
  void every_kind_of_the_catalogue_has_a_scenario() throws Exception {
    Set<String> injected;
    try (Stream<Path> files = Files.list(LIBRARY)) {
      injected = files.flatMap(FaultLibraryTest::kinds).collect(Collectors.toSet());
    }
    assertThat(FaultCatalogue.entries())
        .extracting(FaultCatalogue.Entry::kind)
        .isSubsetOf(injected);
  }

  private static Stream<String> kinds(Path scenario) {
    try {
      return INJECTED
          .matcher(Files.readString(scenario))
          .results()
          .map((MatchResult found) -> found.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
