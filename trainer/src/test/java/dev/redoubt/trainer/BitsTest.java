package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same bits at every vector width, interpreted and compiled: child JVMs of each kind. */
class BitsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Dredoubt.vector.bits=128",
        "-Dredoubt.vector.bits=256",
        "-Dredoubt.vector.bits=512",
        "-Xint",
        "-XX:TieredStopAtLevel=1",
        "-XX:-TieredCompilation",
        "-XX:+IgnoreUnrecognizedVMOptions -XX:UseAVX=2",
        "-XX:+IgnoreUnrecognizedVMOptions -XX:UseAVX=0"
      })
  void oneDigestForEveryMachine(String flags) throws Exception {
    assertThat(child(flags)).isEqualTo(Bits.roots() + " wrong 0");
  }

  private static String child(String flags) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("redoubt.jvm.args").split(" ")));
    command.addAll(List.of(flags.split(" ")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Bits.class.getName()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as("exit of the child").isZero();
    return output;
  }
}
