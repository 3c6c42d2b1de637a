package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.ProductCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program: a loop over its instructions, on memory that was taken once. Not thread-safe.
 *
 * <p>A probe and checks are looked for once, before the loop, so that none costs nothing.
 */
public final class Executor {

  private final Program program;
  private final Machine machine;
  private final Instruction[] instructions;
  private final Map<String, Matrix> inputs;
  private @Nullable Probe probe;
  private @Nullable CheckedProducts checks;

  /**
   * Takes the workspace.
   *
   * @param links to the other ranks of the pod
   * @param arena stays open as long as the executor runs
   * @throws IllegalStateException if another executor has the program
   */
  public Executor(Program program, Links links, Arena arena) {
    this.program = program;
    Graph graph = program.graph();
    machine = new Machine(graph.sequenceLength(), graph.headSize(), graph.tokens(), links, arena);
    instructions = program.instructions().toArray(Instruction[]::new);
    inputs = program.inputWindows();
    program.bind(arena.allocate(Math.max(1, program.workspaceBytes()), 64));
  }

  public Program program() {
    return program;
  }

  /** One id for each row, or -1 for none; to be filled before a run. */
  public int[] tokens() {
    return machine.tokens;
  }

  /** The id that each row should predict, or -1 for none; to be filled before a run. */
  public int[] targets() {
    return machine.targets;
  }

  /** An input of the graph, to be filled before a run. */
  public Matrix input(String name) {
    Matrix input = inputs.get(name);
    if (input == null) {
      throw new IllegalArgumentException(
          "the program has no input " + name + ", but " + List.copyOf(inputs.keySet()));
    }
    return input;
  }

  /** The graph's result, as the last run left it. */
  public Matrix result() {
    return Objects.requireNonNull(program.resultWindow(), "the program has no result");
  }

  /** Which row is picked where the graph picks one. */
  public void pickRow(int row) {
    machine.row = row;
  }

  /** From now on the probe sees every instruction; null for none. */
  public void probe(@Nullable Probe seeing) {
    probe = seeing;
  }

  /**
   * From now on products are checked when they are computed.
   *
   * @param alarms told of the first product of a run that is wrong, on the thread that computes
   */
  public void check(ProductChecks which, Consumer<ProductAlarm> alarms) {
    machine.products.watch(null);
    checks = which == ProductChecks.NONE ? null : new CheckedProducts(machine, which, alarms);
  }

  /** What the check has counted; null if nothing is checked. */
  public @Nullable ProductCheck checked() {
    return checks == null ? null : checks.check();
  }

  /**
   * Runs a program with gradients.
   *
   * @param parameters read
   * @param gradient overwritten, gaps included
   * @param step names the exchanges, as does the microbatch
   * @param listener is told which parts of the gradient are final
   * @return the mean loss in nats
   * @throws AbandonedException if the links give the step up
   * @throws IllegalStateException if the program has no gradients
   */
  public double train(
      MemorySegment parameters,
      MemorySegment gradient,
      long step,
      int microbatch,
      BucketListener listener) {
    if (!program.trains()) {
      throw new IllegalStateException("the program has no gradients");
    }
    program.bindGradient(gradient);
    return run(parameters, step, microbatch, listener);
  }

  /**
   * Runs a program without gradients.
   *
   * @return the mean loss in nats; 0 if the program has none
   */
  public double evaluate(MemorySegment parameters, long step, int microbatch) {
    return run(parameters, step, microbatch, BucketListener.NONE);
  }

  private double run(MemorySegment parameters, long step, int microbatch, BucketListener listener) {
    program.bindParameters(parameters);
    machine.listener = listener;
    machine.step = step;
    machine.microbatch = microbatch;
    machine.loss = 0;
    Probe seeing = probe;
    CheckedProducts checking = checks;
    if (checking != null) {
      run(listener, seeing, checking);
    } else if (seeing != null) {
      run(listener, seeing);
    } else {
      run(listener);
    }
    return machine.loss;
  }

  private void run(BucketListener listener) {
    for (Instruction instruction : instructions) {
      listener.goOn();
      instruction.run(machine);
    }
  }

  private void run(BucketListener listener, Probe seeing) {
    for (Instruction instruction : instructions) {
      listener.goOn();
      seeing.before(machine.step, machine.microbatch, instruction);
      instruction.run(machine);
      seeing.computed(machine.step, machine.microbatch, instruction);
      seeing.after(machine.step, machine.microbatch, instruction);
    }
  }

  private void run(BucketListener listener, @Nullable Probe seeing, CheckedProducts checking) {
    checking.begin();
    for (Instruction instruction : instructions) {
      listener.goOn();
      if (seeing != null) {
        seeing.before(machine.step, machine.microbatch, instruction);
      }
      boolean covered = checking.begin(instruction);
      instruction.run(machine);
      if (seeing != null) {
        seeing.computed(machine.step, machine.microbatch, instruction);
      }
      if (covered) {
        checking.end(instruction);
      }
      if (seeing != null) {
        seeing.after(machine.step, machine.microbatch, instruction);
      }
    }
  }
}
