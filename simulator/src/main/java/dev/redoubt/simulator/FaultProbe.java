package dev.redoubt.simulator;

import dev.redoubt.fault.Cells;
import dev.redoubt.fault.DataInjector;
import dev.redoubt.fault.OperationOutput;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.Tensors;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.OutputCells;
import dev.redoubt.trainer.program.Probe;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Lets faults into a microbatch while it is computed: into its tokens, and into each output. */
final class FaultProbe implements Probe {

  private final Trainer trainer;
  private final int vocabulary;
  private final DataInjector data;
  private final Supplier<@Nullable Target> holds;
  private final Instruction first;
  private final Consumer<Diagnostics.Hit> hits;

  /**
   * For one trainer.
   *
   * @param vocabulary a struck token stays below it
   * @param holds the rank for which is computed; null for an audit or a replay
   */
  FaultProbe(Trainer trainer, int vocabulary, DataInjector data, Supplier<@Nullable Target> holds) {
    this(trainer, vocabulary, data, holds, hit -> {});
  }

  /**
   * As above.
   *
   * @param hits told of each cell that changes
   */
  FaultProbe(
      Trainer trainer,
      int vocabulary,
      DataInjector data,
      Supplier<@Nullable Target> holds,
      Consumer<Diagnostics.Hit> hits) {
    this.hits = hits;
    this.trainer = trainer;
    this.vocabulary = vocabulary;
    this.data = data;
    this.holds = holds;
    this.first = trainer.program().instructions().getFirst();
  }

  @Override
  @SuppressWarnings("ReferenceEquality")
  public void before(long step, int microbatch, Instruction instruction) {
    if (instruction == first && microbatch >= 0) {
      data.inTokens(step, microbatch, holds.get(), tokens());
    }
  }

  @Override
  public void computed(long step, int microbatch, Instruction instruction) {
    if (microbatch >= 0 && OutputCells.has(instruction)) {
      data.inResult(step, microbatch, holds.get(), output(instruction));
    }
  }

  @Override
  public void after(long step, int microbatch, Instruction instruction) {
    if (microbatch >= 0 && OutputCells.has(instruction)) {
      data.inOutput(step, microbatch, holds.get(), output(instruction));
    }
  }

  private Cells tokens() {
    int[] tokens = trainer.tokens();
    return new Cells() {
      @Override
      public long size() {
        return tokens.length;
      }

      @Override
      public int get(long index) {
        return tokens[(int) index];
      }

      @Override
      public void set(long index, int bits) {
        int before = tokens[(int) index];
        tokens[(int) index] = Math.floorMod(bits, vocabulary);
        tell("", index, before ^ tokens[(int) index]);
      }
    };
  }

  private OperationOutput output(Instruction instruction) {
    OutputCells cells = OutputCells.of(instruction);
    return new OperationOutput() {
      @Override
      public String name() {
        return instruction.name();
      }

      @Override
      public String tiled() {
        return instruction.toString();
      }

      @Override
      public boolean isProduct() {
        return instruction.kind() == Instruction.Kind.PRODUCT;
      }

      @Override
      public int columns() {
        return cells.columns();
      }

      @Override
      public int operand(long index) {
        return cells.operand(index);
      }

      @Override
      public long size() {
        return cells.size();
      }

      @Override
      public int get(long index) {
        return cells.get(index);
      }

      @Override
      public void set(long index, int bits) {
        int before = cells.get(index);
        cells.set(index, bits);
        tell(instruction.toString(), index, before ^ cells.get(index));
      }
    };
  }

  private void tell(String instruction, long index, int changed) {
    if (changed != 0) {
      hits.accept(new Diagnostics.Hit(instruction, index, changed));
    }
  }

  /** Where the tensors of a shard are. */
  static Tensors tensors(ParameterLayout layout) {
    return new Tensors() {
      @Override
      public long offset(Site site, String tensor) {
        return region(layout, site) + layout.tensor(tensor).offset() * Float.BYTES;
      }

      @Override
      public long size(String tensor) {
        return layout.tensor(tensor).size();
      }
    };
  }

  private static long region(ParameterLayout layout, Site site) {
    return switch (site) {
      case PARAMETERS, STORED_COPY -> layout.parametersOffset();
      case FIRST_MOMENTS -> layout.firstMomentsOffset();
      case SECOND_MOMENTS -> layout.secondMomentsOffset();
      case GRADIENT, REDUCED_GRADIENT -> 0;
      case ACTIVATIONS, PRODUCT, TOKENS, DIGEST, AUDIT ->
          throw new IllegalArgumentException(site.kebab() + " has no tensors");
    };
  }
}
