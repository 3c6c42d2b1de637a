package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.fault.FaultLedger;
import dev.redoubt.node.process.ForkedProcess;
import dev.redoubt.node.process.Launched;
import dev.redoubt.node.process.Launcher;
import dev.redoubt.node.process.Place;
import dev.redoubt.node.process.ProcessCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
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
            () ->
                ProcessCluster.run(
                    spec, new FaultLedger(spec.faults()), lab, new Scripted(place -> "exit 3")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("ended with exit code 3 before it was up; see ")
        .hasMessageContaining(".log");
  }

  /** All others of a job that starts again are started at once, when there is one to join. */
  @Test
  @Timeout(60)
  void whoever_belongs_before_it_is_up_is_no_reason_to_start_others_that_join_nobody()
      throws Exception {
    Lab lab = new Lab();
    RunSpec spec = lab.spec().with(new Checkpoints(folder, 2, 2));
    String founder =
        """
        echo '{"type": "Belongs"}'
        echo '{"type": "Up", "address": "akka://redoubt@127.0.0.1:1"}'
        exec cat
        """;
    Scripted scripted = new Scripted(place -> place.number() == 1 ? founder : "exit 3");
    assertThatThrownBy(
            () -> ProcessCluster.run(spec, new FaultLedger(spec.faults()), lab, scripted))
        .hasMessageContaining("ended with exit code 3 before it was up");
    assertThat(scripted.places).hasSize(spec.members().size());
    assertThat(scripted.places.getFirst().seeds()).isEmpty();
    assertThat(scripted.places.subList(1, scripted.places.size()))
        .allSatisfy(
            place -> assertThat(place.seeds()).containsExactly("akka://redoubt@127.0.0.1:1"));
  }

  /** Its members are shell scripts. */
  private final class Scripted implements Launcher {

    private final Function<Place, String> scripts;
    private final List<Place> places = new ArrayList<>();

    Scripted(Function<Place, String> scripts) {
      this.scripts = scripts;
    }

    @Override
    public Launched launch(Place place) throws IOException {
      places.add(place);
      Process process = new ProcessBuilder("sh", "-c", scripts.apply(place)).start();
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
