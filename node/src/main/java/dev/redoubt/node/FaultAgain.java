package dev.redoubt.node;

import dev.redoubt.fault.DataInjector;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Injector;
import dev.redoubt.fault.MemoryFault;
import dev.redoubt.fault.Target;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Probe;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One fault of a run that is over, to strike once more in a step that is computed again, by the
 * same code and in the same places as then. It has struck nothing yet: whoever computes a step
 * several times needs a new one each time. For pods of one worker.
 */
public final class FaultAgain {

  private final Target holds;
  private final Trainer trainer;
  private final int vocabulary;
  private final DataInjector data;

  /**
   * In one step.
   *
   * @param holds the rank that was struck, for which is computed
   * @param trainer that computes
   * @param vocabulary a struck token stays below it
   */
  public FaultAgain(Fault fault, Target holds, Trainer trainer, int vocabulary) {
    this.holds = holds;
    this.trainer = trainer;
    this.vocabulary = vocabulary;
    Injector injector = new Injector(new FaultLedger(new FaultPlan(List.of(fault))));
    if (fault instanceof DefectiveCore core) {
      injector.has(core, core.when().step());
    }
    this.data =
        new DataInjector(injector, FaultProbe.tensors(trainer.layout()), "replay", ignored -> {});
  }

  /**
   * What lets it into tokens and operations; microbatches are to be computed in ascending order.
   */
  public Probe probe() {
    return new FaultProbe(trainer, vocabulary, data, () -> holds);
  }

  /** Lets it into a gradient of which all is final. */
  public void inGradient(long step, int microbatch, MemorySegment gradient) {
    data.inGradient(step, microbatch, holds, gradient, 0, gradient.byteSize());
  }

  /**
   * Lets it into a version, or a sum.
   *
   * @param older the version before; null if nothing of it is read
   */
  public void inMemory(
      MemoryFault fault, long step, MemorySegment memory, @Nullable MemorySegment older) {
    data.inVersion(fault, step, memory, older);
  }
}
