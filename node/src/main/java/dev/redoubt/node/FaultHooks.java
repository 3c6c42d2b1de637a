package dev.redoubt.node;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.BitFlipper;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultDesk;
import dev.redoubt.fault.Injector;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Target;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.ParameterLayout;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where faults get into a machine. Called on its compute thread; without a rank nothing strikes.
 */
final class FaultHooks {

  private final WorkerId id;
  private final ParameterLayout layout;
  private final VersionStore store;
  private final Injector injector;
  private final FaultDesk desk;
  private final Strikes strikes;
  private final RunListener listener;
  private @Nullable Slowness slowness;

  FaultHooks(WorkerId id, ParameterLayout layout, VersionStore store, Outside outside) {
    this.id = id;
    this.layout = layout;
    this.store = store;
    this.injector = new Injector(outside.desk());
    this.desk = outside.desk();
    this.strikes = outside.strikes();
    this.listener = outside.listener();
  }

  /** As the step begins: crashes, and flips in the version that the step reads or in older ones. */
  void beforeCompute(long step, @Nullable Assignment assignment) {
    holds(assignment)
        .ifPresent(
            target -> {
              for (Fault fault : injector.beforeCompute(step, target)) {
                if (fault instanceof BitFlip flip) {
                  flipVersion(flip, step, step - 1 - flip.age().orElse(0));
                } else {
                  strike(fault, step);
                }
              }
            });
  }

  /**
   * After a part of the gradient of a microbatch was computed, before it is summed or leaves.
   *
   * @param gradient all of it
   * @param from where the part begins in it, in bytes
   * @param to where it ends
   */
  void afterGradient(
      long step,
      int microbatch,
      @Nullable Assignment assignment,
      MemorySegment gradient,
      long from,
      long to) {
    holds(assignment)
        .ifPresent(
            target -> {
              for (BitFlip flip :
                  injector.afterGradient(
                      step, microbatch, target, f -> offset(f) >= from && offset(f) < to)) {
                flip(flip, step, gradient, 0);
              }
            });
  }

  /** After version {@code step} was written. Returns whether anything in it was struck. */
  boolean afterUpdate(long step, @Nullable Assignment assignment, MemorySegment next) {
    boolean struck = false;
    Optional<Target> target = holds(assignment);
    if (target.isPresent()) {
      for (Fault fault : injector.afterUpdate(step, target.get())) {
        if (fault instanceof BitFlip flip) {
          flip(flip, step, next, region(flip));
          struck = true;
        } else {
          strike(fault, step);
        }
      }
    }
    return struck;
  }

  /** Before the first part of a partial sum is sent; more than once in a step. */
  void beforeReduce(long step, @Nullable Assignment assignment) {
    holds(assignment)
        .ifPresent(
            target -> injector.beforeReduce(step, target).forEach(fault -> strike(fault, step)));
  }

  /** The new version is there, and nobody knows. */
  void beforeAttest(long step, @Nullable Assignment assignment) {
    holds(assignment)
        .ifPresent(
            target -> injector.beforeAttest(step, target).forEach(fault -> strike(fault, step)));
  }

  /**
   * A gradient has taken so long: on a slow machine it takes longer.
   *
   * @param parts in which a gradient becomes final
   * @param goOn asked after each part that a slow machine would have been at; may throw
   */
  void stretch(long step, long nanos, int parts, Runnable goOn) {
    Slowness known = slowness;
    if (known != null) {
      known.stretch(step, nanos, parts, goOn);
    }
  }

  private void strike(Fault fault, long step) {
    if (fault instanceof Slow slow) {
      slowness = new Slowness(slow, step, id, desk, listener);
    } else {
      boolean ignored = strikes.strike(id.name(), fault, step);
    }
  }

  private Optional<Target> holds(@Nullable Assignment assignment) {
    return assignment == null
        ? Optional.empty()
        : assignment.rankOf(id).map(rank -> new Target(rank.pod(), rank.index()));
  }

  /** A version that is not there cannot be struck; the ledger then has no proof, and says so. */
  private void flipVersion(BitFlip flip, long step, long version) {
    if (store.find(version).isPresent()) {
      flip(flip, step, store.tamper(version), region(flip));
    }
  }

  /** Of the element in its region, in bytes. */
  private long offset(BitFlip flip) {
    return (layout.tensor(flip.tensor()).offset() + flip.element()) * Float.BYTES;
  }

  private long region(BitFlip flip) {
    return switch (flip.site()) {
      case PARAMETERS, STORED_COPY -> layout.parametersOffset();
      case FIRST_MOMENTS -> layout.firstMomentsOffset();
      case SECOND_MOMENTS -> layout.secondMomentsOffset();
      case GRADIENT -> 0;
    };
  }

  private void flip(BitFlip flip, long step, MemorySegment memory, long region) {
    Strike strike = BitFlipper.flip(memory, region + offset(flip), flip, id.name(), step);
    desk.record(strike);
    listener.struck(System.nanoTime(), strike);
  }
}
