package dev.redoubt.node;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Message;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerEffect;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.MemoryFault;
import dev.redoubt.store.StoredVersion;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.program.AbandonedException;
import dev.redoubt.trainer.replay.Tracer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A step on one {@link Workbench}: the partial sums, and the update when all of them are there. All
 * of it runs on the compute thread.
 */
final class StepWork {

  private final WorkerId id;
  private final RunSpec spec;
  private final boolean digests;
  private final Workbench bench;
  private final Scrubber scrubber;
  private final FaultHooks faults;
  private final Era era;
  private final Partials partials;
  private final PodLinks links;
  private final Outbox outbox;
  private final StepClock clock;
  private final RunListener listener;
  private final Consumer<WorkerEvent> events;

  /** Computed before it was ordered; null if nothing is. */
  private @Nullable Early early;

  StepWork(
      WorkerId id,
      RunSpec spec,
      Workbench bench,
      FaultHooks faults,
      Era era,
      Partials partials,
      PodLinks links,
      Outbox outbox,
      StepClock clock,
      RunListener listener,
      Consumer<WorkerEvent> events) {
    this.id = id;
    this.spec = spec;
    this.digests = spec.protocol().digests();
    this.bench = bench;
    this.scrubber = new Scrubber(bench.store(), spec.scrubBytesPerSecond(), System.nanoTime());
    this.faults = faults;
    this.era = era;
    this.partials = partials;
    this.links = links;
    this.outbox = outbox;
    this.clock = clock;
    this.listener = listener;
    this.events = events;
  }

  private VersionStore store() {
    return bench.store();
  }

  private StoredVersion version(long version) {
    return store()
        .find(version)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    id + " holds " + store().versions() + ", not " + version));
  }

  /**
   * The partial sums that are this worker's to compute.
   *
   * @throws dev.redoubt.trainer.program.AbandonedException if the step is given up
   */
  void compute(WorkerEffect.Compute doing, Assignment assignment) {
    clock.begin(aheadNanos(doing));
    store().pin(doing.verified());
    faults.beforeCompute(doing.step(), assignment);
    links.enter(assignment, id, doing.step());
    MemorySegment base = version(doing.step() - 1).bytes();
    SpanSum.Order order =
        new SpanSum.Order(doing.epoch(), doing.step(), base, assignment, doing.early());
    for (Span span : doing.spans()) {
      compute(order, span, assignment);
    }
    forget();
    clock.idle();
  }

  /** How long the step was worked on before. What nobody can use any more is thrown away. */
  private long aheadNanos(WorkerEffect.Compute doing) {
    Early known = early;
    if (known == null) {
      return 0;
    }
    boolean isGood = known.isOf(doing.epoch(), doing.step()) && faults.isCalm(doing.step());
    if (!isGood) {
      forget();
    }
    return isGood ? known.nanos() : 0;
  }

  /** What there is of that sum. */
  private @Nullable Early takeEarly(Span span) {
    Early known = early;
    if (known == null || span.isLeaf() || known.microbatch() != span.from()) {
      return null;
    }
    early = null;
    return known;
  }

  /** What was computed ahead is not needed. */
  void forget() {
    Early known = early;
    early = null;
    if (known != null) {
      bench.buffers().give(known.gradient());
    }
  }

  /**
   * Computes a microbatch of the step that is probably ordered next: one whose gradient is added to
   * others before any of it leaves. A pod of several ranks waits, since all of them would have to
   * guess the same. What strikes a step finds it as it is ordered.
   *
   * @param expected whether it still is what comes next; asked before each instruction
   */
  void ahead(long epoch, long step, Assignment assignment, BooleanSupplier expected) {
    Rank rank = assignment.rankOf(id).orElseThrow();
    Span span =
        assignment.spans(rank.pod()).stream().filter(one -> !one.isLeaf()).findFirst().orElse(null);
    if (span == null
        || step > spec.protocol().steps()
        || spec.protocol().mesh().workersPerPod() > 1
        || !faults.isCalm(step)
        || !expected.getAsBoolean()) {
      return;
    }
    MemorySegment base = version(step - 1).bytes();
    SpanSum.Order order = new SpanSum.Order(epoch, step, base, null, List.of());
    try {
      early = sum(order, span, () -> !expected.getAsBoolean()).ahead(span.from());
    } catch (AbandonedException | RelievedException e) {
      return;
    }
    listener.ahead(System.nanoTime(), id.name(), step);
  }

  /** If somebody stands in for this worker meanwhile, what it has not finished is not needed. */
  private void compute(SpanSum.Order order, Span span, Assignment assignment) {
    Partials.Key key = new Partials.Key(order.epoch(), order.step(), span);
    SpanSum.Result result;
    try {
      result = sum(order, span, relieved(key)).with(takeEarly(span)).compute();
    } catch (RelievedException relieved) {
      return;
    }
    faults.beforeReduce(order.step(), assignment);
    if (!partials.put(key, result.sum())) {
      // The other sum is in use. This one may be on its way, and is good for a comparison.
      outbox.giveBack(bench.buffers(), List.of(result.sum()));
    }
    events.accept(
        new WorkerEvent.SpanComputed(
            order.epoch(),
            order.step(),
            span,
            result.digest(),
            result.alarm(),
            result.wrongProducts()));
  }

  /** Asked before each instruction: where nobody ever stands in, nothing is looked up. */
  private BooleanSupplier relieved(Partials.Key key) {
    return spec.protocol().patience().on() ? () -> partials.find(key) != null : () -> false;
  }

  private SpanSum sum(SpanSum.Order order, Span span, BooleanSupplier relieved) {
    return new SpanSum(
        bench, era, outbox, faults, spec.protocol().screens(), order, span, relieved);
  }

  /**
   * Finishes the sum and writes the next version.
   *
   * @throws dev.redoubt.trainer.program.AbandonedException if the step is given up
   */
  void update(WorkerEffect.Update doing, Assignment assignment) {
    clock.busyAgain();
    long step = doing.step();
    List<MemorySegment> scratch = new ArrayList<>();
    Message.Rot rot;
    Partial sum;
    BlockDigests made;
    try {
      sum = fold(doing.epoch(), step, Span.root(spec.protocol().microbatches()), scratch);
      sum = struck(step, assignment, inOnePart(sum, scratch), scratch);
      Written written = write(step, sum, assignment);
      made = written.digests();
      rot = written.rot();
    } finally {
      scratch.forEach(bench.buffers()::give);
    }
    DiskTier disk = bench.disk();
    if (disk != null) {
      disk.offer(step, assignment.rankOf(id).orElseThrow(), version(step).bytes(), made);
    }
    outbox.giveBack(bench.buffers(), partials.removeUpTo(step));
    faults.beforeAttest(step, assignment);
    listener.measured(
        System.nanoTime(),
        clock.measure(id.name(), assignment.rankOf(id).orElseThrow(), doing.epoch(), doing.step()));
    events.accept(
        new WorkerEvent.Updated(
            doing.epoch(),
            step,
            faults.attested(step, assignment, made == null ? null : made.root()),
            sum.loss() / spec.protocol().microbatches(),
            rot,
            doing.scrub() ? scrubber.scrub(step, System.nanoTime()) : List.of()));
  }

  /** Where another pod has computed all of the step, nothing was added to what it sent. */
  private Partial inOnePart(Partial sum, List<MemorySegment> scratch) {
    if (sum.isInOnePart()) {
      return sum;
    }
    MemorySegment copy = takeFor(scratch);
    sum.copyTo(copy);
    return new Partial(copy, sum.loss());
  }

  /** What was sent or received is only read, so a fault strikes a copy. */
  private Partial struck(
      long step, Assignment assignment, Partial sum, List<MemorySegment> scratch) {
    List<MemoryFault> due = faults.beforeUpdate(step, assignment);
    if (due.isEmpty()) {
      return sum;
    }
    MemorySegment copy = takeFor(scratch);
    sum.copyTo(copy);
    faults.strike(due, step, copy);
    return new Partial(copy, sum.loss());
  }

  /** The next version, and what has become of the one before since it was sealed. */
  private record Written(@Nullable BlockDigests digests, Message.@Nullable Rot rot) {}

  private Written write(long step, Partial sum, Assignment assignment) {
    StoredVersion base = version(step - 1);
    MemorySegment previous = base.bytes();
    BlockDigests sealedBase = base.digests();
    long[] found = new long[sealedBase == null ? 0 : sealedBase.count()];
    MemorySegment next = store().begin(step);
    boolean sealed = false;
    try {
      BlockDigests made =
          digests && sealedBase != null
              ? bench.trainer().update(previous, next, sum.gradient(), step, found)
              : bench.trainer().update(previous, next, sum.gradient(), step, digests);
      if (faults.afterUpdate(step, assignment, next) && digests) {
        made = BlockDigests.read(next);
      }
      store().seal(step, made);
      sealed = true;
      return new Written(
          made,
          digests && sealedBase != null ? rot(step - 1, sealedBase, BlockDigests.of(found)) : null);
    } finally {
      if (!sealed) {
        store().abandon(step);
      }
    }
  }

  private static Message.@Nullable Rot rot(long version, BlockDigests sealed, BlockDigests found) {
    return found.equals(sealed) ? null : new Message.Rot(version, sealed.root(), found.root());
  }

  /** Finishes the tree. What was sent or received is only read: it may still be on its way. */
  private Partial fold(long of, long step, Span span, List<MemorySegment> scratch) {
    Partial known = partials.find(new Partials.Key(of, step, span));
    if (known != null) {
      return known;
    }
    era.require(of);
    Partial left = fold(of, step, span.left(), scratch);
    Partial right = fold(of, step, span.right(), scratch);
    double loss = left.loss() + right.loss();
    if (left.isInOnePart() && scratch.contains(left.gradient())) {
      right.addTo(left.gradient());
      return new Partial(left.gradient(), loss);
    }
    MemorySegment into = takeFor(scratch);
    left.plus(right, into);
    return new Partial(into, loss);
  }

  private MemorySegment takeFor(List<MemorySegment> scratch) {
    MemorySegment buffer = bench.buffers().take();
    scratch.add(buffer);
    return buffer;
  }

  /** Computes a whole step alone, and keeps nothing of it. */
  WorkerEvent.ReplayDone replay(long epoch, long step) {
    MemorySegment base = version(step - 1).bytes();
    SpanSum.Order order = new SpanSum.Order(epoch, step, base, null, List.of());
    SpanSum.Result result =
        sum(order, Span.root(spec.protocol().microbatches()), () -> false).compute();
    Partial sum = result.sum();
    if (result.wrongProducts() != null) {
      bench.buffers().give(sum.gradient());
      return new WorkerEvent.ReplayDone(epoch, step, null, 0, result.wrongProducts());
    }
    try {
      BlockDigests made =
          bench.trainer().update(base, store().begin(step), sum.gradient(), step, true);
      return new WorkerEvent.ReplayDone(
          epoch,
          step,
          made == null ? null : made.root(),
          sum.loss() / spec.protocol().microbatches(),
          null);
    } finally {
      store().abandon(step);
      bench.buffers().give(sum.gradient());
    }
  }

  /**
   * Computes what is asked for once more, with all that is wrong with this machine. Nothing is
   * kept.
   */
  void trace(WorkerEffect.StartTrace doing, Assignment assignment) {
    MemorySegment base = version(doing.step() - 1).bytes();
    Message.Question question = doing.question();
    MemorySegment gradient = bench.buffers().take();
    try {
      Tracer tracer =
          new Tracer(
              bench.trainer(),
              gradient,
              faults.again(doing.epoch(), assignment),
              (step, microbatch, made) ->
                  faults.afterGradient(step, microbatch, made, 0, made.byteSize()));
      List<Long> values = new ArrayList<>();
      if (question.ofChains()) {
        for (Span span : doing.spans()) {
          for (int microbatch = span.from(); microbatch < span.to(); microbatch++) {
            era.require(doing.epoch());
            values.addAll(tracer.chain(base, doing.step(), microbatch));
          }
        }
      } else if (question.ofRows()) {
        values.addAll(tracer.rows(base, doing.step(), question.microbatch(), question.place()));
      } else {
        values.addAll(
            tracer.row(
                base, doing.step(), question.microbatch(), question.place(), question.row()));
      }
      String place = question.ofChains() ? "" : tracer.name(question.place());
      events.accept(
          new WorkerEvent.TraceDone(doing.epoch(), doing.step(), question, values, place, null));
    } finally {
      bench.buffers().give(gradient);
    }
  }

  /**
   * What came of an audit.
   *
   * @param digest null if it is of no use
   * @param flaw why it is not
   */
  record Audited(@Nullable Digest digest, @Nullable String flaw) {}

  /**
   * Computes the sum over a span too, sends it to who waits for it, and keeps nothing of it.
   * Nothing that strikes ranks strikes it. A sum that is known to be wrong is not sent; where
   * nobody waits for it, it is compared with others, so that its own checks need not be believed.
   */
  Audited audit(WorkerEffect.StartAudit doing) {
    MemorySegment base = version(doing.step() - 1).bytes();
    SpanSum.Order order = new SpanSum.Order(doing.epoch(), doing.step(), base, null, List.of());
    SpanSum.Result result = sum(order, doing.span(), () -> false).compute();
    String wrong = result.wrongProducts();
    if (wrong != null && !doing.receivers().isEmpty()) {
      bench.buffers().give(result.sum().gradient());
      return new Audited(null, wrong);
    }
    outbox.sendWhole(
        new Partials.Key(doing.epoch(), doing.step(), doing.span()),
        bench.shard(),
        result.sum(),
        doing.receivers());
    outbox.giveBack(bench.buffers(), List.of(result.sum()));
    return new Audited(faults.audited(doing.step(), doing.span(), result.digest()), null);
  }
}
