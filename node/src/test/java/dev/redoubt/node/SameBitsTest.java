package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The promise: one scenario, one digest, however many pods share the work, whatever breaks, on
 * whatever vectors, interpreted or compiled.
 */
class SameBitsTest {

  private static Digest golden = new Digest(0);

  @BeforeAll
  static void theGoldenRun() throws Exception {
    golden = new Lab().steps(3).golden().getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "1, false",
    "2, false",
    "3, false",
    "4, false",
    "1, true",
    "2, true",
    "3, true",
    "4, true"
  })
  void theBitsDoNotDependOnPodsOrFaults(int pods, boolean faults) throws Exception {
    assertThat(DigestOfRun.run(pods, faults)).isEqualTo(golden);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Dredoubt.vector.bits=512",
        "-Dredoubt.vector.bits=256",
        "-Dredoubt.vector.bits=128",
        "-XX:UseAVX=2",
        "-XX:TieredStopAtLevel=1"
      })
  void theBitsDoNotDependOnVectorsOrCompilers(String option) throws Exception {
    assertThat(child(List.of(option), 3, true)).isEqualTo(golden);
  }

  @Test
  void theBitsAreTheSameWhenInterpreted() throws Exception {
    assertThat(child(List.of("-Xint"), 2, true)).isEqualTo(golden);
  }

  private Digest child(List<String> options, int pods, boolean faults)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("redoubt.jvm.args", "").split(" ")));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(
        List.of(DigestOfRun.class.getName(), Integer.toString(pods), Boolean.toString(faults)));
    Path output = Files.createTempFile("redoubt-child", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int exit = process.waitFor();
    List<String> lines = Files.readAllLines(output);
    Files.delete(output);
    assertThat(exit).as(String.join("\n", lines)).isZero();
    return lines.stream()
        .filter(line -> line.startsWith("final "))
        .map(line -> Digest.parse(line.substring("final ".length())))
        .findFirst()
        .orElseThrow();
  }
}
