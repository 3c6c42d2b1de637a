package dev.redoubt.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.trainer.LearningSchedule;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.SoloRun;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.DataConfig;
import dev.redoubt.trainer.data.HeldOut;
import dev.redoubt.trainer.data.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings of a tiny model by a clock that the test moves. */
class TrainingTest {

  private static final ModelConfig PICO = ModelConfig.preset("pico");
  private static final TrainConfig TRAIN =
      TrainConfig.defaults(5, 9, 2, 2, 16).with(9, 4e-3, 3, LearningSchedule.COSINE);

  private final Path folder;
  private final DataConfig data;
  private final List<String> events = new ArrayList<>();
  private final List<Training.Progress> steps = new ArrayList<>();

  TrainingTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Random random = new Random(1);
    StringBuilder text = new StringBuilder();
    while (text.length() < 20_000) {
      text.append("word").append(random.nextInt(30)).append(random.nextInt(9) == 0 ? '\n' : ' ');
    }
    Path file = Files.writeString(folder.resolve("text.txt"), text);
    data = new DataConfig(List.of(Source.of("text", file.toString())));
  }

  private TrainingPlan plan(TrainConfig train, @Nullable Duration time, @Nullable Path export) {
    TrainingPlan.Sample sample = new TrainingPlan.Sample(2, "word", 0.8);
    return new TrainingPlan(PICO, run -> HeldOut.open(data, run), train, time, 2, sample, export);
  }

  /** Each look at the clock is a second after the last: a step is seen to take one. */
  private static LongSupplier ticking() {
    long[] seconds = {100};
    return () -> seconds[0]++ * 1_000_000_000L;
  }

  private final class Listener implements Training.Observer {
    @Override
    public void begins(TrainingPlan plan, HeldOut text) {
      events.add("begins");
    }

    @Override
    public void step(Training.Progress progress) {
      steps.add(progress);
    }

    @Override
    public void event(String headline) {
      events.add(headline);
    }
  }

  private TrainingReport run(TrainingPlan plan) throws Exception {
    return Training.run(plan, ticking(), new Listener());
  }

  @Test
  void aTrainingOfSomeStepsHasTheBitsOfThatManySteps() throws Exception {
    TrainingReport report = run(plan(TRAIN, null, null));
    HeldOut parts = HeldOut.open(data, TRAIN);
    try (SoloRun solo = new SoloRun(PICO, TRAIN, parts.training(), 1)) {
      for (int step = 0; step < 9; step++) {
        solo.step();
      }
      assertThat(report.digest()).isEqualTo(solo.digests().root().toString());
    }
    assertThat(report.ending()).isEqualTo(TrainingReport.Ending.COMPLETE);
    assertThat(report.steps()).isEqualTo(9);
    assertThat(report.tokens()).isEqualTo(9 * 64);
    assertThat(report.tokensPerSecond()).isEqualTo(64);
    assertThat(report.stepSeconds()).isEqualTo(new TrainingReport.StepSeconds(1, 1));
    assertThat(report.measuredSteps()).isEqualTo(6);
    assertThat(report.data().digest()).isEqualTo(parts.training().digest());
    assertThat(report.loss().first()).isBetween(5.3, 5.8);
    assertThat(report.loss().last()).isLessThan(5.2);
    assertThat(report.loss().heldOut()).isBetween(2.0, 5.4);
    double heldOut = Objects.requireNonNull(report.loss().heldOut());
    assertThat(report.loss().heldOutBitsPerByte()).isEqualTo(heldOut / Math.log(2), within(1e-12));
    assertThat(report.sample()).isNotEmpty().first().asString().startsWith("word");
    assertThat(steps).hasSize(9);
    assertThat(events).first().isEqualTo("begins");
  }

  /** The clock is looked at twice a step, so twice the time goes by. */
  @Test
  void aTrainingForSomeTimeCountsTheStepsThatFitAfterTheWarmUp() throws Exception {
    TrainConfig open = TRAIN.with(Integer.MAX_VALUE, 4e-3, 3, LearningSchedule.COSINE);
    TrainingReport report = run(plan(open, Duration.ofSeconds(1000), null));
    int planned = report.stepsPlanned();
    assertThat(planned).isEqualTo(3 + (int) (0.97 * (1000 - 6)));
    assertThat(events).anyMatch(event -> event.contains("--steps " + planned));
    assertThat(report.ending()).isEqualTo(TrainingReport.Ending.OUT_OF_TIME);
    assertThat(report.steps()).isEqualTo(500);
    assertThat(steps.get(2).steps()).isZero();
    assertThat(steps.get(3).steps()).isEqualTo(planned);
  }

  @Test
  void aTrainingForSomeTimeHasTheBitsOfItsNumberOfSteps() throws Exception {
    TrainConfig open = TRAIN.with(Integer.MAX_VALUE, 4e-3, 3, LearningSchedule.COSINE);
    // The first look is the start; of the two at a step, the later one finds a second gone by.
    long[] looks = {0};
    LongSupplier clock = () -> looks[0]++ / 2 * 1_000_000_000L;
    TrainingReport timed =
        Training.run(plan(open, Duration.ofSeconds(12), null), clock, new Listener());
    assertThat(timed.ending()).isEqualTo(TrainingReport.Ending.COMPLETE);
    assertThat(timed.steps()).isEqualTo(3 + (int) (0.97 * 9));
    TrainConfig known = TRAIN.with(timed.steps(), 4e-3, 3, LearningSchedule.COSINE);
    assertThat(run(plan(known, null, null)).digest()).isEqualTo(timed.digest());
  }

  @Test
  void theExportIsJudgedAsItWasReadBack() throws Exception {
    Path file = folder.resolve("w.safetensors");
    TrainingReport report = run(plan(TRAIN, null, file));
    TrainingReport.FourBit four = Objects.requireNonNull(report.fourBit());
    assertThat(four.bytes()).isEqualTo(Files.size(file)).isLessThan(four.float32Bytes() / 4);
    assertThat(four.heldOutFloat32()).isEqualTo(report.loss().heldOut());
    assertThat(four.heldOut())
        .isNotEqualTo(four.heldOutFloat32())
        .isEqualTo(four.heldOutFloat32(), within(0.2));
  }

  @Test
  void anInterruptEndsItWithWhatThereIs() throws Exception {
    Training.Observer stopping =
        new Training.Observer() {
          @Override
          public void begins(TrainingPlan plan, HeldOut text) {}

          @Override
          public void step(Training.Progress progress) {
            if (progress.step() == 2) {
              Thread.currentThread().interrupt();
            }
          }

          @Override
          public void event(String headline) {}
        };
    TrainingReport report = Training.run(plan(TRAIN, null, null), ticking(), stopping);
    assertThat(report.ending()).isEqualTo(TrainingReport.Ending.INTERRUPTED);
    assertThat(report.steps()).isEqualTo(2);
    assertThat(report.loss().heldOut()).isNull();
    assertThat(report.sample()).isEmpty();
  }

  @Test
  void aTrainingThatDivergesSaysSoAtOnce() throws Exception {
    TrainConfig wild = TRAIN.with(50, 1e30, 0, LearningSchedule.CONSTANT);
    TrainingReport report = run(plan(wild, null, folder.resolve("never")));
    assertThat(report.ending()).isEqualTo(TrainingReport.Ending.DIVERGED);
    assertThat(report.steps()).isLessThan(10);
    assertThat(report.loss().last()).isNull();
    assertThat(folder.resolve("never")).doesNotExist();
  }
}
