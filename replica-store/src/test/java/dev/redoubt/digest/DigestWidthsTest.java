package dev.redoubt.digest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same digests whatever vectors the JVM has: each case is a JVM of its own. */
class DigestWidthsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-XX:MaxVectorSize=16",
        "-XX:MaxVectorSize=32",
        "-XX:UseAVX=2",
        "-XX:TieredStopAtLevel=1",
        "-Xint"
      })
  void another_jvm_computes_the_same_digests(String flag, @TempDir Path directory)
      throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      assertThat(tableIn(flag, directory)).isEqualTo(DigestTable.lines(arena));
    }
  }

  private List<String> tableIn(String flag, Path directory)
      throws IOException, InterruptedException {
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("redoubt.jvm.args", "").split(" ")));
    command.addAll(List.of("-XX:+IgnoreUnrecognizedVMOptions", flag));
    command.addAll(List.of("-cp", System.getProperty("java.class.path", "")));
    command.add(DigestTable.class.getName());
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(err)).isZero();
    return Files.readAllLines(out, StandardCharsets.UTF_8);
  }
}
