package dev.redoubt.simulator;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.BitFlipper;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.Injector;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Target;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.ParameterLayout;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where faults get into a simulated worker; without a rank nothing strikes. */
final class Strikes {

  private final WorkerId id;
  private final ParameterLayout layout;
  private final VersionStore store;
  private final FaultLedger ledger;
  private final Injector injector;
  private @Nullable Slow slow;
  private long slowSince;

  Strikes(WorkerId id, ParameterLayout layout, VersionStore store, FaultLedger ledger) {
    this.id = id;
    this.layout = layout;
    this.store = store;
    this.ledger = ledger;
    this.injector = new Injector(ledger);
  }

  /** As the step begins: in the version that it reads, or in older ones. */
  void beforeCompute(long step, @Nullable Assignment assignment) {
    holds(assignment)
        .ifPresent(
            target -> {
              for (Fault fault : injector.beforeCompute(step, target)) {
                if (fault instanceof Slow crawling) {
                  slow(crawling, step);
                } else {
                  flipVersion(bitFlip(fault), step);
                }
              }
            });
  }

  private void flipVersion(BitFlip flip, long step) {
    long version = step - 1 - flip.age().orElse(0);
    if (store.find(version).isPresent()) {
      flip(flip, step, store.tamper(version), region(flip));
    }
  }

  private void slow(Slow fault, long step) {
    slow = fault;
    slowSince = step;
    String evidence =
        "gradients take %d ms of virtual time, %d ms on other machines"
            .formatted(gradientMillis(step), SimulatedWorker.GRADIENT_MILLIS);
    ledger.record(Strike.of(fault, id.name(), step, evidence));
  }

  /** What a gradient takes in {@code step}, in virtual time. */
  long gradientMillis(long step) {
    Slow crawling = slow;
    double factor = crawling != null && step - slowSince < crawling.steps() ? crawling.factor() : 1;
    return Math.round(SimulatedWorker.GRADIENT_MILLIS * factor);
  }

  /** After the gradient of a microbatch was computed, before it is summed. */
  void afterGradient(
      long step, int microbatch, @Nullable Assignment assignment, MemorySegment gradient) {
    holds(assignment)
        .ifPresent(
            target -> {
              for (BitFlip flip : injector.afterGradient(step, microbatch, target, _ -> true)) {
                flip(flip, step, gradient, 0);
              }
            });
  }

  /** After a version was written, before it is digested; whether anything in it was struck. */
  boolean afterUpdate(long step, @Nullable Assignment assignment, MemorySegment next) {
    boolean struck = false;
    Optional<Target> target = holds(assignment);
    if (target.isPresent()) {
      for (Fault fault : injector.afterUpdate(step, target.get())) {
        BitFlip flip = bitFlip(fault);
        flip(flip, step, next, region(flip));
        struck = true;
      }
    }
    return struck;
  }

  private static BitFlip bitFlip(Fault fault) {
    if (fault instanceof BitFlip flip) {
      return flip;
    }
    throw new IllegalArgumentException("a simulated cluster has no " + fault.kind());
  }

  private static Optional<Target> holds(@Nullable Assignment assignment, WorkerId id) {
    return assignment == null
        ? Optional.empty()
        : assignment.rankOf(id).map(rank -> new Target(rank.pod(), rank.index()));
  }

  private Optional<Target> holds(@Nullable Assignment assignment) {
    return holds(assignment, id);
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
    long offset = (layout.tensor(flip.tensor()).offset() + flip.element()) * Float.BYTES;
    ledger.record(BitFlipper.flip(memory, region + offset, flip, id.name(), step));
  }
}
