package dev.redoubt.cli.bench;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.core.Mesh;
import dev.redoubt.core.Note;
import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.core.Verdict;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.LocalCluster;
import dev.redoubt.node.PortTakenException;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.RunSpec;
import dev.redoubt.node.StepMeasure;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Dataset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A fault-free training with all that protects it, beside the {@link BareLoop}, some steps of the
 * one and the same steps of the other in turn. When the controller says that a step is committed,
 * the workers have begun the next one; that is waited for and counted, since those steps end with
 * it as they began with it. Then, while the controller waits to say what comes next, the bare loop
 * has the cores to itself. Both end on the same bits.
 *
 * <p>A round is a turn of the training, two of the bare loop and another of the training, so that a
 * machine that becomes slower in it slows both down by as much.
 */
final class FaultFreeBench {

  private static final int MILLIS_MAX = 600_000;

  /** Steps of one side in a row. */
  private static final int TURN_STEPS = 4;

  private static final int ROUND_STEPS = 2 * TURN_STEPS;

  /** Before the first that counts. */
  private static final int WARM_ROUNDS = 1;

  private static final int AHEAD_SECONDS_MAX = 60;

  /** Of a small model, before those. */
  private static final int SMALL_STEPS = 300;

  private final ModelConfig model;
  private final int rounds;

  /**
   * Prepares it.
   *
   * @param rounds that are measured
   */
  FaultFreeBench(ModelConfig model, int rounds) {
    this.model = model;
    this.rounds = rounds;
  }

  /** The protected step beside the bare one. */
  Figure measure() throws EnvironmentException, InterruptedException {
    warmWords();
    return run(model, StepBench.train((WARM_ROUNDS + rounds) * ROUND_STEPS)).figure();
  }

  /**
   * What controller and workers say to each other is said a few times in a step: too seldom to be
   * compiled within the steps that are measured here, while a training of some minutes has it
   * compiled. So a small model, whose steps are short, has them talk before.
   */
  private static void warmWords() throws EnvironmentException, InterruptedException {
    run(ModelConfig.preset("pico"), StepBench.train(SMALL_STEPS));
  }

  private static Turns run(ModelConfig model, TrainConfig train)
      throws EnvironmentException, InterruptedException {
    RunSpec spec = spec(model, train);
    try (BareLoop bare = new BareLoop(model, train, spec.data())) {
      Turns turns = new Turns(bare, train.steps());
      Verdict verdict = LocalCluster.run(spec, new FaultLedger(spec.faults()), turns);
      if (!(verdict instanceof Verdict.Completed)) {
        throw new EnvironmentException("the fault-free run ended with " + verdict);
      }
      return turns;
    } catch (PortTakenException e) {
      throw new EnvironmentException(String.valueOf(e.getMessage()), e);
    }
  }

  /** With what a scenario has by default. */
  private static RunSpec spec(ModelConfig model, TrainConfig train) {
    ProtocolConfig protocol =
        new ProtocolConfig(
            new Mesh(BareLoop.COPIES, 1, 0),
            train.steps(),
            train.microbatches(),
            4,
            1,
            0,
            true,
            true,
            2,
            3,
            new ProtocolConfig.Timeouts(MILLIS_MAX, MILLIS_MAX, MILLIS_MAX, MILLIS_MAX));
    FaultPlan none = new FaultPlan(List.of());
    return new RunSpec(protocol, model, train, text(train), true, none, 1, 0);
  }

  /** Random bytes: what a step takes does not depend on the text. */
  private static Dataset text(TrainConfig train) {
    byte[] text = new byte[1 << 20];
    new SplittableRandom(7).nextBytes(text);
    try {
      return Dataset.of(text, train);
    } catch (DataException e) {
      throw new IllegalStateException("random text is long enough", e);
    }
  }

  /** Runs the bare loop in the middle of each round. */
  private static final class Turns implements RunListener {

    private final BareLoop bare;
    private final int steps;
    private final double[] mine;
    private final double[] theirs;
    private final Map<Integer, Digest> committed = new HashMap<>();
    private final Map<Long, CountDownLatch> ahead = new ConcurrentHashMap<>();
    private Map<Integer, Digest> computed = Map.of();
    private long since;

    Turns(BareLoop bare, int steps) {
      this.bare = bare;
      this.steps = steps;
      mine = new double[steps / ROUND_STEPS];
      theirs = new double[mine.length];
    }

    @Override
    public void note(long nanos, Note note) {
      if (note instanceof Note.StepCommitted of) {
        int step = Math.toIntExact(of.step());
        committed.put(step, Digest.combine(of.digests()));
        if (step % TURN_STEPS == 0 && step <= mine.length * ROUND_STEPS) {
          turn(step);
        }
      } else if (note instanceof Note.StepStarted started && started.step() == 1) {
        since = nanos;
      }
    }

    private void turn(int step) {
      if (step < steps) {
        awaitAhead(step + 1);
      }
      int round = (step - 1) / ROUND_STEPS;
      mine[round] += System.nanoTime() - since;
      if (step % ROUND_STEPS == 0) {
        compare(step);
      } else {
        theirs[round] = bare(step - TURN_STEPS);
      }
      since = System.nanoTime();
    }

    /** The steps of a round after that one; the nanoseconds of all. */
    private double bare(int after) {
      computed = new HashMap<>();
      long nanos = 0;
      for (int step = after + 1; step <= after + ROUND_STEPS; step++) {
        long start = System.nanoTime();
        bare.step();
        nanos += System.nanoTime() - start;
        computed.put(step, bare.digest());
      }
      return nanos;
    }

    private void compare(int last) {
      for (int step = last - ROUND_STEPS + 1; step <= last; step++) {
        if (!Objects.equals(computed.get(step), committed.get(step))) {
          throw new IllegalStateException("step " + step + " of the bare loop has other bits");
        }
      }
    }

    private void awaitAhead(long step) {
      try {
        if (!ahead(step).await(AHEAD_SECONDS_MAX, TimeUnit.SECONDS)) {
          throw new IllegalStateException("step " + step + " was not begun ahead");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted after step " + (step - 1), e);
      }
    }

    private CountDownLatch ahead(long step) {
      return ahead.computeIfAbsent(step, next -> new CountDownLatch(BareLoop.COPIES));
    }

    @Override
    public void ahead(long nanos, String worker, long step) {
      ahead(step).countDown();
    }

    Figure figure() {
      Comparison pair =
          Comparison.of(
              Arrays.copyOfRange(mine, WARM_ROUNDS, mine.length),
              Arrays.copyOfRange(theirs, WARM_ROUNDS, theirs.length),
              1);
      String note =
          String.format(
              Locale.ROOT,
              "bare %.0f ms; %d rounds, with 95 %% their median is %s; the bits are the same;"
                  + " 2 pods, digests and commit every step",
              pair.referenceNanos() / ROUND_STEPS / 1e6,
              mine.length - WARM_ROUNDS,
              pair.median());
      return Figure.beside(
              "fault-free training",
              "a step",
              pair.nanos() / ROUND_STEPS / 1e6,
              "ms",
              "bare loop",
              pair)
          .noting(note);
    }

    @Override
    public void struck(long nanos, Strike strike) {}

    @Override
    public void refused(long nanos, String worker, String what, String reason) {}

    @Override
    public void measured(long nanos, StepMeasure measure) {}

    @Override
    public void members(int alive) {}
  }
}
