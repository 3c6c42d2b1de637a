package dev.redoubt.fault;

import java.util.function.Consumer;

/**
 * Changes results as the defective cores of one worker's machine would, where its {@link Injector}
 * says so, and sees to the proof. Called on the thread that computes.
 */
public final class CoreInjector {

  private final Injector injector;
  private final String node;
  private final Consumer<Strike> proofs;
  private long results;

  /**
   * For one worker.
   *
   * @param node the machine
   * @param proofs take each fault's first strike
   */
  public CoreInjector(Injector injector, String node, Consumer<Strike> proofs) {
    this.injector = injector;
    this.node = node;
    this.proofs = proofs;
  }

  /** Strikes in what an operation of a step comes to. */
  void inResult(long step, OperationOutput output) {
    for (DefectiveCore core : injector.cores(step)) {
      strike(core, step, output);
    }
  }

  /** Strikes in what a test comes to that belongs to no step. */
  public void inTest(OperationOutput output) {
    injector.coresNow().forEach((core, since) -> strike(core, since, output));
  }

  private void strike(DefectiveCore core, long step, OperationOutput output) {
    if (output.isProduct() || core.unit() == DefectiveCore.Unit.ALL) {
      compute(core, step, output);
    }
  }

  private void compute(DefectiveCore core, long step, OperationOutput output) {
    int columns = output.columns();
    for (long row = 0; row < output.size(); row += columns) {
      for (int column = core.lane(); column < columns; column += DefectiveCore.LANES) {
        long at = row + column;
        if (core.strikes(column, output.operand(at), results++)) {
          flip(core, step, output, at);
        }
      }
    }
  }

  private void flip(DefectiveCore core, long step, OperationOutput output, long at) {
    int before = output.get(at);
    output.set(at, before ^ core.mask());
    if (injector.provesNow(core)) {
      int after = output.get(at);
      String evidence =
          "%s, result %d in lane %d: %08x (%s) became %08x (%s)"
              .formatted(
                  output.tiled(),
                  at,
                  core.lane(),
                  before,
                  Float.intBitsToFloat(before),
                  after,
                  Float.intBitsToFloat(after));
      proofs.accept(
          new Strike(
              core.id(),
              core.kind(),
              node,
              step,
              evidence,
              new Strike.Change<>(before, after),
              null));
    }
  }
}
