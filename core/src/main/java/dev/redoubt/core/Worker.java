package dev.redoubt.core;

import dev.redoubt.core.Message.PullFlaw;
import dev.redoubt.core.WorkerState.Activity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The worker's side of a step: prepare, compute, reduce, update, attest.
 *
 * <p>It trusts nothing but the epoch: an order of an older epoch is refused, a repeated order is
 * answered again with the same answer, and the end of a doing of an older epoch is dropped. It
 * decides nothing about faults; it only says what it sees.
 */
public final class Worker {

  /** The state after an event, and what has to be done, in order. */
  public record Step(WorkerState state, List<WorkerEffect> effects) {
    public Step {
      effects = List.copyOf(effects);
    }
  }

  private WorkerState state;
  private final List<WorkerEffect> effects = new ArrayList<>();

  private Worker(WorkerState state) {
    this.state = state;
  }

  /** One transition. */
  public static Step step(WorkerState state, WorkerEvent event) {
    Worker turn = new Worker(state);
    if (state.activity() instanceof Activity.Gone gone) {
      turn.refuse(event, "this worker was dismissed: " + gone.reason());
    } else {
      turn.on(event);
    }
    return new Step(turn.state, turn.effects);
  }

  private void on(WorkerEvent event) {
    switch (event) {
      case WorkerEvent.Told told -> order(told.order());
      case WorkerEvent.Verified verified -> verified(verified);
      case WorkerEvent.PullDone done -> pulled(done);
      case WorkerEvent.PullBroke broke -> pullBroke(broke);
      case WorkerEvent.GuestPulled pulled -> guestPulled(pulled);
      case WorkerEvent.SpanComputed computed -> computed(computed);
      case WorkerEvent.FrameArrived frame -> frame(frame);
      case WorkerEvent.FrameCorrupt corrupt -> frameCorrupt(corrupt);
      case WorkerEvent.Updated updated -> updated(updated);
      case WorkerEvent.ReplayDone done -> replayed(done);
      case WorkerEvent.AuditDone done -> audited(done);
      case WorkerEvent.TraceDone done -> traced(done);
      case WorkerEvent.FinalRead read -> finalRead(read);
      case WorkerEvent.Kept kept ->
          effects.add(
              new WorkerEffect.Tell(
                  new Message.OnDisk(state.self(), kept.version(), kept.shard(), kept.digest())));
      case WorkerEvent.Scanned scanned ->
          effects.add(
              new WorkerEffect.Tell(
                  new Message.Scanned(state.self(), scanned.tests(), scanned.wrong())));
      case WorkerEvent.PeerBroken broken ->
          effects.add(new WorkerEffect.Tell(new Message.LinkBroken(state.self(), broken.peer())));
      case WorkerEvent.Lonely ignored -> report();
    }
  }

  // Orders.

  private void order(Message.ToWorker order) {
    if (order.epoch() < state.epoch()) {
      refuse(order, "epoch " + order.epoch() + " is over, this is epoch " + state.epoch());
      if (Epoch.reign(order.epoch()) < Epoch.reign(state.epoch())) {
        effects.add(new WorkerEffect.Tell(new Message.Outdated(state.self(), state.epoch())));
      }
      return;
    }
    if (order instanceof Message.Audit audit ? repeated(audit) : repeated(order)) {
      return;
    }
    switch (order) {
      case Message.Prepare prepare -> prepare(prepare);
      case Message.Pull pull -> pull(pull);
      case Message.RunStep run -> run(run);
      case Message.Replay replay -> replay(replay);
      case Message.Audit audit -> audit(audit);
      case Message.Trace trace -> trace(trace);
      case Message.Keep keep -> keep(keep);
      case Message.Finish finish -> finish(finish);
      case Message.Dismiss dismiss -> dismiss(dismiss);
      case Message.Claim claim -> promise(claim);
      case Message.Remember remember -> remember(remember);
    }
  }

  /**
   * From now on no lower epoch is obeyed, and nothing that was begun for one is answered: a step
   * that this worker has not attested cannot be committed by the controller before.
   */
  private void promise(Message.Claim order) {
    if (order.epoch() > state.epoch()) {
      boolean kept = state.activity() instanceof Activity.Answered;
      state = state.promising(order.epoch());
      state = kept ? state : state.doing(new Activity.Idle());
    }
    report();
  }

  private void report() {
    Message.Attested last =
        state.activity() instanceof Activity.Answered done
                && done.answer() instanceof Message.Attested attested
            ? attested
            : null;
    effects.add(
        new WorkerEffect.Tell(
            new Message.Report(state.self(), state.epoch(), state.memory(), last)));
  }

  private void remember(Message.Remember order) {
    if (order.epoch() > state.epoch()) {
      withoutRank(order.epoch());
    }
    state = state.remembering(order.memory());
    effects.add(
        new WorkerEffect.Tell(
            new Message.Remembered(state.self(), order.epoch(), order.memory().serial())));
  }

  /** An order that is under way is not begun again; one that was answered is answered again. */
  private boolean repeated(Message.ToWorker order) {
    return switch (state.activity()) {
      case Activity.Answered done when same(done.order(), order) -> {
        effects.add(new WorkerEffect.Tell(done.answer()));
        yield true;
      }
      case Activity.Preparing busy -> busy.order().equals(order);
      case Activity.Pulling busy -> busy.order().equals(order);
      case Activity.Reducing busy -> same(busy.order(), order);
      case Activity.Replaying busy -> busy.order().equals(order);
      case Activity.Tracing busy -> busy.order().equals(order);
      case Activity.Finishing busy -> busy.order().equals(order);
      case Activity.Answered ignored -> false;
      case Activity.Idle ignored -> false;
      case Activity.Gone ignored -> true;
    };
  }

  /** Whether both ask for the same; the watermark may have moved in between. */
  private static boolean same(Message.ToWorker known, Message.ToWorker order) {
    if (known instanceof Message.RunStep one && order instanceof Message.RunStep other) {
      return one.epoch() == other.epoch() && one.step() == other.step();
    }
    return known.equals(order);
  }

  private boolean repeated(Message.Audit order) {
    WorkerState.Audited known = state.audits().get(WorkerState.Task.of(order));
    if (known == null || !known.order().equals(order)) {
      return false;
    }
    if (known.answer() != null) {
      effects.add(new WorkerEffect.Tell(known.answer()));
    }
    return true;
  }

  /** A new epoch has no rank for this worker: it stops, and keeps what it holds. */
  private void withoutRank(long epoch) {
    Assignment last = state.assignment();
    Rank rank = last == null ? null : last.rankOf(state.self()).orElse(null);
    if (rank != null) {
      effects.add(new WorkerEffect.Abandon(epoch, state.position(), rank.index(), false));
    }
    state = state.inEpoch(epoch, null, -1).doing(new Activity.Idle());
  }

  private void prepare(Message.Prepare order) {
    if (order.epoch() == state.epoch() && state.assignment() != null) {
      refuse(order, "epoch " + order.epoch() + " was prepared for, and things have moved on");
      return;
    }
    Rank rank = order.assignment().rankOf(state.self()).orElse(null);
    if (rank == null) {
      refuse(order, "no rank for " + state.self() + " in it");
      return;
    }
    Assignment last = state.assignment();
    boolean away = last == null || last.epoch() != order.after();
    state = state.remembering(order.memory());
    state =
        state
            .inEpoch(order.epoch(), order.assignment(), order.base())
            .doing(new Activity.Preparing(order));
    effects.add(new WorkerEffect.Abandon(order.epoch(), order.base(), rank.index(), away));
    if (order.base() == state.config().first() && order.agreed() == null) {
      effects.add(new WorkerEffect.Initialise(order.epoch(), order.base()));
    } else {
      effects.add(new WorkerEffect.Verify(order.epoch(), order.base()));
    }
  }

  private void pull(Message.Pull order) {
    if (order.epoch() > state.epoch() || state.assignment() == null) {
      refuse(order, "not prepared for epoch " + order.epoch());
      return;
    }
    if (!(state.activity() instanceof Activity.Answered)) {
      refuse(order, "busy: " + state.activity());
      return;
    }
    if (order.version() > state.position()
        || order.version() <= state.position() - state.config().keepVersions()) {
      refuse(order, "standing on version " + state.position());
      return;
    }
    state = state.doing(new Activity.Pulling(order));
    effects.add(
        new WorkerEffect.StartPull(
            order.epoch(), order.version(), order.agreed(), order.donor(), order.parts()));
  }

  private void run(Message.RunStep order) {
    Assignment assignment = state.assignment();
    if (order.epoch() > state.epoch() || assignment == null) {
      refuse(order, "not prepared for epoch " + order.epoch());
      return;
    }
    if (!(state.activity() instanceof Activity.Answered done) || !precedes(done, order)) {
      refuse(order, "step " + order.step() + " does not follow " + state.activity());
      return;
    }
    Rank rank = assignment.rankOf(state.self()).orElseThrow();
    state = state.remembering(order.memory());
    state = state.forgetFramesBefore(order.step()).doing(new Activity.Reducing(order));
    effects.addAll(guestsOf(order, assignment, rank));
    // If the order was lost and came late, somebody may have stood in already.
    List<Span> own =
        assignment.spans(rank.pod()).stream()
            .filter(span -> !state.arrivedAt(order.step()).contains(span))
            .toList();
    effects.add(
        new WorkerEffect.Compute(
            order.epoch(),
            order.step(),
            own,
            order.verified(),
            state.config().overlap() ? assignment.peersOf(state.self()) : List.of()));
    updateIfComplete();
  }

  /**
   * Guests of the version that is agreed now, which this rank has to have while the next one is
   * computed: a copy of each ward's shard, or the sum of a stripe of each.
   */
  private List<WorkerEffect.PullGuest> guestsOf(
      Message.RunStep order, Assignment assignment, Rank rank) {
    Buddies buddies = state.config().buddies();
    boolean scrub = state.config().scrubs(order.step());
    List<WorkerEffect.Term> terms = new ArrayList<>();
    for (Memory.Agreed agreed : order.agreed()) {
      if (buddies.wardsOf(rank.index()).contains(agreed.shard())) {
        WorkerId donor = assignment.at(new Rank(rank.pod(), agreed.shard())).orElseThrow();
        terms.add(new WorkerEffect.Term(agreed.shard(), agreed.digest(), donor));
      }
    }
    long version = order.step() - 1;
    if (buddies.sums() && !terms.isEmpty()) {
      return List.of(
          new WorkerEffect.PullGuest(order.epoch(), version, rank.index(), terms, scrub));
    }
    return terms.stream()
        .map(
            term ->
                new WorkerEffect.PullGuest(
                    order.epoch(), version, term.shard(), List.of(term), scrub))
        .toList();
  }

  /** Whether this worker stands on version {@code order.step() - 1}, and it is intact. */
  private boolean precedes(Activity.Answered done, Message.RunStep order) {
    return switch (done.answer()) {
      case Message.NotReady ignored -> false;
      case Message.PullFailed failed when failed.version() == state.position() -> false;
      default -> order.step() == state.position() + 1;
    };
  }

  private void replay(Message.Replay order) {
    state = state.inEpoch(order.epoch(), null, -1).doing(new Activity.Replaying(order));
    effects.add(new WorkerEffect.Abandon(order.epoch(), -1, 0, true));
    effects.add(
        new WorkerEffect.StartReplay(order.epoch(), order.step(), order.agreed(), order.donor()));
  }

  /**
   * An audit is beside what a worker does otherwise: whoever has a rank keeps its last answer for
   * the next controller. A spare keeps the version before the step, and nothing else; where audits
   * lag also those before, that it may be asked about again, as far as it has room for them.
   */
  private void audit(Message.Audit order) {
    if (order.epoch() > state.epoch()) {
      state = state.inEpoch(order.epoch(), null, -1).doing(new Activity.Idle());
    }
    long newest = state.newestAudit();
    int lagSteps = state.config().audits().lagSteps();
    if (order.step() < newest - lagSteps) {
      refuse(order, "step " + order.step() + " is over");
      return;
    }
    state = state.auditing(new WorkerState.Audited(order, null));
    if (state.assignment() == null && order.step() > newest) {
      boolean first = newest < 0;
      effects.add(
          new WorkerEffect.Abandon(order.epoch(), order.step() - 1, 0, first || lagSteps == 0));
    }
    effects.add(
        new WorkerEffect.StartAudit(
            order.epoch(),
            order.step(),
            order.span(),
            order.agreed(),
            state.assignment() == null ? order.donors() : List.of(),
            order.receivers()));
  }

  /** Between two steps: whoever stands on the version before it can compute any part of a step. */
  private void trace(Message.Trace order) {
    if (order.epoch() > state.epoch() || state.assignment() == null) {
      refuse(order, "not prepared for epoch " + order.epoch());
      return;
    }
    if (!(state.activity() instanceof Activity.Answered) || order.step() != state.position() + 1) {
      refuse(order, "step " + order.step() + " does not follow " + state.activity());
      return;
    }
    state = state.doing(new Activity.Tracing(order));
    effects.add(
        new WorkerEffect.StartTrace(order.epoch(), order.step(), order.spans(), order.question()));
  }

  /** Beside whatever it does: the training does not wait for a disk. */
  private void keep(Message.Keep order) {
    if (order.epoch() > state.epoch() || state.assignment() == null) {
      refuse(order, "not prepared for epoch " + order.epoch());
      return;
    }
    effects.add(new WorkerEffect.Keep(order.epoch(), order.version(), order.agreed()));
  }

  private void finish(Message.Finish order) {
    if (order.epoch() > state.epoch() || state.assignment() == null) {
      refuse(order, "not prepared for epoch " + order.epoch());
      return;
    }
    state = state.remembering(order.memory()).doing(new Activity.Finishing(order));
    effects.add(new WorkerEffect.ReadFinal(order.epoch(), order.step()));
  }

  private void dismiss(Message.Dismiss order) {
    state = state.inEpoch(order.epoch(), null, -1).doing(new Activity.Gone(order.reason()));
    effects.add(new WorkerEffect.Leave(order.reason()));
  }

  // Ends of doings.

  private void verified(WorkerEvent.Verified event) {
    if (!(state.activity() instanceof Activity.Preparing busy)
        || event.epoch() != busy.order().epoch()
        || event.version() != busy.order().base()) {
      refuse(event, "nobody asked");
      return;
    }
    Message.Prepare order = busy.order();
    boolean intact =
        event.there() && (order.agreed() == null || order.agreed().equals(event.found()));
    answer(
        order,
        intact
            ? new Message.Ready(
                state.self(), order.epoch(), order.base(), event.found(), event.guests())
            : new Message.NotReady(
                state.self(),
                order.epoch(),
                order.base(),
                event.there() ? Message.Flaw.CORRUPT : Message.Flaw.MISSING,
                event.found(),
                event.guests()));
  }

  private void pulled(WorkerEvent.PullDone event) {
    if (!(state.activity() instanceof Activity.Pulling busy)
        || !pulling(busy, event.epoch(), event.version(), event.donor())) {
      refuse(event, "nobody asked");
      return;
    }
    answer(
        busy.order(),
        new Message.Pulled(
            state.self(),
            event.epoch(),
            event.version(),
            event.digest(),
            event.donor(),
            event.blocks(),
            event.bytes()));
  }

  private void pullBroke(WorkerEvent.PullBroke event) {
    if (!(state.activity() instanceof Activity.Pulling busy)
        || !pulling(busy, event.epoch(), event.version(), event.donor())) {
      refuse(event, "nobody asked");
      return;
    }
    answer(
        busy.order(),
        new Message.PullFailed(
            state.self(),
            event.epoch(),
            event.version(),
            event.donor(),
            event.flaw(),
            event.detail(),
            event.culprit()));
    if (event.flaw() == PullFlaw.DONOR_GONE) {
      effects.add(new WorkerEffect.Tell(new Message.LinkBroken(state.self(), event.culprit())));
    }
  }

  private static boolean pulling(Activity.Pulling busy, long epoch, long version, WorkerId donor) {
    return busy.order().epoch() == epoch
        && busy.order().version() == version
        && busy.order().donor().equals(donor);
  }

  private void computed(WorkerEvent.SpanComputed event) {
    if (!(state.activity() instanceof Activity.Reducing busy)
        || !reducing(busy, event.epoch(), event.step())) {
      refuse(event, "not computing that");
      return;
    }
    Map<Span, Message.GradientDigest> computed = new TreeMap<>(busy.computed());
    computed.put(event.span(), new Message.GradientDigest(event.span(), event.gradient()));
    state =
        state.doing(
            busy.withSum(
                computed,
                with(busy.alarms(), event.alarm()),
                with(busy.wrongProducts(), event.wrongProducts())));
    // Once somebody has stood in for it, nobody waits for its own.
    if (!state.config().overlap() && !state.arrivedAt(event.step()).contains(event.span())) {
      Assignment assignment = Objects.requireNonNull(state.assignment());
      effects.add(
          new WorkerEffect.Publish(
              event.epoch(), event.step(), event.span(), assignment.peersOf(state.self())));
    }
    tellIfSummed(computed.keySet(), event.epoch(), event.step());
    updateIfComplete();
  }

  private static List<String> with(List<String> said, @Nullable String more) {
    List<String> next = new ArrayList<>(said);
    if (more != null) {
      next.add(more);
    }
    return next;
  }

  private static @Nullable String joined(List<String> said) {
    return said.isEmpty() ? null : String.join("; ", said);
  }

  /** Who else is waited for is nobody's secret: only so can the controller see who is late. */
  private void tellIfSummed(Set<Span> computed, long epoch, long step) {
    Assignment assignment = Objects.requireNonNull(state.assignment());
    Rank rank = assignment.rankOf(state.self()).orElseThrow();
    if (state.config().patience().on() && computed.containsAll(assignment.spans(rank.pod()))) {
      effects.add(new WorkerEffect.Tell(new Message.Summed(state.self(), epoch, step)));
    }
  }

  private static boolean reducing(Activity.Reducing busy, long epoch, long step) {
    return busy.order().epoch() == epoch && busy.order().step() == step;
  }

  /** Frames of the next step may come before its order; older and unknown ones are dropped. */
  private void frame(WorkerEvent.FrameArrived event) {
    String flaw = Frames.flaw(state, event);
    if (flaw != null) {
      effects.add(
          new WorkerEffect.DropFrame(
              event.epoch(), event.step(), event.span(), event.sender(), flaw));
      return;
    }
    state = state.withFrame(event.step(), event.span());
    updateIfComplete();
  }

  private void frameCorrupt(WorkerEvent.FrameCorrupt event) {
    if (event.epoch() != state.epoch() || state.assignment() == null) {
      refuse(event, "epoch " + event.epoch() + " is not epoch " + state.epoch());
      return;
    }
    effects.add(
        new WorkerEffect.Tell(
            new Message.FrameRefused(state.self(), event.epoch(), event.step(), event.sender())));
  }

  private void updateIfComplete() {
    if (!(state.activity() instanceof Activity.Reducing busy) || busy.updating()) {
      return;
    }
    Assignment assignment = Objects.requireNonNull(state.assignment());
    Set<Span> have = new HashSet<>(state.arrivedAt(busy.order().step()));
    have.addAll(busy.computed().keySet());
    if (have.containsAll(assignment.spans())) {
      long step = busy.order().step();
      state = state.doing(busy.inUpdate());
      effects.add(new WorkerEffect.Update(busy.order().epoch(), step, state.config().scrubs(step)));
    }
  }

  private void updated(WorkerEvent.Updated event) {
    if (!(state.activity() instanceof Activity.Reducing busy)
        || !busy.updating()
        || !reducing(busy, event.epoch(), event.step())) {
      refuse(event, "not updating that");
      return;
    }
    Activity.Reducing done = busy.with(event);
    state = state.doing(done);
    attestIfGuarded(done);
  }

  private void guestPulled(WorkerEvent.GuestPulled event) {
    if (!(state.activity() instanceof Activity.Reducing busy)
        || !reducing(busy, event.epoch(), event.version() + 1)) {
      refuse(event, "nobody asked");
      return;
    }
    Activity.Reducing next = busy.with(event);
    state = state.doing(next);
    attestIfGuarded(next);
  }

  /** A step is attested when it is done and all pulls of guests have ended, well or not. */
  private void attestIfGuarded(Activity.Reducing busy) {
    WorkerEvent.Updated event = busy.updated();
    Assignment assignment = Objects.requireNonNull(state.assignment());
    Rank rank = assignment.rankOf(state.self()).orElseThrow();
    if (event == null || busy.guests().size() < guestsOf(busy.order(), assignment, rank).size()) {
      return;
    }
    state = state.at(event.step());
    answer(
        busy.order(),
        new Message.Attested(
            state.self(),
            event.epoch(),
            event.step(),
            event.state(),
            event.loss(),
            List.copyOf(new TreeMap<>(busy.computed()).values()),
            event.base(),
            event.scrubbed(),
            joined(busy.alarms()),
            joined(busy.wrongProducts()),
            busy.guests().values().stream().flatMap(one -> one.guests().stream()).toList()));
  }

  private void replayed(WorkerEvent.ReplayDone event) {
    if (!(state.activity() instanceof Activity.Replaying busy)
        || busy.order().epoch() != event.epoch()
        || busy.order().step() != event.step()) {
      refuse(event, "nobody asked");
      return;
    }
    answer(
        busy.order(),
        new Message.Replayed(
            state.self(),
            event.epoch(),
            event.step(),
            event.state(),
            event.loss(),
            event.detail()));
  }

  private void audited(WorkerEvent.AuditDone event) {
    WorkerState.Audited busy =
        state.audits().get(new WorkerState.Task(event.step(), event.span(), event.standIn()));
    if (busy == null
        || busy.answer() != null
        || busy.order().epoch() != event.epoch()
        || busy.order().step() != event.step()) {
      refuse(event, "nobody asked");
      return;
    }
    Message.Audited answer =
        new Message.Audited(
            state.self(),
            event.epoch(),
            event.step(),
            event.span(),
            event.standIn(),
            event.digest(),
            event.fetchMicros(),
            event.computeMicros(),
            event.detail());
    state = state.auditing(new WorkerState.Audited(busy.order(), answer));
    effects.add(new WorkerEffect.Tell(answer));
  }

  private void traced(WorkerEvent.TraceDone event) {
    if (!(state.activity() instanceof Activity.Tracing busy)
        || busy.order().epoch() != event.epoch()
        || busy.order().step() != event.step()
        || !busy.order().question().equals(event.question())) {
      refuse(event, "nobody asked");
      return;
    }
    answer(
        busy.order(),
        new Message.Traced(
            state.self(),
            event.epoch(),
            event.step(),
            event.question(),
            event.values(),
            event.place(),
            event.flaw()));
  }

  private void finalRead(WorkerEvent.FinalRead event) {
    if (!(state.activity() instanceof Activity.Finishing busy)
        || busy.order().epoch() != event.epoch()
        || busy.order().step() != event.step()) {
      refuse(event, "nobody asked");
      return;
    }
    answer(
        busy.order(), new Message.Final(state.self(), event.epoch(), event.step(), event.digest()));
  }

  private void answer(Message.ToWorker order, Message.ToController answer) {
    state = state.doing(new Activity.Answered(order, answer));
    effects.add(new WorkerEffect.Tell(answer));
  }

  private void refuse(Object what, String reason) {
    effects.add(new WorkerEffect.Refuse(String.valueOf(what), reason));
  }
}
