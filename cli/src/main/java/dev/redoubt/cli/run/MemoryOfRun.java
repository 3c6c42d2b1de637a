package dev.redoubt.cli.run;

import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioLoader;
import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.LocalCluster;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.RunSpec;
import dev.redoubt.node.StepMeasure;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A program that runs a scenario without a golden run and prints the memory that it took. */
final class MemoryOfRun {

  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

  private MemoryOfRun() {}

  /** Argument: the scenario's file. */
  public static void main(String[] args) throws Exception {
    Scenario scenario = new ScenarioLoader(new TrainerModels()).load(Path.of(args[0]));
    TrainConfig train = Conversion.train(scenario);
    RunSpec spec =
        new RunSpec(
            Conversion.protocol(scenario),
            TrainerModels.model(scenario.model().name(), scenario.model().dimensions()),
            train,
            Dataset.open(Conversion.data(scenario), train),
            true,
            Conversion.faults(scenario),
            1,
            0);
    Verdict verdict = LocalCluster.run(spec, new FaultLedger(spec.faults()), new Deaf());
    if (!(verdict instanceof Verdict.Completed)) {
      throw new IllegalStateException(verdict.toString());
    }
    System.out.println("peak " + peakBytes());
    System.exit(0);
  }

  /** The largest resident set of this process so far. */
  private static long peakBytes() throws IOException {
    Matcher matcher = PEAK.matcher(Files.readString(Path.of("/proc/self/status")));
    if (!matcher.find()) {
      throw new IllegalStateException("/proc/self/status says nothing of VmHWM");
    }
    return Long.parseLong(matcher.group(1)) * 1024;
  }

  private static final class Deaf implements RunListener {
    @Override
    public void note(long nanos, Note note) {}

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
