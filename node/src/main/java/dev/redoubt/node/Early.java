package dev.redoubt.node;

import dev.redoubt.trainer.program.ProductAlarm;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The gradient of one microbatch of a step that nobody has ordered yet.
 *
 * <p>A worker that has attested version n would wait until the controller has compared it with the
 * others and orders the next step. What it will compute then is known nearly always, and is a pure
 * function of the version and the microbatch: so it is begun meanwhile. The order finds it there,
 * or half done, and goes on from it; if anything else is ordered it is thrown away. Nothing of it
 * leaves the worker, and nothing that learns from gradients has seen it before the order.
 *
 * @param gradient a buffer of the workbench
 * @param squaredNorm for the screen; 0 without screens
 * @param wrongProducts what the checks have found in it
 * @param nanos that it took
 */
record Early(
    long epoch,
    long step,
    int microbatch,
    MemorySegment gradient,
    double loss,
    double squaredNorm,
    List<ProductAlarm> wrongProducts,
    long nanos) {

  Early {
    wrongProducts = List.copyOf(wrongProducts);
  }

  boolean isOf(long ofEpoch, long ofStep) {
    return epoch == ofEpoch && step == ofStep;
  }
}
