package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.fault.FaultLedger;
import dev.redoubt.node.process.ForkedProcess;
import dev.redoubt.node.process.Launched;
import dev.redoubt.node.process.Launcher;
import dev.redoubt.node.process.Place;
import dev.redoubt.node.process.ProcessCluster;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The members are started one after the other: nobody else would miss one that never comes. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the mode processes needs Linux")
class UnbornMemberTest {

  private final Path folder;

  UnbornMemberTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  @Timeout(60)
  void a_member_that_ends_before_it_is_up_ends_the_run_and_names_its_log() throws Exception {
    Lab lab = new Lab();
    RunSpec spec = lab.spec();
    assertThatThrownBy(
            () -> ProcessCluster.run(spec, new FaultLedger(spec.faults()), lab, new Stillborn()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("ended with exit code 3 before it was up; see ")
        .hasMessageContaining(".log");
  }

  /** Its members end at once. */
  private final class Stillborn implements Launcher {

    @Override
    public Launched launch(Place place) throws IOException {
      Process process = new ProcessBuilder("sh", "-c", "exit 3").start();
      return new Launched(process, new ForkedProcess(process));
    }

    @Override
    public Path folder() {
      return folder;
    }

    @Override
    public String log(String name) {
      return folder.resolve(name + ".log").toString();
    }
  }
}
