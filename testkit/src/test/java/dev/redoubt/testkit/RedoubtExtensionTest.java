package dev.redoubt.testkit;

import static dev.redoubt.testkit.RedoubtAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A scenario that runs before its tests. */
@RedoubtScenario(value = "src/test/resources/flip.yaml", seed = 5)
class RedoubtExtensionTest {

  @Test
  void its_report_is_injected(Report report) {
    assertThat(report).passed().endedOnGoldenBits().lostNothing();
    assertThat(report).fault("flip").wasDetectedWithin(1).wasHandledBy("repaired");
    assertThat(report.summary().path("seed").asLong()).isEqualTo(5);
  }

  @Test
  void a_bad_scenario_is_said(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(folder.resolve("bad.yaml"), "apiVersion: redoubt/v1\nname: bad\n");
    assertThatThrownBy(() -> ScenarioRun.of(file).into(folder).run())
        .hasMessageContaining("exit code 2")
        .hasMessageContaining("cluster");
  }

  /** The launcher, the build and this pass the same flags. */
  @Test
  void the_flags_are_those_of_the_build() {
    assertThat(List.of(System.getProperty("redoubt.jvm.args").split(" ", -1)))
        .isEqualTo(ScenarioRun.FLAGS);
  }
}
