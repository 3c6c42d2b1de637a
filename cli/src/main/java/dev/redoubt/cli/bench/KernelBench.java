package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.cli.bench.BenchReport.Target;
import dev.redoubt.trainer.ModelConfig;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Every kernel of a training step beside what this machine can do. */
public final class KernelBench {

  private static final List<String> MODELS = List.of("nano", "pro");
  private static final String MEAN = "geometric mean";

  private final Effort effort;
  private final Paired paired;
  private final String filter;
  private final @Nullable OpenBlas blas;
  private final Consumer<String> progress;
  private final List<Figure> figures = new ArrayList<>();
  private final Map<String, Double> observed = new HashMap<>();
  private final List<Double> products = new ArrayList<>();
  private boolean allProducts = true;
  private boolean bitIdentical = true;

  /**
   * Prepares it.
   *
   * @param filter only figures are taken whose group and name contain it; empty for all
   * @param blas what the products are held against; empty if there is none
   * @param progress is told what is measured next
   */
  public KernelBench(
      Effort effort, String filter, Optional<OpenBlas> blas, Consumer<String> progress) {
    this.effort = effort;
    this.filter = filter;
    this.blas = blas.orElse(null);
    this.progress = progress;
    paired = new Paired(effort);
  }

  /** Whether every product that was measured had the bits of the scalar loop. */
  public boolean bitIdentical() {
    return bitIdentical;
  }

  /** Measures, on this thread. */
  public BenchReport run() {
    SequencedMap<String, String> facts = Machine.facts();
    facts.put("openblas", blas == null ? "none found; --openblas names one" : blas.describe());
    try (Arena arena = Arena.ofConfined()) {
      Machine machine = new Machine(arena);
      machine(machine);
      ProductBench bench = new ProductBench(paired, machine, blas);
      MODELS.forEach(model -> products(model, bench));
      RowBench rows = new RowBench(paired, machine);
      RowBench.NAMES.forEach(name -> take("row kernels", name, () -> rows.measure(name)));
      state(new StateBench(new Paired(effort.times(5)), machine));
      steps(new StepBench(effort, machine));
    }
    return new BenchReport(1, "kernels", facts, figures, targets());
  }

  private boolean wanted(String group, String name) {
    return (group + " " + name).contains(filter);
  }

  private void take(String group, String name, Supplier<Figure> measure) {
    if (wanted(group, name)) {
      progress.accept(group + ": " + name);
      Figure figure = measure.get();
      figures.add(figure);
      observed.put(group + " " + name, figure.ratio());
    }
  }

  private void machine(Machine machine) {
    take(
        "machine",
        "FMA peak",
        () -> machine("FMA peak", Machine.PEAK_FLOPS, machine::peak, "GFLOP/s"));
    take("machine", "read", () -> machine("read", Machine.BYTES, machine::read, "GB/s"));
    // Bytes that are read and bytes that are written, as the kernels are counted.
    take("machine", "copy", () -> machine("copy", 2.0 * Machine.BYTES, machine::copy, "GB/s"));
  }

  private Figure machine(String name, double work, Runnable run, String unit) {
    return Figure.alone("machine", name, work / paired.alone(run), unit, "one thread");
  }

  private void products(String model, ProductBench bench) {
    String group = "products of " + model;
    List<Double> ratios = new ArrayList<>();
    List<ProductShape.Counted> shapes =
        ProductShape.of(StepBench.program(ModelConfig.preset(model)));
    // All shapes go through the same few methods: what is compiled for the first ones has to be
    // the code that all of them are measured with.
    if (shapes.stream().anyMatch(each -> wanted(group, each.shape().name()))) {
      progress.accept(group + ": warm-up");
      shapes.forEach(each -> bench.warm(each.shape()));
    }
    for (ProductShape.Counted counted : shapes) {
      String name = counted.shape().name();
      if (!wanted(group, name)) {
        allProducts = false;
        continue;
      }
      progress.accept(group + ": " + name);
      ProductBench.Measured measured = bench.measure(group, counted.shape(), counted.count());
      bitIdentical &= measured.bitIdentical();
      figures.add(measured.figure());
      ratios.add(measured.figure().ratio());
    }
    if (!ratios.isEmpty()) {
      figures.add(mean(group, ratios));
      products.addAll(ratios);
    }
  }

  private Figure mean(String group, List<Double> ratios) {
    double[] values = ratios.stream().mapToDouble(Double::doubleValue).toArray();
    double lowest = Statistics.quantile(values, 0);
    double highest = Statistics.quantile(values, 1);
    double mean = Statistics.geometricMean(values);
    String reference = blas == null ? "FMA peak (no OpenBLAS)" : "OpenBLAS";
    String note = values.length + " shapes; lowest and highest";
    return new Figure(group, MEAN, values.length, "shapes", reference, mean, lowest, highest, note);
  }

  private void state(StateBench bench) {
    take("state", "digest", bench::digest);
    for (String model : MODELS) {
      String name = "update with digest, " + model;
      take("state", name, () -> bench.update(ModelConfig.preset(model)));
    }
  }

  private void steps(StepBench bench) {
    for (String model : MODELS) {
      take("step", model, () -> bench.measure(ModelConfig.preset(model)).figure());
    }
  }

  private List<Target> targets() {
    double none = Double.NaN;
    boolean whole = blas != null && allProducts && !products.isEmpty();
    double mean =
        whole
            ? Statistics.geometricMean(products.stream().mapToDouble(Double::doubleValue).toArray())
            : none;
    return List.of(
        Target.atLeast("products to OpenBLAS, geometric mean", 1.0, mean),
        Target.atLeast("digest to read", 0.9, observed("state digest")),
        Target.atMost("time of update with digest, nano", 1.05, 1 / update("nano")),
        Target.atMost("time of update with digest, pro", 1.05, 1 / update("pro")),
        Target.atLeast("step of pro to FMA peak", 0.6, observed("step pro")));
  }

  private double update(String model) {
    return observed("state update with digest, " + model);
  }

  private double observed(String figure) {
    return observed.getOrDefault(figure, Double.NaN);
  }
}
