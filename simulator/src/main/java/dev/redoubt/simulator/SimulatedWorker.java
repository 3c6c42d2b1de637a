package dev.redoubt.simulator;

import dev.redoubt.core.Message;
import dev.redoubt.core.Span;
import dev.redoubt.core.Worker;
import dev.redoubt.core.WorkerEffect;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.core.WorkerState;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.store.Donor;
import dev.redoubt.store.PullResult;
import dev.redoubt.store.ShardTransfer;
import dev.redoubt.store.StoredVersion;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.GradientScreen;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Probe;
import dev.redoubt.trainer.program.ProductAlarm;
import dev.redoubt.trainer.replay.Tracer;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One worker: the core's machine, its memory, and what a machine does for each effect, with the
 * real trainer and the real store. What it does takes no time and is never interrupted; but where
 * ranks can be late, a gradient takes {@link #GRADIENT_MILLIS} of virtual time, more on a slow
 * machine.
 */
final class SimulatedWorker {

  /** Whose sum. */
  private record Key(long step, Span span) {}

  /** A sum of gradients, and of the losses. */
  private record Sum(MemorySegment gradient, double loss) {}

  /** In virtual time. */
  static final long GRADIENT_MILLIS = 20;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final WorkerId id;
  private final Setup setup;
  private final boolean digests;
  private final SimulatedCluster cluster;
  private final Trainer trainer;
  private final VersionStore store;
  private final GradientPool pool;
  private final DirectEndpoint endpoint;
  private final Strikes strikes;
  private final List<ProductAlarm> wrongProducts;
  private final GradientScreen screen = new GradientScreen();
  private final Map<Key, Sum> sums = new HashMap<>();
  private WorkerState state;
  private long epoch = -1;

  SimulatedWorker(
      WorkerId id, Setup setup, SimulatedCluster cluster, Bench bench, DirectEndpoint endpoint) {
    this.id = id;
    this.setup = setup;
    this.digests = setup.protocol().digests();
    this.cluster = cluster;
    this.trainer = bench.trainer();
    this.store = bench.store();
    this.pool = bench.pool();
    this.endpoint = endpoint;
    this.wrongProducts = bench.wrongProducts();
    this.strikes = new Strikes(id, trainer, setup.model().vocabulary(), store, bench.ledger());
    this.state = WorkerState.start(id, setup.protocol());
    endpoint.serve(Donor.of(store));
  }

  /** The core's machine is told something. */
  void on(WorkerEvent event) {
    Worker.Step step = Worker.step(state, event);
    state = step.state();
    step.effects().forEach(this::perform);
  }

  /** A sum of another pod comes; {@code gradient} is only read. */
  void receive(WorkerId from, long of, long step, Span span, MemorySegment gradient, double loss) {
    if (of == epoch && !sums.containsKey(new Key(step, span))) {
      sums.put(new Key(step, span), new Sum(copy(gradient), loss));
      on(new WorkerEvent.FrameArrived(of, step, span, from));
    }
  }

  private MemorySegment copy(MemorySegment gradient) {
    return pool.take().copyFrom(gradient);
  }

  private void perform(WorkerEffect effect) {
    switch (effect) {
      case WorkerEffect.Tell tell -> cluster.tell(tell.message());
      case WorkerEffect.Abandon abandon -> abandon(abandon);
      case WorkerEffect.Initialise doing -> later(doing.epoch(), () -> initialise(doing));
      case WorkerEffect.Verify doing -> later(doing.epoch(), () -> verify(doing));
      case WorkerEffect.Keep ignored -> throw new IllegalArgumentException("nothing is on disk");
      case WorkerEffect.StartPull doing -> later(doing.epoch(), () -> pull(doing));
      case WorkerEffect.PullGuest _ ->
          throw new IllegalStateException("a pod of one has no buddies");
      case WorkerEffect.Compute doing -> later(doing.epoch(), () -> compute(doing));
      case WorkerEffect.Publish doing -> publish(doing);
      case WorkerEffect.Update doing -> later(doing.epoch(), () -> update(doing));
      case WorkerEffect.StartReplay doing -> later(doing.epoch(), () -> replay(doing));
      case WorkerEffect.StartAudit doing -> later(doing.epoch(), () -> audit(doing));
      case WorkerEffect.StartTrace doing -> later(doing.epoch(), () -> trace(doing));
      case WorkerEffect.ReadFinal doing -> later(doing.epoch(), () -> readFinal(doing));
      case WorkerEffect.DropFrame drop -> drop(drop);
      case WorkerEffect.Refuse _ -> {}
      case WorkerEffect.Leave _ -> {}
    }
  }

  /** Work of an epoch that is over is skipped. */
  private void later(long of, Runnable doing) {
    cluster.later(
        () -> {
          if (of == epoch) {
            doing.run();
          }
        });
  }

  private void abandon(WorkerEffect.Abandon doing) {
    epoch = doing.epoch();
    endpoint.fence(epoch);
    sums.values().forEach(sum -> pool.give(sum.gradient()));
    sums.clear();
    store.pin(doing.base() < 0 ? Long.MAX_VALUE : doing.base());
    store.discardAfter(doing.base());
    if (doing.away()) {
      store.discardBefore(doing.base());
    }
  }

  // Versions.

  private void initialise(WorkerEffect.Initialise doing) {
    long first = doing.version();
    if (store.find(first).isEmpty()) {
      store.begin(first).copyFrom(cluster.golden().state(first));
      store.seal(first, digests ? cluster.golden().digests(first) : null);
    }
    on(new WorkerEvent.Verified(doing.epoch(), first, true, digests ? reread(first) : null));
  }

  private Digest reread(long version) {
    return store.reread(version).root();
  }

  private void verify(WorkerEffect.Verify doing) {
    boolean there = store.find(doing.version()).isPresent();
    Digest found = there && digests ? reread(doing.version()) : null;
    on(new WorkerEvent.Verified(doing.epoch(), doing.version(), there, found));
  }

  private PullResult fetch(WorkerId donor, long version, @Nullable Digest agreed) {
    return ShardTransfer.pull(endpoint, donor.name(), epoch, version, agreed, store, PATIENCE);
  }

  private void pull(WorkerEffect.StartPull doing) {
    PullResult result = fetch(doing.donor(), doing.version(), doing.agreed());
    on(
        result instanceof PullResult.Pulled pulled
            ? new WorkerEvent.PullDone(
                doing.epoch(),
                doing.version(),
                doing.donor(),
                doing.agreed(),
                pulled.blocks(),
                pulled.bytes())
            : new WorkerEvent.PullBroke(
                doing.epoch(), doing.version(), doing.donor(), flaw(result), result.toString()));
  }

  private static Message.PullFlaw flaw(PullResult result) {
    return switch (result) {
      case PullResult.Pulled _ -> throw new IllegalArgumentException("no flaw");
      case PullResult.DonorCorrupt _ -> Message.PullFlaw.DONOR_CORRUPT;
      case PullResult.ArrivedCorrupt _ -> Message.PullFlaw.ARRIVED_CORRUPT;
      case PullResult.TargetCorrupt _ -> Message.PullFlaw.ARRIVED_CORRUPT;
      case PullResult.DonorGone _ -> Message.PullFlaw.DONOR_GONE;
      case PullResult.VersionMissing _ -> Message.PullFlaw.VERSION_MISSING;
      case PullResult.EpochRefused _ -> Message.PullFlaw.DONOR_GONE;
    };
  }

  private void readFinal(WorkerEffect.ReadFinal doing) {
    on(new WorkerEvent.FinalRead(doing.epoch(), doing.step(), reread(doing.step())));
  }

  private StoredVersion version(long version) {
    return store
        .find(version)
        .orElseThrow(
            () ->
                new IllegalStateException(id + " holds " + store.versions() + ", not " + version));
  }

  // A step.

  private void compute(WorkerEffect.Compute doing) {
    store.pin(doing.verified());
    strikes.beforeCompute(doing.step(), state.assignment());
    if (setup.protocol().patience().on()) {
      compute(doing, 0, 0);
    } else {
      doing.spans().forEach(span -> compute(doing, span));
    }
  }

  /** Span by span, gradient by gradient, as time passes; what somebody else sent is left out. */
  private void compute(WorkerEffect.Compute doing, int place, int gradients) {
    if (place == doing.spans().size() || store.find(doing.step()).isPresent()) {
      return;
    }
    Span span = doing.spans().get(place);
    if (sums.containsKey(new Key(doing.step(), span))) {
      compute(doing, place + 1, 0);
    } else if (gradients == span.size()) {
      compute(doing, span);
      compute(doing, place + 1, 0);
    } else {
      after(doing.epoch(), doing.step(), 1, () -> compute(doing, place, gradients + 1));
    }
  }

  private void after(long of, long step, int gradients, Runnable doing) {
    cluster.after(
        gradients * strikes.gradientMillis(step),
        () -> {
          if (of == epoch) {
            doing.run();
          }
        });
  }

  private void compute(WorkerEffect.Compute doing, Span span) {
    MemorySegment base = version(doing.step() - 1).bytes();
    List<String> alarms = new ArrayList<>();
    wrongProducts.clear();
    Sum sum = sum(base, doing.step(), span, alarms, true);
    String wrong = ProductAlarm.summary(wrongProducts);
    sums.put(new Key(doing.step(), span), sum);
    if (!doing.early().isEmpty()) {
      send(doing.epoch(), doing.step(), span, doing.early());
    }
    Digest digest = BlockDigests.read(sum.gradient()).root();
    String alarm = alarms.isEmpty() ? null : String.join("; ", alarms);
    on(new WorkerEvent.SpanComputed(doing.epoch(), doing.step(), span, digest, alarm, wrong));
  }

  private Sum sum(MemorySegment base, long step, Span span, List<String> alarms, boolean struck) {
    if (span.isLeaf()) {
      return leaf(base, step, span.from(), alarms, struck);
    }
    Sum left = sum(base, step, span.left(), alarms, struck);
    Sum right = sum(base, step, span.right(), alarms, struck);
    Trainer.add(left.gradient(), right.gradient());
    pool.give(right.gradient());
    return new Sum(left.gradient(), left.loss() + right.loss());
  }

  private Sum leaf(
      MemorySegment base, long step, int microbatch, List<String> alarms, boolean struck) {
    MemorySegment gradient = pool.take();
    // All workers share the trainer, so the probe is this worker's for this microbatch only.
    trainer.probe(strikes.computing(state.assignment(), struck));
    double loss = trainer.gradient(base, step, microbatch, gradient);
    trainer.probe(null);
    strikes.afterGradient(step, microbatch, gradient);
    if (setup.protocol().screens()) {
      String alarm = screen.look(microbatch, Trainer.squaredNorm(gradient), loss);
      if (alarm != null) {
        alarms.add(alarm);
      }
    }
    return new Sum(gradient, loss);
  }

  private void publish(WorkerEffect.Publish doing) {
    send(doing.epoch(), doing.step(), doing.span(), doing.peers());
  }

  private void send(long of, long step, Span span, List<WorkerId> peers) {
    Sum sum = sums.get(new Key(step, span));
    if (sum != null && of == epoch) {
      peers.forEach(peer -> cluster.frame(id, peer, of, step, span, sum.gradient(), sum.loss()));
    }
  }

  private void drop(WorkerEffect.DropFrame drop) {
    Sum sum = drop.epoch() == epoch ? sums.remove(new Key(drop.step(), drop.span())) : null;
    if (sum != null) {
      pool.give(sum.gradient());
    }
  }

  private void update(WorkerEffect.Update doing) {
    long step = doing.step();
    Sum sum = fold(step, Span.root(setup.protocol().microbatches()));
    strikes.beforeUpdate(step, state.assignment(), sum.gradient());
    StoredVersion base = version(step - 1);
    BlockDigests sealed = base.digests();
    long[] found = new long[sealed == null ? 0 : sealed.count()];
    MemorySegment next = store.begin(step);
    boolean checksBase = digests && sealed != null;
    BlockDigests made =
        checksBase
            ? trainer.update(base.bytes(), next, sum.gradient(), step, found)
            : trainer.update(base.bytes(), next, sum.gradient(), step, digests);
    if (strikes.afterUpdate(step, state.assignment(), next) && digests) {
      made = BlockDigests.read(next);
    }
    store.seal(step, made);
    pool.give(sum.gradient());
    forget(step);
    Message.Rot rot = sealed == null ? null : rot(step - 1, sealed, BlockDigests.of(found));
    on(
        new WorkerEvent.Updated(
            doing.epoch(),
            step,
            strikes.attested(step, state.assignment(), made == null ? null : made.root()),
            sum.loss() / setup.protocol().microbatches(),
            checksBase ? rot : null,
            doing.scrub() ? scrub(step) : List.of()));
  }

  private static Message.@Nullable Rot rot(long version, BlockDigests sealed, BlockDigests found) {
    return found.equals(sealed) ? null : new Message.Rot(version, sealed.root(), found.root());
  }

  private void forget(long step) {
    sums.entrySet()
        .removeIf(
            entry -> {
              boolean old = entry.getKey().step() <= step;
              if (old) {
                pool.give(entry.getValue().gradient());
              }
              return old;
            });
  }

  /** Finishes the tree in a buffer of its own. */
  private Sum fold(long step, Span span) {
    Sum known = sums.get(new Key(step, span));
    if (known != null) {
      return new Sum(copy(known.gradient()), known.loss());
    }
    Sum left = fold(step, span.left());
    Sum right = fold(step, span.right());
    Trainer.add(left.gradient(), right.gradient());
    pool.give(right.gradient());
    return new Sum(left.gradient(), left.loss() + right.loss());
  }

  private List<Message.StoredDigest> scrub(long step) {
    return store.versions().stream()
        .filter(version -> version < step)
        .map(version -> new Message.StoredDigest(version, reread(version)))
        .toList();
  }

  private void replay(WorkerEffect.StartReplay doing) {
    PullResult result = fetch(doing.donor(), doing.step() - 1, doing.agreed());
    on(
        result instanceof PullResult.Pulled
            ? replayed(doing.epoch(), doing.step())
            : new WorkerEvent.ReplayDone(doing.epoch(), doing.step(), null, 0, result.toString()));
  }

  private WorkerEvent replayed(long of, long step) {
    MemorySegment base = version(step - 1).bytes();
    int microbatches = setup.protocol().microbatches();
    wrongProducts.clear();
    Sum sum = sum(base, step, Span.root(microbatches), new ArrayList<>(), false);
    String wrong = ProductAlarm.summary(wrongProducts);
    if (wrong != null) {
      pool.give(sum.gradient());
      return new WorkerEvent.ReplayDone(of, step, null, 0, wrong);
    }
    try {
      BlockDigests made = trainer.update(base, store.begin(step), sum.gradient(), step, true);
      Digest root = made == null ? null : made.root();
      return new WorkerEvent.ReplayDone(of, step, root, sum.loss() / microbatches, null);
    } finally {
      store.abandon(step);
      pool.give(sum.gradient());
    }
  }

  private void trace(WorkerEffect.StartTrace doing) {
    MemorySegment base = version(doing.step() - 1).bytes();
    Message.Question question = doing.question();
    MemorySegment gradient = pool.take();
    Probe probe = strikes.computing(state.assignment(), true);
    Tracer tracer =
        new Tracer(
            trainer,
            gradient,
            probe == null ? (step, microbatch, instruction) -> {} : probe,
            strikes::afterGradient);
    List<Long> values = new ArrayList<>();
    if (question.ofChains()) {
      for (Span span : doing.spans()) {
        for (int microbatch = span.from(); microbatch < span.to(); microbatch++) {
          values.addAll(tracer.chain(base, doing.step(), microbatch));
        }
      }
    } else if (question.ofRows()) {
      values.addAll(tracer.rows(base, doing.step(), question.microbatch(), question.place()));
    } else {
      values.addAll(
          tracer.row(base, doing.step(), question.microbatch(), question.place(), question.row()));
    }
    pool.give(gradient);
    String place = question.ofChains() ? "" : tracer.name(question.place());
    on(new WorkerEvent.TraceDone(doing.epoch(), doing.step(), question, values, place, null));
  }

  private void audit(WorkerEffect.StartAudit doing) {
    if (setup.protocol().patience().on()) {
      after(doing.epoch(), doing.step(), doing.span().size(), () -> audited(doing));
    } else {
      audited(doing);
    }
  }

  private void audited(WorkerEffect.StartAudit doing) {
    String flaw = haveAgreed(doing);
    boolean standIn = !doing.receivers().isEmpty();
    Digest digest = null;
    if (flaw == null) {
      MemorySegment base = version(doing.step() - 1).bytes();
      wrongProducts.clear();
      Sum sum = sum(base, doing.step(), doing.span(), new ArrayList<>(), false);
      // A sum that is known to be wrong is sent to nobody; its digest may be compared all the same.
      flaw = standIn ? ProductAlarm.summary(wrongProducts) : null;
      if (flaw == null) {
        Digest right = BlockDigests.read(sum.gradient()).root();
        digest = strikes.audited(doing.step(), doing.span(), right);
        for (WorkerId to : doing.receivers()) {
          cluster.frame(id, to, epoch, doing.step(), doing.span(), sum.gradient(), sum.loss());
        }
      }
      pool.give(sum.gradient());
    }
    on(
        new WorkerEvent.AuditDone(
            doing.epoch(), doing.step(), doing.span(), standIn, digest, 0, 0, flaw));
  }

  /** Has the version to audit on as it was agreed. Returns what is in the way of that, or null. */
  private @Nullable String haveAgreed(WorkerEffect.StartAudit doing) {
    long version = doing.step() - 1;
    if (store.find(version).isPresent() && reread(version).equals(doing.agreed())) {
      return null;
    }
    String flaw = "version " + version + " is not here as it was agreed";
    for (WorkerId donor : doing.donors()) {
      PullResult result = fetch(donor, version, doing.agreed());
      if (result instanceof PullResult.Pulled) {
        return null;
      }
      flaw = donor + ": " + result;
    }
    return flaw;
  }
}
