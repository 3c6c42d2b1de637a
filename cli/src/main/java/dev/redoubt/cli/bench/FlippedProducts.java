package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.simulator.Proportion;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.ProductCheck;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.Instruction.Factors;
import dev.redoubt.trainer.program.OutputCells;
import dev.redoubt.trainer.program.Probe;
import dev.redoubt.trainer.program.ProductChecks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Flips bits of what the products of one real gradient write, each alone, and looks whether the
 * check finds it: all results of all products are equally likely. A flip is taken back before the
 * next, so that every product works on right operands.
 */
final class FlippedProducts {

  private static final int BITS = Float.SIZE;

  private final AbftSteps steps;
  private final int perBit;
  private final long[] found = new long[BITS];
  private final long[] foundLarge = new long[BITS];

  FlippedProducts(AbftSteps steps, int perBit) {
    this.steps = steps;
    this.perBit = perBit;
  }

  private record Flip(long index, int bit) {}

  /**
   * Two for each bit, from the highest down: with all products checked, and with the large ones.
   */
  List<Figure> figures() {
    Trainer trainer = steps.trainer();
    trainer.check(
        ProductChecks.ALL,
        alarm -> {
          throw new IllegalStateException("a false alarm: " + alarm);
        });
    trainer.probe(new Flipper(draw(trainer.program().instructions())));
    steps.gradient();
    trainer.probe(null);
    List<Figure> figures = new ArrayList<>();
    figures.addAll(figures(ProductChecks.ALL, found));
    figures.addAll(figures(ProductChecks.LARGE, foundLarge));
    figures.add(clean(trainer));
    trainer.check(ProductChecks.NONE, alarm -> {});
    return figures;
  }

  /** Of a clean gradient: how often a right column is computed again for nothing. */
  private Figure clean(Trainer trainer) {
    trainer.check(ProductChecks.ALL, alarm -> {});
    steps.gradient();
    ProductCheck check = Objects.requireNonNull(trainer.checked());
    Proportion asked = new Proportion(check.suspicious(), check.columns());
    return new Figure(
        "right columns",
        "computed again",
        check.columns(),
        "columns",
        "",
        asked.share(),
        asked.low(),
        asked.high(),
        check.suspicious() + " of them");
  }

  private List<Figure> figures(ProductChecks which, long[] hits) {
    List<Figure> figures = new ArrayList<>();
    for (int bit = BITS - 1; bit >= 0; bit--) {
      Proportion share = new Proportion(hits[bit], perBit);
      figures.add(
          new Figure(
              "found with " + AbftBench.word(which),
              "bit " + bit,
              perBit,
              "flips",
              "",
              share.share(),
              share.low(),
              share.high(),
              bit == 31 ? "share found, with Wilson's 95 % interval" : ""));
    }
    return figures;
  }

  /** Which results are flipped, by instruction. */
  private Map<Instruction, List<Flip>> draw(List<Instruction> instructions) {
    List<Instruction> products =
        instructions.stream().filter(one -> one.factors() != null).toList();
    long size = products.stream().mapToLong(one -> OutputCells.of(one).size()).sum();
    SplittableRandom random = new SplittableRandom(11);
    Map<Instruction, List<Flip>> flips = new HashMap<>();
    for (int bit = 0; bit < BITS; bit++) {
      for (int i = 0; i < perBit; i++) {
        long at = random.nextLong(size);
        for (Instruction product : products) {
          long own = OutputCells.of(product).size();
          if (at < own) {
            flips.computeIfAbsent(product, none -> new ArrayList<>()).add(new Flip(at, bit));
            break;
          }
          at -= own;
        }
      }
    }
    return flips;
  }

  private final class Flipper implements Probe {

    private final Map<Instruction, List<Flip>> flips;

    Flipper(Map<Instruction, List<Flip>> flips) {
      this.flips = flips;
    }

    @Override
    public void computed(long step, int microbatch, Instruction instruction) {
      for (Flip flip : flips.getOrDefault(instruction, List.of())) {
        tryOut(instruction, flip);
      }
    }

    @Override
    public void after(long step, int microbatch, Instruction instruction) {}

    private void tryOut(Instruction instruction, Flip flip) {
      OutputCells cells = OutputCells.of(instruction);
      int right = cells.get(flip.index());
      cells.set(flip.index(), right ^ (1 << flip.bit()));
      List<ProductCheck.Wrong> wrong = look(instruction);
      cells.set(flip.index(), right);
      if (!wrong.isEmpty()) {
        int columns = cells.columns();
        ProductCheck.Wrong first = wrong.getFirst();
        long named = (long) first.row() * columns + first.column();
        if (wrong.size() > 1 || named != flip.index() || first.wanted() != right) {
          throw new IllegalStateException(
              String.format(Locale.ROOT, "%s: flipped %s, found %s", instruction, flip, wrong));
        }
        found[flip.bit()]++;
        foundLarge[flip.bit()] += ProductChecks.LARGE.covers(instruction) ? 1 : 0;
      }
    }

    private List<ProductCheck.Wrong> look(Instruction instruction) {
      Factors factors = Objects.requireNonNull(instruction.factors());
      Matrix target = instruction.outputs().getFirst();
      return Objects.requireNonNull(steps.trainer().checked())
          .wrong(
              factors.left(),
              factors.leftTransposed(),
              factors.right(),
              factors.rightTransposed(),
              target,
              factors.into());
    }
  }
}
