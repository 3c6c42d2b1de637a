package dev.redoubt.cli.train;

import dev.redoubt.cli.train.TrainingReport.Ending;
import dev.redoubt.trainer.Evaluation;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.Sampler;
import dev.redoubt.trainer.SoloRun;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.HeldOut;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One training without a cluster, from the first step to the report. */
public final class Training {
  /** Of the held-out text so much is read, the same each time. */
  private static final long HELD_OUT_TOKENS_MAX = 1 << 16;

  private static final double NANO = 1e-9;

  /** Is told of the training as it goes, on its thread. */
  public interface Observer {
    /** The text is there, the first step begins. */
    void begins(TrainingPlan plan, HeldOut data);

    /** A step is done. */
    void step(Progress progress);

    /** Something else, for people. */
    void event(String headline);
  }

  /**
   * How far a training is.
   *
   * @param steps planned; 0 while that is not known
   * @param tokensPerSecond of the last steps
   */
  public record Progress(
      int step, int steps, double loss, double tokensPerSecond, Duration elapsed) {}

  private final TrainingPlan plan;
  private final LongSupplier nanoTime;
  private final Observer observer;
  private final StepTimes times;
  private TrainConfig train;
  private double elapsed;
  private @Nullable Double first;
  private @Nullable Double last;

  private Training(TrainingPlan plan, LongSupplier nanoTime, Observer observer) {
    this.plan = plan;
    this.nanoTime = nanoTime;
    this.observer = observer;
    train = plan.train();
    times = new StepTimes(train.warmupSteps());
  }

  /**
   * Trains, judges, samples and exports.
   *
   * <p>An interrupt of the calling thread ends the steps soon; the report then has what was
   * measured up to there.
   *
   * @param nanoTime the clock
   * @throws DataException if there is too little text, or it cannot be read
   * @throws IOException if the weights cannot be written or read back
   */
  public static TrainingReport run(TrainingPlan plan, LongSupplier nanoTime, Observer observer)
      throws DataException, IOException {
    return new Training(plan, nanoTime, observer).run();
  }

  private TrainingReport run() throws DataException, IOException {
    HeldOut data = plan.data().open(train);
    try (SoloRun run = new SoloRun(plan.model(), train, data.training(), plan.threads())) {
      observer.begins(plan, data);
      Ending ending = steps(run);
      return ending == Ending.INTERRUPTED || ending == Ending.DIVERGED
          ? report(run, data, ending, null, List.of(), null)
          : judged(run, data, ending);
    }
  }

  private Ending steps(SoloRun run) {
    long start = nanoTime.getAsLong();
    boolean open = plan.time() != null;
    while (open || run.version() < train.steps()) {
      if (plan.time() != null && elapsed >= seconds(plan.time())) {
        return Ending.OUT_OF_TIME;
      }
      if (open && run.version() == Math.max(1, train.warmupSteps())) {
        open = false;
        fixLength(run);
      }
      long before = nanoTime.getAsLong();
      try {
        last = run.step();
      } catch (InterruptedException e) {
        return Ending.INTERRUPTED;
      }
      long now = nanoTime.getAsLong();
      elapsed = (now - start) * NANO;
      stepped(run, (now - before) * NANO, open);
      if (!Double.isFinite(last)) {
        return Ending.DIVERGED;
      }
    }
    return Ending.COMPLETE;
  }

  private void fixLength(SoloRun run) {
    double left = plan.time() == null ? 0 : seconds(plan.time()) - elapsed;
    int steps = (int) run.version() + Math.max(1, times.thatFit(left));
    train = train.with(steps, train.learningRate(), train.warmupSteps(), train.schedule());
    run.goOnWith(train);
    observer.event(
        "the warm-up is over: %d steps in all fit; --steps %d gives the same bits"
            .formatted(steps, steps));
  }

  private void stepped(SoloRun run, double seconds, boolean open) {
    double loss = last == null ? Double.NaN : last;
    first = first == null ? Double.valueOf(loss) : first;
    times.add(seconds);
    observer.step(
        new Progress(
            (int) run.version(),
            open ? 0 : train.steps(),
            loss,
            tokensInStep() / times.recent(),
            Duration.ofNanos((long) (elapsed / NANO))));
  }

  private TrainingReport judged(SoloRun run, HeldOut data, Ending ending) throws IOException {
    observer.event("reading the held-out text");
    try (Evaluation evaluation =
        new Evaluation(plan.model(), train, data.heldOut(), HELD_OUT_TOKENS_MAX)) {
      double heldOut = evaluation.loss(run.state());
      double bytes = data.heldOut().bytesPerToken();
      TrainingReport.FourBit fourBit =
          plan.export() == null ? null : export(plan.export(), run, evaluation, heldOut, bytes);
      List<String> sample = sample(evaluation.model(run.state()), data);
      return report(run, data, ending, heldOut, sample, fourBit);
    }
  }

  private List<String> sample(Sampler.Model model, HeldOut data) {
    TrainingPlan.Sample wanted = plan.sample();
    if (wanted.lines() == 0) {
      return List.of();
    }
    observer.event("sampling " + wanted.lines() + " lines");
    int vocabulary = plan.model().vocabulary();
    Sampler sampler =
        new Sampler(model, vocabulary, train.sequenceLength(), wanted.temperature(), train.seed());
    int[] prompt = SampledText.prompt(wanted.prompt(), data.heldOut(), train.sequenceLength());
    return SampledText.lines(sampler, data.heldOut().tokenizer(), prompt, wanted.lines());
  }

  private TrainingReport.FourBit export(
      Path file, SoloRun run, Evaluation evaluation, double float32, double bytesPerToken)
      throws IOException {
    observer.event("writing the weights in four bits to " + file);
    FourBitFile.write(file, plan.model(), run.state());
    try (Arena arena = Arena.ofShared()) {
      double heldOut = evaluation.loss(FourBitFile.read(file, arena).parameters());
      return new TrainingReport.FourBit(
          file.toString(),
          Files.size(file),
          run.layout().parameterCount() * Float.BYTES,
          heldOut,
          bitsPerByte(heldOut, bytesPerToken),
          float32);
    }
  }

  private TrainingReport report(
      SoloRun run,
      HeldOut data,
      Ending ending,
      @Nullable Double heldOut,
      List<String> sample,
      TrainingReport.@Nullable FourBit fourBit) {
    int steps = (int) run.version();
    boolean timed = steps > 0;
    return new TrainingReport(
        TrainingReport.SCHEMA,
        plan.model().name(),
        ParameterLayout.of(plan.model()).parameterCount(),
        train.seed(),
        new TrainingReport.Data(
            data.training().samples(),
            data.heldOut().samples(),
            train.sequenceLength(),
            data.training().digest()),
        ending,
        steps,
        train.steps(),
        run.digests().root().toString(),
        steps * tokensInStep(),
        elapsed,
        timed ? tokensInStep() / times.measured(0.5) : null,
        timed ? new TrainingReport.StepSeconds(times.measured(0.5), times.measured(0.99)) : null,
        times.measured().size(),
        plan.threads(),
        new TrainingReport.Loss(
            finite(first),
            finite(last),
            heldOut,
            heldOut == null ? null : bitsPerByte(heldOut, data.heldOut().bytesPerToken())),
        sample,
        fourBit);
  }

  private static @Nullable Double finite(@Nullable Double value) {
    return value == null || !Double.isFinite(value) ? null : value;
  }

  private long tokensInStep() {
    return (long) train.microbatches() * train.batchSize() * train.sequenceLength();
  }

  private static double bitsPerByte(double natsPerToken, double bytesPerToken) {
    return natsPerToken / Math.log(2) / bytesPerToken;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() * NANO;
  }
}
