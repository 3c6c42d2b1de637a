package dev.redoubt.core;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All that a worker remembers of the protocol. The tensors themselves are the shell's.
 *
 * @param epoch the newest epoch heard of; orders of older ones are refused
 * @param assignment of that epoch, if this worker was asked to prepare for it
 * @param position the version it stands on: the base that it prepared, or the step it attested last
 * @param activity what it is doing
 * @param arrived partial sums from other pods, by step, of this epoch; at most two steps
 * @param memory the newest that a controller gave it, for the next one; null if none
 * @param audits of the newest audited step of this epoch, and of those before by which they may lag
 */
public record WorkerState(
    WorkerId self,
    ProtocolConfig config,
    long epoch,
    @Nullable Assignment assignment,
    long position,
    Activity activity,
    Map<Long, Set<Span>> arrived,
    @Nullable Memory memory,
    Map<Task, Audited> audits) {

  /** What a worker is doing. */
  sealed interface Activity {
    /** Nothing: a spare, or between two orders. */
    record Idle() implements Activity {}

    /** Reading or making version {@code base}. */
    record Preparing(Message.Prepare order) implements Activity {}

    /** Fetching a version. */
    record Pulling(Message.Pull order) implements Activity {}

    /** The answer to the last order was given; it is kept in case that it was lost. */
    record Answered(Message.ToWorker order, Message.ToController answer) implements Activity {}

    /**
     * Computing own partial sums and waiting for those of others, and for guests.
     *
     * @param guests what became of them, by shard
     * @param updated the end of the update, while it waits for guests; null before that
     */
    record Reducing(
        Message.RunStep order,
        Map<Span, Message.GradientDigest> computed,
        List<String> alarms,
        List<String> wrongProducts,
        boolean updating,
        Map<Integer, WorkerEvent.GuestPulled> guests,
        WorkerEvent.@Nullable Updated updated)
        implements Activity {
      public Reducing {
        computed = Sorted.map(computed);
        alarms = List.copyOf(alarms);
        wrongProducts = List.copyOf(wrongProducts);
        guests = Sorted.map(guests);
      }

      /** The step has just been ordered. */
      Reducing(Message.RunStep order) {
        this(order, Map.of(), List.of(), List.of(), false, Map.of(), null);
      }

      Reducing withSum(
          Map<Span, Message.GradientDigest> sums, List<String> alarmed, List<String> wrong) {
        return new Reducing(order, sums, alarmed, wrong, updating, guests, updated);
      }

      Reducing inUpdate() {
        return new Reducing(order, computed, alarms, wrongProducts, true, guests, updated);
      }

      Reducing with(WorkerEvent.GuestPulled guest) {
        return new Reducing(
            order,
            computed,
            alarms,
            wrongProducts,
            updating,
            Sorted.with(guests, guest.shard(), guest),
            updated);
      }

      Reducing with(WorkerEvent.Updated end) {
        return new Reducing(order, computed, alarms, wrongProducts, updating, guests, end);
      }
    }

    /** Replaying a step for others. */
    record Replaying(Message.Replay order) implements Activity {}

    /** Computing microbatches again, to be compared with somebody else. */
    record Tracing(Message.Trace order) implements Activity {}

    /** Reading the last version. */
    record Finishing(Message.Finish order) implements Activity {}

    /** Dismissed: nothing is done any more. */
    record Gone(String reason) implements Activity {}
  }

  /** A span to compute too, for its digest alone or in the place of an owner that is late. */
  record Task(long step, Span span, boolean standIn) implements Comparable<Task> {

    private static final Comparator<Task> ORDER =
        Comparator.comparingLong(Task::step).thenComparing(Task::span).thenComparing(Task::standIn);

    static Task of(Message.Audit order) {
      return new Task(order.step(), order.span(), order.standsIn());
    }

    @Override
    public int compareTo(Task other) {
      return ORDER.compare(this, other);
    }
  }

  /** An audit: what was asked, and the answer once it was given, in case that it was lost. */
  record Audited(Message.Audit order, Message.@Nullable Audited answer) {}

  public WorkerState {
    Map<Long, Set<Span>> copy = new TreeMap<>();
    arrived.forEach((step, spans) -> copy.put(step, Sorted.set(spans)));
    arrived = Sorted.map(copy);
    audits = Sorted.map(audits);
  }

  /** A worker that has just started. */
  public static WorkerState start(WorkerId self, ProtocolConfig config) {
    return new WorkerState(
        self, config, 0, null, -1, new Activity.Idle(), Map.of(), null, Map.of());
  }

  /** Whether it was dismissed, and does nothing any more. */
  public boolean isGone() {
    return activity instanceof Activity.Gone;
  }

  WorkerState doing(Activity next) {
    return new WorkerState(
        self, config, epoch, assignment, position, next, arrived, memory, audits);
  }

  WorkerState inEpoch(long next, @Nullable Assignment nextAssignment, long base) {
    return new WorkerState(
        self, config, next, nextAssignment, base, activity, Map.of(), memory, Map.of());
  }

  /** No lower epoch is obeyed; what was said in the old one is still known. */
  WorkerState promising(long next) {
    return new WorkerState(
        self, config, next, assignment, position, activity, Map.of(), memory, Map.of());
  }

  /** Keeps the newer of two memories. */
  WorkerState remembering(@Nullable Memory next) {
    return next == null || (memory != null && Memory.ORDER.compare(next, memory) <= 0)
        ? this
        : new WorkerState(
            self, config, epoch, assignment, position, activity, arrived, next, audits);
  }

  WorkerState at(long version) {
    return new WorkerState(
        self, config, epoch, assignment, version, activity, arrived, memory, audits);
  }

  WorkerState withFrame(long step, Span span) {
    Map<Long, Set<Span>> next = new TreeMap<>(arrived);
    Set<Span> spans = new TreeSet<>(arrivedAt(step));
    spans.add(span);
    next.put(step, spans);
    return new WorkerState(
        self, config, epoch, assignment, position, activity, next, memory, audits);
  }

  WorkerState forgetFramesBefore(long step) {
    Map<Long, Set<Span>> next = new TreeMap<>(arrived);
    next.keySet().removeIf(old -> old < step);
    return new WorkerState(
        self, config, epoch, assignment, position, activity, next, memory, audits);
  }

  /** The newest step that it was to audit in this epoch; -1 if there was none. */
  long newestAudit() {
    return audits.keySet().stream().mapToLong(Task::step).max().orElse(-1);
  }

  /** Of steps that are too old to be asked about again nothing is kept. */
  WorkerState auditing(Audited audit) {
    Map<Task, Audited> next = new TreeMap<>(audits);
    next.put(Task.of(audit.order()), audit);
    long oldest = Math.max(newestAudit(), audit.order().step()) - config.audits().lagSteps();
    next.keySet().removeIf(task -> task.step() < oldest);
    return new WorkerState(
        self, config, epoch, assignment, position, activity, arrived, memory, next);
  }

  Set<Span> arrivedAt(long step) {
    return arrived.getOrDefault(step, Set.of());
  }
}
