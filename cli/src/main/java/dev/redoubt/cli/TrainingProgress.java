package dev.redoubt.cli;

import dev.redoubt.cli.train.Training;
import dev.redoubt.cli.train.TrainingPlan;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.data.HeldOut;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;

/** How a training shows itself while it goes. */
final class TrainingProgress implements Training.Observer, AutoCloseable {
  private static final int PLAIN_EVERY_STEPS = 50;

  private final LiveLine line;

  TrainingProgress(Terminal terminal, Clock clock) {
    line = new LiveLine(terminal, clock);
  }

  @Override
  public void begins(TrainingPlan plan, HeldOut data) {
    line.event(
        "%s: %d parameters; %d windows of %d tokens, %d more are held out; %d threads"
            .formatted(
                plan.model().name(),
                ParameterLayout.of(plan.model()).parameterCount(),
                data.training().samples(),
                plan.train().sequenceLength(),
                data.heldOut().samples(),
                plan.threads()));
  }

  @Override
  public void step(Training.Progress progress) {
    boolean last = progress.step() == progress.steps();
    boolean milestone = progress.step() == 1 || progress.step() % PLAIN_EVERY_STEPS == 0 || last;
    line.show(text(progress), milestone);
  }

  @Override
  public void event(String headline) {
    line.event(headline);
  }

  private static String text(Training.Progress progress) {
    String of = progress.steps() == 0 ? "" : "/" + progress.steps();
    Duration elapsed = progress.elapsed();
    return String.format(
        Locale.ROOT,
        "step %d%s  loss %.4f  %.0f tokens/s  %d:%02d",
        progress.step(),
        of,
        progress.loss(),
        progress.tokensPerSecond(),
        elapsed.toMinutes(),
        elapsed.toSecondsPart());
  }

  @Override
  public void close() {
    line.close();
  }
}
