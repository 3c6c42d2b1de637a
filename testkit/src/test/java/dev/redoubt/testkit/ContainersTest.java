package dev.redoubt.testkit;

import static dev.redoubt.testkit.RedoubtAssertions.assertThat;
import static dev.redoubt.testkit.RedoubtAssertions.place;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs in containers, with a real engine. */
class ContainersTest {

  private static final Path ROOT = Path.of(System.getProperty("redoubt.root"));

  private final Path folder;

  ContainersTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeAll
  static void image() throws Exception {
    Image.build();
  }

  /** Containers of the run's own: killed, frozen and cut off by the scenario, and a bit flips. */
  @Test
  void a_run_ends_on_golden_bits_whatever_broke() throws Exception {
    Report report =
        ScenarioRun.of(ROOT.resolve("scenarios/containers.yaml"))
            .withEnvironment("REDOUBT_IMAGE", Image.NAME)
            .into(folder)
            .run();

    assertThat(report).passed().endedOnGoldenBits().lostNothing().hasNoFalseAlarms();
    assertThat(report).fault("kill").wasDetectedWithin(1).wasHandledBy("replaced");
    assertThat(report).fault("flip").wasDetectedWithin(1).blamedOn(place(1, 0));
    assertThat(report).fault("pause").struck().wasNotDetected();
    assertThat(report).fault("cut").wasDetected().wasHandledBy("replaced");
  }

  /**
   * Machines that stand by: one is killed by hand, another cut off, and the scenario knows of
   * neither. Both come back, one after the other, so that the run has to be long enough.
   */
  @Test
  void what_breaks_by_hand_is_survived() throws Exception {
    Path scenario =
        Files.writeString(
            folder.resolve("by-hand.yaml"),
            """
            apiVersion: redoubt/v1
            name: by-hand
            cluster: {pods: 3, spares: 2, controllers: 2, returns: {afterSteps: 5}}
            model: pico
            train: {steps: 1200, microbatches: 6, sequenceLength: 32, batchSize: 2}
            timeouts: {joinMillisMax: 120000}
            expect: {finalState: golden}
            """);
    try (RedoubtCluster cluster = RedoubtCluster.of(Image.NAME, 7)) {
      cluster.start();
      ScenarioRun.Going run = ScenarioRun.of(scenario).inMode("containers").into(folder).start();
      run.awaitEvent("\"step\":5,");
      cluster.kill(run.machineOf("w1"));
      run.awaitEvent(lost("w1"));
      cluster.cutOff(run.machineOf("w2"));
      run.awaitEvent(lost("w2"));
      run.machineOf("w1~2");
      run.machineOf("w2~2");

      Report report = run.await();

      assertThat(report).passed().endedOnGoldenBits().lostNothing();
    }
  }

  private static String lost(String member) {
    return "\"node\":\"" + member + "\",\"event\":\"worker-lost\"";
  }
}
