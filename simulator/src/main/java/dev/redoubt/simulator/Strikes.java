package dev.redoubt.simulator;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.DataInjector;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.Injector;
import dev.redoubt.fault.MemoryFault;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Target;
import dev.redoubt.store.StoredVersion;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Probe;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where faults of data get into a simulated worker; without a rank hardly anything strikes. */
final class Strikes {

  private final WorkerId id;
  private final VersionStore store;
  private final Injector injector;
  private final FaultLedger ledger;
  private final DataInjector data;
  private final @Nullable Probe probe;
  private @Nullable Target computing;
  private @Nullable Slow slow;
  private long slowSince;

  Strikes(WorkerId id, Trainer trainer, int vocabulary, VersionStore store, FaultLedger ledger) {
    this.id = id;
    this.store = store;
    this.ledger = ledger;
    this.injector = new Injector(ledger);
    this.data =
        new DataInjector(injector, FaultProbe.tensors(trainer.layout()), id.name(), ledger::record);
    this.probe =
        data.seesOperations() ? new FaultProbe(trainer, vocabulary, data, () -> computing) : null;
  }

  /** As the step begins: in the version that it reads, or in older ones. */
  void beforeCompute(long step, @Nullable Assignment assignment) {
    Optional<Target> holds = holds(assignment);
    if (holds.isEmpty()) {
      return;
    }
    injector.beforeCompute(step, holds.get()).forEach(fault -> strike(fault, step));
    for (MemoryFault fault : injector.due(step, Phase.COMPUTE, holds.get(), Site.ofVersions())) {
      long version = step - 1 - fault.place().age().orElse(0);
      if (store.find(version).isPresent()) {
        data.inVersion(fault, step, store.tamper(version), bytes(version - 1));
      }
    }
  }

  private @Nullable MemorySegment bytes(long version) {
    return store.find(version).map(StoredVersion::bytes).orElse(null);
  }

  /**
   * A microbatch is about to be computed. Returns what sees its operations; null if nothing has to.
   *
   * @param own whether it is this worker's, and not computed for another one
   */
  @Nullable Probe computing(@Nullable Assignment assignment, boolean own) {
    computing = own ? holds(assignment).orElse(null) : null;
    return probe;
  }

  private void strike(Fault fault, long step) {
    if (fault instanceof Slow crawling) {
      slow(crawling, step);
    } else {
      refuse(fault);
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
  void afterGradient(long step, int microbatch, MemorySegment gradient) {
    data.inGradient(step, microbatch, computing, gradient, 0, gradient.byteSize());
  }

  /** Before the update reads the sum. */
  void beforeUpdate(long step, @Nullable Assignment assignment, MemorySegment sum) {
    holds(assignment)
        .ifPresent(
            holds ->
                injector
                    .due(step, Phase.UPDATE, holds, Set.of(Site.REDUCED_GRADIENT))
                    .forEach(fault -> data.inReduced(fault, step, sum)));
  }

  /** After a version was written, before it is digested; whether anything in it was struck. */
  boolean afterUpdate(long step, @Nullable Assignment assignment, MemorySegment next) {
    Optional<Target> holds = holds(assignment);
    if (holds.isEmpty()) {
      return false;
    }
    injector.afterUpdate(step, holds.get()).forEach(Strikes::refuse);
    List<MemoryFault> due = injector.due(step, Phase.UPDATE, holds.get(), Site.ofVersions());
    due.forEach(fault -> data.inVersion(fault, step, next, bytes(step - 1)));
    return !due.isEmpty();
  }

  /** What the worker says that its new version is. */
  @Nullable Digest attested(long step, @Nullable Assignment assignment, @Nullable Digest digest) {
    Optional<Target> holds = holds(assignment);
    return digest == null || holds.isEmpty()
        ? digest
        : new Digest(data.attested(step, holds.get(), digest.value()));
  }

  /** What the worker says of a sum that it has computed again. */
  Digest audited(long step, Span span, Digest digest) {
    return new Digest(data.audited(step, "the sum over " + span, digest.value()));
  }

  private static void refuse(Fault fault) {
    throw new IllegalArgumentException("a simulated cluster has no " + fault.kind());
  }

  private Optional<Target> holds(@Nullable Assignment assignment) {
    return assignment == null
        ? Optional.empty()
        : assignment.rankOf(id).map(rank -> new Target(rank.pod(), rank.index()));
  }
}
