package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.cli.bench.BenchReport.Target;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.ProductChecks;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Consumer;

/**
 * What checksums on matrix products cost, of a whole training step, and which flips they find, bit
 * by bit, in the products of a real step.
 */
public final class AbftBench {

  /** What a check may slow a step down to. */
  static final double TARGET = 0.95;

  private static final int MICROBATCHES = 2;
  private static final int ROUNDS = 3;
  private static final int WARM_STEPS = 3;

  private final Effort effort;
  private final ModelConfig model;
  private final int flipsPerBit;
  private final Consumer<String> progress;

  /**
   * Nothing is measured yet.
   *
   * @param flipsPerBit that are tried of each of the 32 bits
   * @param progress told in words what is measured now
   */
  public AbftBench(Effort effort, ModelConfig model, int flipsPerBit, Consumer<String> progress) {
    this.effort = effort;
    this.model = model;
    this.flipsPerBit = flipsPerBit;
    this.progress = progress;
  }

  /** Measures all of it. */
  public BenchReport run() {
    TrainConfig train = TrainConfig.defaults(7, 1000, MICROBATCHES, 4, 128);
    SequencedMap<String, String> machine = Machine.facts();
    List<Figure> figures = new ArrayList<>();
    try (Trainer trainer = new Trainer(model, train, data(train));
        AbftSteps steps = new AbftSteps(trainer, MICROBATCHES)) {
      progress.accept("warming up");
      for (int i = 0; i < WARM_STEPS; i++) {
        for (ProductChecks which : ProductChecks.values()) {
          double ignored = steps.nanos(which);
        }
      }
      figures.addAll(cost(steps, trainer));
      progress.accept("flipping bits of products, " + flipsPerBit + " of each");
      figures.addAll(new FlippedProducts(steps, flipsPerBit).figures());
    } catch (DataException e) {
      throw new IllegalStateException("the text is long enough", e);
    }
    return new BenchReport(1, "abft", machine, figures, targets(figures));
  }

  /** Text whose bytes come as unevenly as those of real text: equal rows are what is hard. */
  private static Dataset data(TrainConfig train) throws DataException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < 1 << 18; i++) {
      text.append("The ").append(i).append("th step is done again, and ends on the same bits. ");
    }
    return Dataset.of(text.toString().getBytes(StandardCharsets.US_ASCII), train);
  }

  /** Steps with no check, large ones and all, in turn; who begins changes from round to round. */
  private List<Figure> cost(AbftSteps steps, Trainer trainer) {
    ProductChecks[] all = ProductChecks.values();
    int rounds = ROUNDS * effort.steps();
    Map<ProductChecks, double[]> nanos = new EnumMap<>(ProductChecks.class);
    for (ProductChecks which : all) {
      nanos.put(which, new double[rounds]);
    }
    for (int round = 0; round < rounds; round++) {
      progress.accept("steps, round %d of %d".formatted(round + 1, rounds));
      for (int turn = 0; turn < all.length; turn++) {
        ProductChecks which = all[(round + turn) % all.length];
        Objects.requireNonNull(nanos.get(which))[round] = steps.nanos(which);
      }
    }
    double[] bare = Objects.requireNonNull(nanos.get(ProductChecks.NONE));
    List<Figure> figures = new ArrayList<>();
    for (ProductChecks which : List.of(ProductChecks.LARGE, ProductChecks.ALL)) {
      Comparison pair = Comparison.of(Objects.requireNonNull(nanos.get(which)), bare, 1);
      figures.add(
          Figure.beside(
                  "a step of " + model.name(),
                  word(which),
                  pair.nanos() / 1e6,
                  "ms",
                  "no check",
                  pair)
              .noting(covered(trainer, which)));
    }
    return figures;
  }

  static String word(ProductChecks which) {
    return which.name().toLowerCase(Locale.ROOT);
  }

  private static String covered(Trainer trainer, ProductChecks which) {
    List<Instruction> products =
        trainer.program().instructions().stream().filter(one -> one.factors() != null).toList();
    long flops = products.stream().mapToLong(Instruction::flops).sum();
    List<Instruction> covered = products.stream().filter(which::covers).toList();
    long checked = covered.stream().mapToLong(Instruction::flops).sum();
    return String.format(
        Locale.ROOT,
        "checks %d of %d products, %.1f %% of their operations",
        covered.size(),
        products.size(),
        100.0 * checked / flops);
  }

  private static List<Target> targets(List<Figure> figures) {
    return figures.stream()
        .filter(figure -> figure.group().startsWith("a step of "))
        .map(
            figure ->
                Target.atLeast(
                    "a step without checks over one with " + figure.name(), TARGET, figure.ratio()))
        .toList();
  }
}
