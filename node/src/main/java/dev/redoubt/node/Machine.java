package dev.redoubt.node;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Buddies;
import dev.redoubt.core.Disk;
import dev.redoubt.core.Message;
import dev.redoubt.core.WorkerEffect;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.Injector;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.PullResult;
import dev.redoubt.store.ShardTransfer;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.program.AbandonedException;
import dev.redoubt.trainer.program.Shard;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The hardware of one worker: its memory, its compute thread, and its end of the fabric. It does
 * what the core's worker says, one thing after the other, and reports the end of each.
 *
 * <p>Which part of the model it holds is known when it gets a rank, so its {@link Workbench} is set
 * up then; where a pod has one rank there is only one part, and it is set up at once.
 */
final class Machine implements AutoCloseable {

  private static final Duration TRANSFER_PATIENCE = Duration.ofSeconds(10);

  private final WorkerId id;
  private final RunSpec spec;
  private final boolean digests;
  private final Outside outside;
  private final Injector injector;
  private final RunListener listener;
  private final Consumer<WorkerEvent> events;
  private final Era era = new Era();
  private final StepClock clock = new StepClock();
  private final Pieces pieces = new Pieces();
  private final Partials partials = new Partials();
  private final Troubles troubles;
  private final Endpoint endpoint;
  private final Lane compute;
  private final Outbox outbox;
  private final PodLinks links;
  private final GuestRoom guests;
  private final @Nullable SelfScan scan;

  /** Changed by the compute thread only. */
  private volatile @Nullable Workbench bench;

  private @Nullable StepWork work;
  private @Nullable Rehearsal rehearsal;

  private final Expected expected = new Expected();

  /** Of shards that it held before, until nothing of them is on its way any more. */
  private final Queue<Workbench> retired = new ConcurrentLinkedQueue<>();

  /**
   * Switches the machine on.
   *
   * @param gate where its threads stand still while it hangs
   * @param events told of everything that ends or arrives, from any thread
   */
  Machine(WorkerId id, RunSpec spec, Outside outside, Gate gate, Consumer<WorkerEvent> events) {
    this.id = id;
    this.spec = spec;
    this.digests = spec.protocol().digests();
    this.outside = outside;
    this.injector = new Injector(outside.desk());
    injector.inherit(outside.desk().defects(id.name()));
    this.listener = outside.listener();
    Consumer<Throwable> defects = outside.defects();
    this.events =
        event -> {
          if (!era.isOver()) {
            events.accept(event);
          }
        };
    this.troubles = new Troubles(id, outside.desk(), listener);
    Arrivals arrivals = new Arrivals(partials, pieces, troubles, gate, this.events, defects);
    this.endpoint = new TroubledEndpoint(outside.fabric().open(id.name(), arrivals), troubles);
    this.compute = new Lane("compute-" + id.name(), era, gate, defects);
    this.outbox =
        new Outbox(
            endpoint, era, clock, this.events, new Lane("send-" + id.name(), era, gate, defects));
    this.links = new PodLinks(endpoint, pieces, clock, this.events);
    Lane guestLane = new Lane("guests-" + id.name(), era, gate, defects);
    this.guests = new GuestRoom(spec, endpoint, era, guestLane, this.events);
    if (spec.protocol().mesh().workersPerPod() == 1) {
      setUp(Shard.WHOLE);
    }
    this.scan = spec.scan() ? new SelfScan(id, injector, outside, compute, era, this.events) : null;
    if (scan != null) {
      scan.begin();
    }
  }

  /** Whether nothing speaks against joining: every machine is scanned before, if any is. */
  boolean mayJoin() {
    return scan == null || scan.hasPassed();
  }

  /** It has no rank, and may scan itself for a while. */
  void idle() {
    if (scan != null) {
      scan.lease();
    }
  }

  /** A fault that the controller has claimed for this machine, since it comes to no step. */
  void struck(String fault, long step) {
    compute.run(
        () ->
            outside.desk().plan().faults().stream()
                .filter(one -> one.id().equals(fault))
                .filter(DefectiveCore.class::isInstance)
                .forEach(core -> injector.has((DefectiveCore) core, step)));
  }

  /** What is wrong at its end of the wire. */
  Troubles troubles() {
    return troubles;
  }

  /** Begins to do what the core wants done. */
  void perform(WorkerEffect effect, @Nullable Assignment assignment) {
    if (scan != null && assignment != null) {
      scan.seated();
    }
    expected.ordered(effect);
    switch (effect) {
      case WorkerEffect.Abandon abandon -> {
        era.begin(abandon.epoch());
        endpoint.fence(abandon.epoch());
        pieces.open(abandon.epoch());
        compute(abandon.epoch(), () -> abandon(abandon));
      }
      case WorkerEffect.Initialise doing -> compute(doing.epoch(), () -> initialise(doing));
      case WorkerEffect.Verify doing -> compute(doing.epoch(), () -> verify(doing));
      case WorkerEffect.StartPull doing ->
          compute(doing.epoch(), () -> pull(doing, required(assignment)));
      case WorkerEffect.PullGuest doing -> guests.pull(doing);
      case WorkerEffect.Compute doing ->
          step(doing.epoch(), doing.step(), () -> work().compute(doing, required(assignment)));
      case WorkerEffect.Update doing ->
          step(doing.epoch(), doing.step(), () -> update(doing, required(assignment)));
      case WorkerEffect.StartReplay doing -> step(doing.epoch(), doing.step(), () -> replay(doing));
      case WorkerEffect.StartTrace doing ->
          step(doing.epoch(), doing.step(), () -> work().trace(doing, required(assignment)));
      case WorkerEffect.StartAudit doing -> step(doing.epoch(), doing.step(), () -> audit(doing));
      case WorkerEffect.Keep doing -> compute(doing.epoch(), () -> keep(doing));
      case WorkerEffect.ReadFinal doing -> compute(doing.epoch(), () -> readFinal(doing));
      case WorkerEffect.Publish doing -> publish(doing);
      case WorkerEffect.DropFrame drop -> drop(drop);
      case WorkerEffect.Tell ignored -> throw new IllegalArgumentException("not for the machine");
      case WorkerEffect.Refuse ignored -> throw new IllegalArgumentException("not for the machine");
      case WorkerEffect.Leave ignored -> throw new IllegalArgumentException("not for the machine");
    }
  }

  private void update(WorkerEffect.Update doing, Assignment assignment) {
    work().update(doing, assignment);
    long next = doing.step() + 1;
    work().ahead(doing.epoch(), next, assignment, () -> expected.is(next));
  }

  private static Assignment required(@Nullable Assignment assignment) {
    return Objects.requireNonNull(assignment, "a step needs an assignment");
  }

  /** Work of an epoch that is over is skipped; nothing that it would have said is missed. */
  private void compute(long of, Runnable doing) {
    compute.run(
        () -> {
          if (era.isNow(of)) {
            doing.run();
          }
        });
  }

  /** As above; a step that is given up ends quietly: a new epoch is on its way. */
  private void step(long of, long step, Runnable doing) {
    compute(
        of,
        () -> {
          try {
            doing.run();
          } catch (AbandonedException e) {
            if (!era.isOver()) {
              listener.refused(
                  System.nanoTime(), id.name(), "step " + step, String.valueOf(e.getMessage()));
            }
          }
        });
  }

  // The shard.

  private Workbench bench() {
    return Objects.requireNonNull(bench, () -> id + " has had no rank yet");
  }

  private StepWork work() {
    return Objects.requireNonNull(work, () -> id + " has had no rank yet");
  }

  private VersionStore store() {
    return bench().store();
  }

  private void abandon(WorkerEffect.Abandon doing) {
    Shard shard = new Shard(doing.shard(), spec.protocol().mesh().workersPerPod());
    Workbench old = bench;
    if (old != null) {
      work().forget();
    }
    Workbench next = old != null && old.shard().equals(shard) ? old : setUp(shard);
    List<Partial> sums = partials.open(doing.epoch(), next);
    if (old != null) {
      outbox.giveBack(old.buffers(), sums);
      if (!old.shard().equals(shard)) {
        retire(old);
      }
    }
    store().pin(doing.base() < 0 ? Long.MAX_VALUE : doing.base());
    store().discardAfter(doing.base());
    if (doing.away()) {
      store().discardBefore(doing.base());
    }
    guests.abandon(doing);
  }

  /** Something of it may still be on its way. */
  private void retire(Workbench old) {
    retired.add(old);
    outbox.afterwards(
        () -> {
          old.close();
          retired.remove(old);
        });
  }

  private Workbench setUp(Shard shard) {
    Workbench next = Workbench.of(spec, shard, links, VersionFiles.of(spec, id, shard, events));
    FaultHooks faults =
        new FaultHooks(id, next, spec.model().vocabulary(), injector, troubles, outside);
    work =
        new StepWork(id, spec, next, faults, era, partials, links, outbox, clock, listener, events);
    rehearsal = new Rehearsal(next, era, outbox, faults, spec.protocol().microbatches(), digests);
    bench = next;
    endpoint.serve(guests.donor(next.store()));
    return next;
  }

  /** Until the first order comes; without a shard there is nothing to rehearse. */
  void rehearse() {
    Rehearsal known = rehearsal;
    if (known != null) {
      compute(0, known::run);
    }
  }

  // Versions.

  private void initialise(WorkerEffect.Initialise doing) {
    long first = doing.version();
    BlockDigests made = store().find(first).isPresent() ? store().reread(first) : begin(first);
    Digest root = made != null && digests ? made.root() : null;
    events.accept(new WorkerEvent.Verified(doing.epoch(), first, made != null, root));
  }

  /** Version 0 from the seed, any other from disk; null if it cannot be had from there. */
  private @Nullable BlockDigests begin(long first) {
    MemorySegment into = store().begin(first);
    DiskTier disk = bench().disk();
    BlockDigests made = null;
    if (first == 0) {
      made = bench().trainer().initialise(into);
    } else if (disk != null) {
      made = disk.read(first, into).orElse(null);
    }
    if (made == null) {
      store().abandon(first);
    } else {
      store().seal(first, digests ? made : null);
    }
    return made;
  }

  private void verify(WorkerEffect.Verify doing) {
    boolean there = store().find(doing.version()).isPresent();
    Digest found = there && digests ? store().reread(doing.version()).root() : null;
    List<Message.Guest> read = guests.read(doing.version());
    events.accept(new WorkerEvent.Verified(doing.epoch(), doing.version(), there, found, read));
  }

  private void keep(WorkerEffect.Keep doing) {
    VersionFiles files = bench().files();
    if (files != null) {
      files.keep(doing.version(), doing.agreed(), store());
    }
  }

  private void pull(WorkerEffect.StartPull doing, Assignment assignment) {
    if (doing.donor().equals(Disk.DONOR)) {
      events.accept(new FromDisk(bench(), spec.protocol().first()).restore(doing));
      return;
    }
    if (doing.donor().equals(Buddies.SUMS)) {
      events.accept(fromSums().restore(doing));
      return;
    }
    int shard = bench().shard().index();
    boolean guest = assignment.rankOf(doing.donor()).orElseThrow().index() != shard;
    PullResult result =
        guest
            ? fetchGuest(doing, shard)
            : fetch(doing.donor(), doing.epoch(), doing.version(), doing.agreed());
    if (result instanceof PullResult.Pulled pulled) {
      events.accept(
          new WorkerEvent.PullDone(
              doing.epoch(),
              doing.version(),
              doing.donor(),
              doing.agreed(),
              pulled.blocks(),
              pulled.bytes()));
    } else {
      events.accept(
          new WorkerEvent.PullBroke(
              doing.epoch(), doing.version(), doing.donor(), flaw(result), result.toString()));
    }
  }

  private FromSums fromSums() {
    return new FromSums(
        endpoint, GuestRoom.stripes(spec), bench().shard().index(), store(), TRANSFER_PATIENCE);
  }

  private PullResult fetch(WorkerId donor, long of, long version, @Nullable Digest agreed) {
    return ShardTransfer.pull(
        endpoint, donor.name(), of, version, agreed, store(), TRANSFER_PATIENCE);
  }

  /** The donor trains on another shard, and has this one as a guest. */
  private PullResult fetchGuest(WorkerEffect.StartPull doing, int shard) {
    return ShardTransfer.pullGuest(
        endpoint,
        doing.donor().name(),
        doing.epoch(),
        shard,
        doing.version(),
        doing.agreed(),
        store(),
        TRANSFER_PATIENCE);
  }

  static Message.PullFlaw flaw(PullResult result) {
    return switch (result) {
      case PullResult.Pulled ignored -> throw new IllegalArgumentException("no flaw");
      case PullResult.DonorCorrupt ignored -> Message.PullFlaw.DONOR_CORRUPT;
      case PullResult.ArrivedCorrupt ignored -> Message.PullFlaw.ARRIVED_CORRUPT;
      case PullResult.TargetCorrupt ignored -> Message.PullFlaw.ARRIVED_CORRUPT;
      case PullResult.DonorGone ignored -> Message.PullFlaw.DONOR_GONE;
      case PullResult.VersionMissing ignored -> Message.PullFlaw.VERSION_MISSING;
      case PullResult.EpochRefused ignored -> Message.PullFlaw.DONOR_GONE;
    };
  }

  private void readFinal(WorkerEffect.ReadFinal doing) {
    Digest read = store().reread(doing.step()).root();
    events.accept(new WorkerEvent.FinalRead(doing.epoch(), doing.step(), read));
  }

  private void replay(WorkerEffect.StartReplay doing) {
    PullResult result = fetch(doing.donor(), doing.epoch(), doing.step() - 1, doing.agreed());
    events.accept(
        result instanceof PullResult.Pulled
            ? work().replay(doing.epoch(), doing.step())
            : new WorkerEvent.ReplayDone(doing.epoch(), doing.step(), null, 0, result.toString()));
  }

  private void audit(WorkerEffect.StartAudit doing) {
    long begun = System.nanoTime();
    String flaw = haveAgreed(doing);
    long fetched = System.nanoTime();
    StepWork.Audited audited =
        flaw == null ? work().audit(doing) : new StepWork.Audited(null, flaw);
    events.accept(
        new WorkerEvent.AuditDone(
            doing.epoch(),
            doing.step(),
            doing.span(),
            !doing.receivers().isEmpty(),
            audited.digest(),
            (fetched - begun) / 1000,
            (System.nanoTime() - fetched) / 1000,
            audited.flaw()));
  }

  /**
   * What is audited is computed on the version that was agreed, read again each time. Returns what
   * is in the way of that, or null. Who has a rank fetches nothing: what it holds is compared and
   * blamed elsewhere.
   */
  private @Nullable String haveAgreed(WorkerEffect.StartAudit doing) {
    long version = doing.step() - 1;
    if (store().find(version).isPresent()
        && store().reread(version).root().equals(doing.agreed())) {
      return null;
    }
    String flaw = "version " + version + " is not here as it was agreed";
    for (WorkerId donor : doing.donors()) {
      PullResult result = fetch(donor, doing.epoch(), version, doing.agreed());
      if (result instanceof PullResult.Pulled) {
        return null;
      }
      flaw = donor + ": " + result;
    }
    return flaw;
  }

  // Sums.

  /**
   * The sum is looked up now and not by the thread that sends: by then this worker may have done
   * its update and forgotten it, while others still wait for it.
   */
  private void publish(WorkerEffect.Publish doing) {
    Partials.Key key = new Partials.Key(doing.epoch(), doing.step(), doing.span());
    Partial sum = partials.find(key);
    if (sum != null) {
      outbox.sendWhole(key, bench().shard(), sum, doing.peers());
    }
  }

  private void drop(WorkerEffect.DropFrame drop) {
    Partial sum = partials.remove(new Partials.Key(drop.epoch(), drop.step(), drop.span()));
    if (sum != null) {
      sum.giveBack(bench().buffers());
    }
  }

  /** Power off: nothing is said any more, whoever has a connection sees it break. */
  void crash() {
    era.end();
    endpoint.breakOff();
    pieces.end("the machine is off");
    compute.stop();
    outbox.stop();
    guests.stop();
  }

  /** Frees the memory once both threads have stopped; an interrupt is kept for afterwards. */
  @Override
  public void close() {
    era.end();
    pieces.end("the machine is off");
    endpoint.close();
    compute.close();
    outbox.close();
    guests.close();
    pieces.close();
    retired.forEach(Workbench::close);
    Workbench last = bench;
    if (last != null) {
      last.close();
    }
  }
}
