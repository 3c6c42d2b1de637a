package dev.redoubt.node;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Message;
import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerEffect;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.Injector;
import dev.redoubt.node.Partials.Partial;
import dev.redoubt.store.Donor;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.Fabric;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.PeerBrokenException;
import dev.redoubt.store.PullResult;
import dev.redoubt.store.Receiver;
import dev.redoubt.store.ShardTransfer;
import dev.redoubt.store.StoredVersion;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.Trainer;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The hardware of one worker: its memory, its compute thread, and its end of the fabric. It does
 * what the core's worker says, one thing after the other, and reports the end of each.
 *
 * <p>A second thread sends, so that a partial sum is on its way while the next is computed; a
 * buffer is given back by that thread, after everything that was to be sent from it.
 */
final class Machine implements AutoCloseable {

  private static final Duration TRANSFER_PATIENCE = Duration.ofSeconds(10);

  private final WorkerId id;
  private final RunSpec spec;
  private final boolean digests;
  private final Consumer<WorkerEvent> events;
  private final Consumer<Throwable> defects;
  private final VersionStore store;
  private final Trainer trainer;
  private final Buffers buffers;
  private final Partials partials = new Partials();
  private final GradientScreen screen = new GradientScreen();
  private final FaultHooks faults;
  private final Endpoint endpoint;
  private final ExecutorService compute;
  private final ExecutorService sending;

  private volatile long epoch;
  private volatile boolean dead;

  /**
   * Switches the machine on.
   *
   * @param events told of everything that ends or arrives, from any thread
   * @param defects told of exceptions that nobody expected
   */
  Machine(
      WorkerId id,
      RunSpec spec,
      Fabric fabric,
      FaultLedger ledger,
      Strikes strikes,
      RunListener listener,
      Consumer<WorkerEvent> events,
      Consumer<Throwable> defects) {
    this.id = id;
    this.spec = spec;
    this.digests = spec.protocol().digests();
    this.events = events;
    this.defects = defects;
    this.trainer = new Trainer(spec.model(), spec.train(), spec.data());
    this.store = new VersionStore(trainer.layout().stateBytes(), spec.protocol().keepVersions());
    int levels = Integer.SIZE - Integer.numberOfLeadingZeros(spec.protocol().microbatches());
    this.buffers =
        new Buffers(
            trainer.layout().regionBytes(), 4 * spec.protocol().microbatches() + 2 * levels + 4);
    this.faults =
        new FaultHooks(
            id, trainer.layout(), store, new Injector(ledger), ledger, strikes, listener);
    this.compute = Executors.newSingleThreadExecutor(thread("compute-"));
    this.sending = Executors.newSingleThreadExecutor(thread("send-"));
    this.endpoint = fabric.open(id.name(), new Arrivals());
    endpoint.serve(Donor.of(store));
  }

  private ThreadFactory thread(String name) {
    return Thread.ofPlatform().daemon().name(name + id.name()).factory();
  }

  /** Begins to do what the core wants done. */
  void perform(WorkerEffect effect, @Nullable Assignment assignment) {
    switch (effect) {
      case WorkerEffect.Abandon abandon -> {
        epoch = abandon.epoch();
        endpoint.fence(abandon.epoch());
        compute(abandon.epoch(), () -> abandon(abandon));
      }
      case WorkerEffect.Initialise doing -> compute(doing.epoch(), () -> initialise(doing));
      case WorkerEffect.Verify doing -> compute(doing.epoch(), () -> verify(doing));
      case WorkerEffect.StartPull doing -> compute(doing.epoch(), () -> pull(doing));
      case WorkerEffect.Compute doing -> compute(doing.epoch(), () -> compute(doing, assignment));
      case WorkerEffect.Update doing -> compute(doing.epoch(), () -> update(doing, assignment));
      case WorkerEffect.StartReplay doing -> compute(doing.epoch(), () -> replay(doing));
      case WorkerEffect.ReadFinal doing ->
          compute(
              doing.epoch(),
              () ->
                  tell(
                      new WorkerEvent.FinalRead(
                          doing.epoch(), doing.step(), store.reread(doing.step()).root())));
      case WorkerEffect.Publish doing -> publish(doing);
      case WorkerEffect.DropFrame drop ->
          release(partials.remove(new Partials.Key(drop.epoch(), drop.step(), drop.span())));
      case WorkerEffect.Tell ignored -> throw new IllegalArgumentException("not for the machine");
      case WorkerEffect.Refuse ignored -> throw new IllegalArgumentException("not for the machine");
      case WorkerEffect.Leave ignored -> throw new IllegalArgumentException("not for the machine");
    }
  }

  /** Work of an epoch that is over is skipped; nothing that it would have said is missed. */
  private void compute(long of, Runnable doing) {
    run(
        compute,
        () -> {
          if (of == epoch) {
            doing.run();
          }
        });
  }

  private void send(Runnable doing) {
    run(sending, doing);
  }

  private void run(ExecutorService executor, Runnable doing) {
    try {
      executor.execute(
          () -> {
            try {
              if (!dead) {
                doing.run();
              }
            } catch (RuntimeException | Error defect) {
              if (!dead) {
                defects.accept(defect);
              }
            }
          });
    } catch (RejectedExecutionException e) {
      if (!dead) {
        throw e;
      }
    }
  }

  private void tell(WorkerEvent event) {
    if (!dead) {
      events.accept(event);
    }
  }

  // Versions.

  private void abandon(WorkerEffect.Abandon doing) {
    releaseLater(partials.removeOld(doing.epoch(), -1).values().stream().toList());
    store.pin(doing.base() < 0 ? Long.MAX_VALUE : doing.base());
    store.discardAfter(doing.base());
  }

  private void initialise(WorkerEffect.Initialise doing) {
    BlockDigests made;
    if (store.find(0).isPresent()) {
      made = store.reread(0);
    } else {
      made = trainer.initialise(store.begin(0));
      store.seal(0, digests ? made : null);
    }
    tell(new WorkerEvent.Verified(doing.epoch(), 0, true, digests ? made.root() : null));
  }

  private void verify(WorkerEffect.Verify doing) {
    boolean there = store.find(doing.version()).isPresent();
    Digest found = there && digests ? store.reread(doing.version()).root() : null;
    tell(new WorkerEvent.Verified(doing.epoch(), doing.version(), there, found));
  }

  private void pull(WorkerEffect.StartPull doing) {
    PullResult result = fetch(doing.donor(), doing.epoch(), doing.version(), doing.agreed());
    if (result instanceof PullResult.Pulled pulled) {
      tell(
          new WorkerEvent.PullDone(
              doing.epoch(),
              doing.version(),
              doing.donor(),
              doing.agreed(),
              pulled.blocks(),
              pulled.bytes()));
    } else {
      tell(
          new WorkerEvent.PullBroke(
              doing.epoch(), doing.version(), doing.donor(), flaw(result), result.toString()));
    }
  }

  private PullResult fetch(WorkerId donor, long of, long version, @Nullable Digest agreed) {
    return ShardTransfer.pull(
        endpoint, donor.name(), of, version, agreed, store, TRANSFER_PATIENCE);
  }

  private static Message.PullFlaw flaw(PullResult result) {
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

  private StoredVersion version(long version) {
    return store
        .find(version)
        .orElseThrow(
            () ->
                new IllegalStateException(id + " holds " + store.versions() + ", not " + version));
  }

  // A step.

  private void compute(WorkerEffect.Compute doing, @Nullable Assignment assignment) {
    store.pin(doing.verified());
    faults.beforeCompute(doing.step(), assignment);
    MemorySegment base = version(doing.step() - 1).bytes();
    for (Span span : doing.spans()) {
      List<String> alarms = new ArrayList<>();
      Partial partial = gradient(base, doing.epoch(), doing.step(), span, assignment, alarms);
      if (partial == null) {
        return;
      }
      Digest digest = BlockDigests.read(partial.gradient()).root();
      if (!partials.put(new Partials.Key(doing.epoch(), doing.step(), span), partial)) {
        throw new IllegalStateException("computed twice: " + span + " of step " + doing.step());
      }
      tell(
          new WorkerEvent.SpanComputed(
              doing.epoch(),
              doing.step(),
              span,
              digest,
              alarms.isEmpty() ? null : String.join("; ", alarms)));
    }
  }

  /** The sum over a node of the tree; null if the epoch ended meanwhile. */
  private @Nullable Partial gradient(
      MemorySegment base,
      long of,
      long step,
      Span span,
      @Nullable Assignment assignment,
      List<String> alarms) {
    if (of != epoch || dead) {
      return null;
    }
    if (!span.isLeaf()) {
      Partial left = gradient(base, of, step, span.left(), assignment, alarms);
      Partial right =
          left == null ? null : gradient(base, of, step, span.right(), assignment, alarms);
      if (left == null || right == null) {
        release(left);
        return null;
      }
      Trainer.add(left.gradient(), right.gradient());
      release(right);
      return new Partial(left.gradient(), left.loss() + right.loss());
    }
    MemorySegment gradient = buffers.take();
    double loss = trainer.gradient(base, step, span.from(), gradient);
    faults.afterGradient(step, span.from(), assignment, gradient);
    if (spec.protocol().screens()) {
      String alarm = screen.look(span.from(), Trainer.squaredNorm(gradient), loss);
      if (alarm != null) {
        alarms.add(alarm);
      }
    }
    return new Partial(gradient, loss);
  }

  /**
   * The sum is looked up now and not by the thread that sends: by then this worker may have done
   * its update and forgotten it, while others still wait for it.
   */
  private void publish(WorkerEffect.Publish doing) {
    Partial partial = partials.find(new Partials.Key(doing.epoch(), doing.step(), doing.span()));
    if (partial != null) {
      send(() -> publish(doing, partial));
    }
  }

  private void publish(WorkerEffect.Publish doing, Partial partial) {
    if (doing.epoch() != epoch) {
      return;
    }
    FrameHeader header =
        new FrameHeader(
            doing.epoch(),
            doing.step(),
            doing.span().from(),
            doing.span().to(),
            0,
            partial.loss(),
            0);
    for (WorkerId peer : doing.peers()) {
      try {
        endpoint.send(peer.name(), header, partial.gradient());
      } catch (PeerBrokenException e) {
        tell(new WorkerEvent.PeerBroken(peer));
      }
    }
  }

  private void update(WorkerEffect.Update doing, @Nullable Assignment assignment) {
    long step = doing.step();
    List<MemorySegment> scratch = new ArrayList<>();
    Partial sum = fold(doing.epoch(), step, Span.root(spec.protocol().microbatches()), scratch);
    Message.Rot rot = rot(step - 1);
    MemorySegment previous = version(step - 1).bytes();
    MemorySegment next = store.begin(step);
    BlockDigests made = trainer.update(previous, next, sum.gradient(), step, digests);
    if (faults.afterUpdate(step, assignment, next) && digests) {
      made = BlockDigests.read(next);
    }
    store.seal(step, made);
    scratch.forEach(buffers::give);
    releaseLater(partials.removeOld(doing.epoch(), step).values().stream().toList());
    tell(
        new WorkerEvent.Updated(
            doing.epoch(),
            step,
            made == null ? null : made.root(),
            sum.loss() / spec.protocol().microbatches(),
            rot,
            doing.scrub() ? scrub(step) : List.of()));
  }

  /** What has become of a version since it was sealed; null if nothing. */
  private Message.@Nullable Rot rot(long version) {
    BlockDigests sealed = version(version).digests();
    if (sealed == null) {
      return null;
    }
    BlockDigests found = store.reread(version);
    return found.equals(sealed) ? null : new Message.Rot(version, sealed.root(), found.root());
  }

  /** Finishes the tree. What was sent or received is only read: it may still be on its way. */
  private Partial fold(long of, long step, Span span, List<MemorySegment> scratch) {
    Partial known = partials.find(new Partials.Key(of, step, span));
    if (known != null) {
      return known;
    }
    Partial left = fold(of, step, span.left(), scratch);
    Partial right = fold(of, step, span.right(), scratch);
    MemorySegment into = left.gradient();
    if (!scratch.contains(into)) {
      into = buffers.take();
      scratch.add(into);
      into.copyFrom(left.gradient());
    }
    Trainer.add(into, right.gradient());
    return new Partial(into, left.loss() + right.loss());
  }

  private List<Message.StoredDigest> scrub(long step) {
    return store.versions().stream()
        .filter(version -> version < step)
        .map(version -> new Message.StoredDigest(version, store.reread(version).root()))
        .toList();
  }

  private void replay(WorkerEffect.StartReplay doing) {
    long step = doing.step();
    PullResult result = fetch(doing.donor(), doing.epoch(), step - 1, doing.agreed());
    if (!(result instanceof PullResult.Pulled)) {
      tell(new WorkerEvent.ReplayDone(doing.epoch(), step, null, 0, result.toString()));
      return;
    }
    MemorySegment base = version(step - 1).bytes();
    Span all = Span.root(spec.protocol().microbatches());
    Partial sum = gradient(base, doing.epoch(), step, all, null, new ArrayList<>());
    if (sum == null) {
      return;
    }
    BlockDigests made = trainer.update(base, store.begin(step), sum.gradient(), step, true);
    release(sum);
    store.abandon(step);
    tell(
        new WorkerEvent.ReplayDone(
            doing.epoch(),
            step,
            made == null ? null : made.root(),
            sum.loss() / spec.protocol().microbatches(),
            null));
  }

  private void release(@Nullable Partial partial) {
    if (partial != null) {
      buffers.give(partial.gradient());
    }
  }

  /** Gives buffers back once everything that was to be sent from them has been sent. */
  private void releaseLater(List<Partial> old) {
    if (!old.isEmpty()) {
      send(() -> old.forEach(this::release));
    }
  }

  /** What comes over the fabric. */
  private final class Arrivals implements Receiver {

    @Override
    public void frame(String from, FrameHeader header, MemorySegment payload) {
      if (header.epoch() != epoch) {
        return;
      }
      MemorySegment copy = buffers.take();
      copy.copyFrom(payload);
      Span span = new Span(header.from(), header.to());
      Partial partial = new Partial(copy, header.loss());
      if (partials.put(new Partials.Key(header.epoch(), header.step(), span), partial)) {
        tell(new WorkerEvent.FrameArrived(header.epoch(), header.step(), span, new WorkerId(from)));
      } else {
        buffers.give(copy);
      }
    }

    @Override
    public void peerBroken(String peer) {
      tell(new WorkerEvent.PeerBroken(new WorkerId(peer)));
    }

    @Override
    public void frameCorrupt(String from, FrameHeader header) {
      tell(new WorkerEvent.FrameCorrupt(header.epoch(), header.step(), new WorkerId(from)));
    }
  }

  /** Power off: nothing is said any more, whoever has a connection sees it break. */
  void crash() {
    dead = true;
    endpoint.breakOff();
    compute.shutdownNow();
    sending.shutdownNow();
  }

  /** Frees the memory once both threads have stopped; an interrupt is kept for afterwards. */
  @Override
  public void close() {
    dead = true;
    endpoint.close();
    compute.shutdownNow();
    sending.shutdownNow();
    // ExecutorService.close waits for the end whatever interrupts it.
    compute.close();
    sending.close();
    trainer.close();
    store.close();
    buffers.close();
  }
}
