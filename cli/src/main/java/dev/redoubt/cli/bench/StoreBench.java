package dev.redoubt.cli.bench;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.cli.bench.BenchReport.Target;
import dev.redoubt.trainer.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What it costs that nothing is lost: of a step, of the wire, and of a repair. */
public final class StoreBench {

  /** The whole shard is verified in a repair, and this part of it moves at most. */
  static final double REPAIRED_MAX = 0.001;

  static final double MOVED_MIN = 0.8;

  /** Of a bare step. */
  static final double COST_MAX = 0.03;

  private final Effort effort;
  private final int rounds;
  private final ModelConfig model;
  private final long bytes;
  private final Path folder;
  private final Consumer<String> progress;

  /**
   * Prepares it.
   *
   * @param rounds of the training and the bare loop
   * @param bytes of the shard that is moved and repaired
   * @param folder for the certificates of the TLS links
   * @param progress is told what is measured next
   */
  public StoreBench(
      Effort effort,
      int rounds,
      ModelConfig model,
      long bytes,
      Path folder,
      Consumer<String> progress) {
    this.effort = effort;
    this.rounds = rounds;
    this.model = model;
    this.bytes = bytes;
    this.folder = folder;
    this.progress = progress;
  }

  /** Measures. */
  public BenchReport run() throws EnvironmentException, IOException, InterruptedException {
    progress.accept("fault-free training of " + model.name());
    Figure step = new FaultFreeBench(model, rounds).measure();
    progress.accept("transfers of " + bytes / 1_000_000 + " MB");
    TransferBench transfer = new TransferBench(new Paired(effort), folder, bytes);
    transfer.run();
    List<Figure> figures = new ArrayList<>();
    figures.add(step);
    figures.addAll(transfer.figures());
    return new BenchReport(
        1,
        "store",
        Machine.facts(),
        figures,
        targets(model.name(), 1 / step.ratio() - 1, transfer.moved(), transfer.repaired()));
  }

  static List<Target> targets(String model, double cost, double moved, double repaired) {
    return List.of(
        Target.atMost("cost of a protected step of " + model, COST_MAX, cost),
        Target.atLeast("blocks to plain NIO socket", MOVED_MIN, moved),
        Target.atMost("part of a shard that a repair moves", REPAIRED_MAX, repaired));
  }
}
