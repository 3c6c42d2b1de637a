package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Drain;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Pause;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.TheController;
import dev.redoubt.fault.When;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Machines that hang, pause, crawl and are cut off, in one JVM. */
class LocalFaultsTest {

  private static final Target POD_1 = new Target(1, 0);

  private final Lab lab = new Lab().pods(2).spares(1).steps(5);

  @Test
  void aPauseShorterThanEveryDeadlineIsJustSlow() throws Exception {
    lab.inject(new Pause("pause", new When(2, Phase.REDUCE), POD_1, Duration.ofMillis(300)));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(only(lab).evidence()).contains("stands still");
    assertThat(lab.notes(Note.WorkerLost.class)).isEmpty();
  }

  @Test
  void aWorkerThatIsDrainedLeavesInOrderAndNoStepIsDoneAgain() throws Exception {
    lab.inject(new Drain("drain", new When(2, Phase.PLAN), POD_1));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(only(lab).evidence()).isEqualTo("it left pod1/rank0 before step 3");
    assertThat(lab.notes(Note.Replaced.class)).hasSize(1);
    assertThat(lab.notes(Note.WorkerLost.class)).isEmpty();
    assertThat(lab.notes(Note.StepStarted.class))
        .extracting(Note.StepStarted::step)
        .containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void aMachineThatHangsIsReplaced() throws Exception {
    lab.stallMillis(2_000).inject(new Hang("hang", new When(2, Phase.COMPUTE), POD_1));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(lab.notes(Note.WorkerLost.class))
        .extracting(Note.WorkerLost::worker)
        .contains(new WorkerId(only(lab).node()));
    assertThat(lab.notes(Note.Replaced.class)).isNotEmpty();
  }

  @Test
  void aSlowMachineTakesLongerAndHasTheRightBits() throws Exception {
    lab.inject(new Slow("slow", new When(2, Phase.COMPUTE), POD_1, 3, 2));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(only(lab).evidence()).contains("a gradient that was computed in");
  }

  @ParameterizedTest
  @EnumSource(Partition.Direction.class)
  void aMachineThatIsCutOffIsReplaced(Partition.Direction direction) throws Exception {
    lab.stallMillis(2_000)
        .inject(
            new Partition(
                "cut", new When(2, Phase.COMPUTE), POD_1, List.of(), direction, Optional.empty()));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(only(lab).evidence()).contains("hears nothing of");
    assertThat(lab.notes(Note.WorkerLost.class)).isNotEmpty();
  }

  @Test
  void aCutThatHealsInTimeLosesNobody() throws Exception {
    lab.stallMillis(8_000)
        .inject(
            new Partition(
                "cut",
                new When(2, Phase.COMPUTE),
                POD_1,
                List.of(new TheController()),
                Partition.Direction.BOTH,
                Optional.of(Duration.ofMillis(200))));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(lab.notes(Note.WorkerLost.class)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void withoutAnotherControllerItsCrashIsTheEnd(Phase phase) throws Exception {
    lab.inject(new Crash("crash", new When(2, phase), new TheController()));

    Verdict verdict = lab.run();

    assertThat(verdict).isInstanceOf(Verdict.Lost.class);
    assertThat(verdict.reason()).contains("controller");
    assertThat(only(lab).node()).isEqualTo("c0");
  }

  private static Strike only(Lab lab) {
    assertThat(lab.strikes()).hasSize(1);
    return lab.strikes().getFirst();
  }
}
