package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.TheController;
import dev.redoubt.fault.When;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The controller is lost, and another one goes on from what the workers know. */
@Timeout(60)
class LocalFailoverTest {

  private static final int STEPS = 5;

  private final Lab lab = new Lab().pods(2).spares(1).steps(STEPS).controllers(2);

  @ParameterizedTest
  @EnumSource(Phase.class)
  void anotherControllerGoesOnWhereverTheFirstOneDies(Phase phase) throws Exception {
    lab.inject(new Crash("crash", new When(2, phase), new TheController()));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(lab.strikes()).extracting(strike -> strike.node()).containsExactly("c0");
    assertThat(lab.notes(Note.ControllerChanged.class)).hasSize(1);
    assertThat(lab.notes(Note.WorkerLost.class)).isEmpty();
    assertEveryStepOnce();
  }

  @Test
  void aControllerThatHangsIsSucceeded() throws Exception {
    lab.inject(new Hang("hang", new When(2, Phase.PLAN), new TheController()));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(lab.notes(Note.ControllerChanged.class)).hasSize(1);
    assertEveryStepOnce();
  }

  @Test
  void aControllerThatIsCutOffIsSucceeded() throws Exception {
    lab.inject(
        new Partition(
            "cut",
            new When(2, Phase.PLAN),
            new TheController(),
            List.of(),
            Partition.Direction.BOTH,
            Optional.empty()));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(lab.notes(Note.ControllerChanged.class)).hasSize(1);
    assertEveryStepOnce();
  }

  @Test
  void aWorkerThatDiesWithTheControllerIsMissedByTheNext() throws Exception {
    lab.inject(
        new Crash("worker", new When(2, Phase.COMPUTE), new Target(1, 0)),
        new Crash("controller", new When(2, Phase.REDUCE), new TheController()));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(lab.notes(Note.Replaced.class)).hasSize(1);
    assertEveryStepOnce();
  }

  @Test
  void aControllerThatComesBackSucceedsTheNext() throws Exception {
    lab.steps(200)
        .inject(
            new Crash("first", new When(2, Phase.PLAN), new TheController(), OptionalInt.of(2)),
            new Crash("second", new When(160, Phase.PLAN), new TheController()));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(lab.strikes()).extracting(strike -> strike.node()).containsExactly("c0", "c1");
    assertThat(lab.notes(Note.ControllerChanged.class)).hasSize(2);
  }

  @Test
  void withTheLastControllerTheRunIsLost() throws Exception {
    lab.inject(
        new Crash("first", new When(2, Phase.PLAN), new TheController()),
        new Crash("second", new When(3, Phase.PLAN), new TheController()));

    assertThat(lab.run()).isInstanceOf(Verdict.Lost.class);

    assertThat(lab.strikes()).extracting(strike -> strike.node()).containsExactly("c0", "c1");
  }

  /** A new controller may say again of the last step what the one before said. */
  private void assertEveryStepOnce() {
    assertThat(
            lab.notes(Note.StepCommitted.class).stream()
                .map(note -> note.step() + " " + note.digests())
                .distinct()
                .toList())
        .extracting(step -> Long.parseLong(step.substring(0, step.indexOf(' '))))
        .containsExactlyElementsOf(LongStream.rangeClosed(1, STEPS).boxed().toList());
  }
}
