package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.Digest;
import dev.redoubt.node.DigestOfRun.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The promise: one scenario, one digest for each number of ranks in a pod, however many pods share
 * the work, whatever breaks, with overlap or without, on whatever vectors, interpreted or compiled.
 * (That the whole model has the same bits for each number of ranks is shown where the golden run
 * cuts one whole model for all of them.)
 */
class SameBitsTest {

  /** Of the whole model, by ranks in a pod. */
  private static final Map<Integer, Digest> GOLDEN = new HashMap<>();

  @BeforeAll
  static void theGoldenRuns() throws Exception {
    for (int ranks : List.of(1, 2, 4)) {
      List<Digest> shards = new Run(1, ranks, true, false).lab().golden();
      GOLDEN.put(ranks, Digest.combine(shards));
    }
  }

  /** Faults strike where overlap is on, and nowhere else; in the other JVM it is the other way. */
  static Stream<Run> clusters() {
    return clusters(true);
  }

  private static Stream<Run> clusters(boolean faultsWithOverlap) {
    return Stream.of(1, 2, 4)
        .flatMap(
            ranks ->
                IntStream.rangeClosed(1, 4)
                    .boxed()
                    .flatMap(
                        pods ->
                            Stream.of(
                                new Run(pods, ranks, true, faultsWithOverlap),
                                new Run(pods, ranks, false, !faultsWithOverlap))));
  }

  @ParameterizedTest
  @MethodSource("clusters")
  void theBitsDoNotDependOnPodsOverlapOrFaults(Run run) throws Exception {
    assertThat(DigestOfRun.run(run)).isEqualTo(GOLDEN.get(run.ranks()));
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
  void theBitsDoNotDependOnVectorsOrCompilersInAFreshJvm(String option) throws Exception {
    assertGolden(
        option, new Run(3, 1, true, true), new Run(2, 2, true, true), new Run(1, 4, false, false));
  }

  /** The other half of the cross, in another JVM and on other vectors than here. */
  @Test
  void theBitsAreTheSameInAnotherJvm() throws Exception {
    assertGolden("-Dredoubt.vector.bits=256", clusters(false).toArray(Run[]::new));
  }

  /** The cluster itself is interpreted too: a small one, and nothing breaks. */
  @Test
  void theBitsAreTheSameWhenInterpreted() throws Exception {
    assertGolden("-Xint", new Run(2, 1, true, false), new Run(1, 2, true, false));
  }

  private static void assertGolden(String option, Run... runs) throws Exception {
    Map<String, Digest> digests = child(option, List.of(runs));
    for (Run run : runs) {
      assertThat(digests).containsEntry(run.argument(), GOLDEN.get(run.ranks()));
    }
  }

  private static Map<String, Digest> child(String option, List<Run> runs)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("redoubt.jvm.args", "").split(" ")));
    command.addAll(List.of(option, "-cp", System.getProperty("java.class.path")));
    command.add(DigestOfRun.class.getName());
    runs.forEach(run -> command.add(run.argument()));
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
    Map<String, Digest> digests = new HashMap<>();
    for (String line : lines) {
      if (line.startsWith("final ")) {
        String[] words = line.split(" ", 3);
        digests.put(words[1], Digest.parse(words[2]));
      }
    }
    return digests;
  }
}
