package dev.redoubt.node;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.DataInjector;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultDesk;
import dev.redoubt.fault.Injector;
import dev.redoubt.fault.MemoryFault;
import dev.redoubt.fault.NetworkFault;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Target;
import dev.redoubt.store.StoredVersion;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.program.Probe;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where faults get into a machine. Called on its compute thread; without a rank hardly anything
 * strikes: defects of the machine itself, and wrong software.
 */
final class FaultHooks {

  private final WorkerId id;
  private final Workbench bench;
  private final VersionStore store;
  private final Injector injector;
  private final Troubles troubles;
  private final DataInjector data;
  private final FaultDesk desk;
  private final Strikes strikes;
  private final RunListener listener;
  private final FaultProbe probe;
  private boolean rehearsing;
  private @Nullable Slowness slowness;
  private @Nullable Target computing;

  /**
   * For one shard.
   *
   * @param injector of the machine: what has struck it goes on when it gets another shard
   * @param troubles of the machine, which go on as well
   */
  FaultHooks(
      WorkerId id,
      Workbench bench,
      int vocabulary,
      Injector injector,
      Troubles troubles,
      Outside outside) {
    this.id = id;
    this.bench = bench;
    this.store = bench.store();
    this.injector = injector;
    this.troubles = troubles;
    this.desk = outside.desk();
    this.strikes = outside.strikes();
    this.listener = outside.listener();
    this.data =
        new DataInjector(injector, FaultProbe.tensors(bench.layout()), id.name(), this::record);
    this.probe = new FaultProbe(bench.trainer(), vocabulary, data, () -> computing);
  }

  private void record(Strike strike) {
    desk.record(strike);
    listener.struck(System.nanoTime(), strike);
  }

  /**
   * As the step begins: crashes, and changes in the version that the step reads or in older ones.
   */
  void beforeCompute(long step, @Nullable Assignment assignment) {
    Optional<Target> holds = holds(assignment);
    if (holds.isEmpty()) {
      return;
    }
    injector.beforeCompute(step, holds.get()).forEach(fault -> strike(fault, step));
    for (MemoryFault fault : injector.due(step, Phase.COMPUTE, holds.get(), Site.ofVersions())) {
      long version = step - 1 - fault.place().age().orElse(0);
      // A version that is not there cannot be struck; there is no proof then, and the run says so.
      if (store.find(version).isPresent()) {
        data.inVersion(fault, step, store.tamper(version), bytes(version - 1));
      }
    }
  }

  private @Nullable MemorySegment bytes(long version) {
    return store.find(version).map(StoredVersion::bytes).orElse(null);
  }

  /**
   * A microbatch is about to be computed; without an assignment for another worker.
   *
   * @param epoch what is computed before the first one is a rehearsal, and nothing strikes it
   */
  void computing(long epoch, @Nullable Assignment assignment) {
    computing = holds(assignment).orElse(null);
    if (data.seesOperations()) {
      bench.trainer().probe(epoch == Rehearsal.EPOCH ? null : probe);
    }
    rehearsing = epoch == Rehearsal.EPOCH;
  }

  /** A microbatch is about to be computed once more. Returns what sees its operations. */
  Probe again(long epoch, Assignment assignment) {
    computing(epoch, assignment);
    return data.seesOperations() ? probe : (step, microbatch, instruction) -> {};
  }

  /**
   * After a part of the gradient of a microbatch was computed, before it is summed or leaves.
   *
   * @param gradient all of it
   * @param from where the part begins in it, in bytes
   * @param to where it ends
   */
  void afterGradient(long step, int microbatch, MemorySegment gradient, long from, long to) {
    if (!rehearsing) {
      data.inGradient(step, microbatch, computing, gradient, from, to);
    }
  }

  /** Whether nothing strikes in {@code step}, as far as is known now, so that it may be begun. */
  boolean isCalm(long step) {
    return slowness == null && injector.isCalm(step);
  }

  /** What the update's sum over all microbatches is to be struck with. */
  List<MemoryFault> beforeUpdate(long step, @Nullable Assignment assignment) {
    return holds(assignment)
        .map(holds -> injector.due(step, Phase.UPDATE, holds, Set.of(Site.REDUCED_GRADIENT)))
        .orElse(List.of());
  }

  /** Strikes the sum, which must not be one that others read. */
  void strike(List<MemoryFault> faults, long step, MemorySegment sum) {
    faults.forEach(fault -> data.inReduced(fault, step, sum));
  }

  /** After version {@code step} was written. Returns whether anything in it was struck. */
  boolean afterUpdate(long step, @Nullable Assignment assignment, MemorySegment next) {
    Optional<Target> holds = holds(assignment);
    if (holds.isEmpty()) {
      return false;
    }
    injector.afterUpdate(step, holds.get()).forEach(fault -> strike(fault, step));
    List<MemoryFault> due = injector.due(step, Phase.UPDATE, holds.get(), Site.ofVersions());
    due.forEach(fault -> data.inVersion(fault, step, next, bytes(step - 1)));
    return !due.isEmpty();
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

  /**
   * A gradient has taken so long: on a slow machine it takes longer.
   *
   * @param parts how many instructions a gradient has
   * @param goOn asked after each part that a slow machine would have been at; may throw
   */
  void stretch(long step, long nanos, int parts, Runnable goOn) {
    Slowness known = slowness;
    if (known != null) {
      known.stretch(step, nanos, parts, goOn);
    }
  }

  private void strike(Fault fault, long step) {
    switch (fault) {
      case Slow slow -> slowness = new Slowness(slow, step, id, desk, listener);
      case NetworkFault trouble -> troubles.begin(trouble, step);
      default -> {
        boolean ignored = strikes.strike(id.name(), fault, step);
      }
    }
  }

  private Optional<Target> holds(@Nullable Assignment assignment) {
    return assignment == null
        ? Optional.empty()
        : assignment.rankOf(id).map(rank -> new Target(rank.pod(), rank.index()));
  }
}
