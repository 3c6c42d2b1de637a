package dev.redoubt.cli.run;

import dev.redoubt.cli.report.RunOutcome.Ledger;
import dev.redoubt.cli.report.RunOutcome.Quantiles;
import dev.redoubt.cli.report.RunOutcome.Recovery;
import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.Note.Trigger;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the time of a run went, as the controller saw it: every nanosecond from the start of the
 * cluster to its last note is in exactly one account.
 *
 * <p>{@code startup} ends with the first planned step. {@code useful} is the time in steps that
 * were committed for the first time; a step that was planned and not committed, or committed
 * before, is {@code repeat}, or {@code stalled} if it was given up because answers did not come, or
 * nobody led. What a step waited for its audits is {@code detect}. From an epoch that an alarm
 * opened to the next step is {@code detect}, from any other epoch to the next step {@code recover};
 * mending stored versions is {@code recover}; the last reading of all copies is {@code detect}.
 */
final class TimeLedger {

  enum Account {
    STARTUP,
    USEFUL,
    DETECT,
    RECOVER,
    REPEAT,
    STALLED
  }

  private static final double SECOND = 1e-9;
  private static final Set<Detector> AFTER_THE_STEP =
      EnumSet.of(Detector.STATE_DIGEST, Detector.SCREEN, Detector.AUDIT, Detector.ABFT);
  private static final String EVICT = "evict";
  private static final String DRAIN = "drain";

  /** A time that went to one account. */
  record Stretch(long from, Account account) {}

  /** The time in a step that is not committed yet, and where its stretch stands. */
  private record Provisional(long step, int stretch, long nanos) {}

  private final Map<Account, Long> nanos = new EnumMap<>(Account.class);
  private final List<Stretch> stretches = new ArrayList<>();

  /** Of the steps that were attested, and are useful if they are committed after all. */
  private final List<Provisional> provisionals = new ArrayList<>();

  private final List<Long> steps = new ArrayList<>();
  private final List<Recovery> recoveries = new ArrayList<>();
  private final Set<Long> committedOnce = new HashSet<>();

  private long last;
  private Account waiting = Account.STARTUP;
  private boolean inStep;
  private long step;
  private long stepStarted;

  /** What the step under way, done and attested, had to wait for its audits. */
  private long auditNanos;

  /** Whether the step under way stood still for want of a controller: its time tells nothing. */
  private boolean stood;

  private long newest;
  private @Nullable Trouble trouble;

  /** From the first alarm to the next step. */
  private static final class Trouble {
    final long since;
    boolean opened;
    boolean restored;
    boolean rewound;
    @Nullable String change;
    int repeated;

    Trouble(long since) {
      this.since = since;
    }

    /** What was done; null if the step went on, or the next began, as if nothing had been. */
    @Nullable String kind() {
      if (change != null) {
        return change;
      }
      if (!opened) {
        return restored ? "mend" : null;
      }
      return rewound ? "rewind" : restored ? "repair" : "redo";
    }
  }

  /**
   * Books everything.
   *
   * @param startedAt when the cluster was started
   */
  TimeLedger(RunHistory history, long startedAt) {
    this(startedAt);
    List<Timed<Note>> notes = history.notes();
    notes.forEach(this::book);
    if (!notes.isEmpty()) {
      pass(notes.getLast().nanos(), inStep ? Account.REPEAT : waiting);
    }
    giveUpProvisional();
  }

  /** A ledger of a run that goes on: steps that are attested count as useful until given up. */
  TimeLedger(long startedAt) {
    last = startedAt;
  }

  void book(Timed<Note> note) {
    long now = note.nanos();
    switch (note.what()) {
      case Note.StepStarted started -> stepStarted(now, started);
      case Note.StepCommitted committed -> committed(now, committed);
      case Note.EpochOpened epoch -> opened(now, epoch);
      case Note.Detected detected -> detected(now, detected);
      case Note.WorkerLost ignored -> open(now);
      case Note.Evicted ignored -> trouble(now).change = EVICT;
      case Note.Replaced ignored -> changed(now, "spare");
      case Note.Dissolved ignored -> changed(now, "dissolve");
      case Note.Drained ignored -> changed(now, DRAIN);
      case Note.Grown ignored -> changed(now, "grow");
      case Note.Restored ignored -> restored(now);
      case Note.RolledBack ignored -> trouble(now).rewound = true;
      case Note.Concluded ignored -> pass(now, inStep ? Account.REPEAT : waiting);
      case Note.Recomputed ignored -> {}
      case Note.OnDisk ignored -> {}
      case Note.Audited audited ->
          auditNanos = Math.max(auditNanos, audited.waitedMillis() * 1_000_000);
      case Note.Diagnosed ignored -> {}
      case Note.Scanned ignored -> {}
      case Note.StoodIn ignored -> {}
      case Note.DoneTwice ignored -> {}
      case Note.Blamed ignored -> {}
      case Note.Refused ignored -> {}
      case Note.ControllerChanged ignored -> succeeded(now);
      case Note.Deposed ignored -> {}
      case Note.Guarded ignored -> {}
      case Note.Waiting ignored -> {}
    }
  }

  private void open(long now) {
    Trouble ignored = trouble(now);
  }

  private Trouble trouble(long now) {
    Trouble known = trouble;
    if (known == null) {
      known = new Trouble(now);
      trouble = known;
    }
    return known;
  }

  /** A rank was filled or given up; for who was evicted or left in order it is a part of that. */
  private void changed(long now, String change) {
    Trouble known = trouble(now);
    if (!EVICT.equals(known.change) && !DRAIN.equals(known.change)) {
      known.change = change;
    }
  }

  /**
   * Nobody led for a while: what was under way stood still, whether or not it counts in the end.
   */
  private void succeeded(long now) {
    changed(now, "succession");
    pass(now, inStep ? Account.STALLED : waiting);
    stood = inStep;
  }

  private void detected(long now, Note.Detected detected) {
    Trouble known = trouble(now);
    if (inStep && AFTER_THE_STEP.contains(detected.detector())) {
      // All had attested it, so it was done.
      newest = Math.max(newest, detected.step());
    }
    if (!inStep && !known.opened && detected.detector() == Detector.SCRUB) {
      pass(now, waiting);
      waiting = Account.RECOVER;
    }
  }

  private void restored(long now) {
    trouble(now).restored = true;
  }

  private void opened(long now, Note.EpochOpened epoch) {
    Account given = epoch.trigger() == Trigger.STALL ? Account.STALLED : Account.REPEAT;
    pass(now, inStep ? given : waiting);
    inStep = false;
    if (waiting == Account.STARTUP) {
      trouble = null;
      newest = epoch.base();
      return;
    }
    giveUpProvisional();
    waiting = epoch.trigger() == Trigger.ALARM ? Account.DETECT : Account.RECOVER;
    Trouble known = trouble(now);
    known.opened = true;
    known.repeated += (int) Math.max(0, newest - epoch.base());
    newest = Math.min(newest, epoch.base());
  }

  private void giveUpProvisional() {
    for (Provisional one : provisionals) {
      nanos.merge(Account.USEFUL, -one.nanos(), Long::sum);
      nanos.merge(Account.REPEAT, one.nanos(), Long::sum);
      long from = stretches.get(one.stretch()).from();
      stretches.set(one.stretch(), new Stretch(from, Account.REPEAT));
    }
    provisionals.clear();
  }

  private void stepStarted(long now, Note.StepStarted started) {
    if (inStep) {
      attested(now);
    } else {
      pass(now, waiting == Account.DETECT && trouble == null ? Account.USEFUL : waiting);
    }
    recovered(now, started);
    inStep = true;
    waiting = Account.USEFUL;
    stood = false;
    auditNanos = 0;
    stepStarted = now;
    step = started.step();
  }

  /** The step before is attested, and waits to be compared, or for its audits. */
  private void attested(long now) {
    steps.add(now - stepStarted);
    newest = Math.max(newest, step);
    if (committedOnce.contains(step)) {
      passAudited(now, Account.REPEAT);
    } else {
      int stretch = stretches.size();
      provisionals.add(new Provisional(step, stretch, passAudited(now, Account.USEFUL)));
    }
  }

  /** The step and, after it, what it had to wait for audits. Returns how long the step took. */
  private long passAudited(long now, Account account) {
    long spent = pass(Math.max(last, now - auditNanos), account);
    if (auditNanos > 0) {
      pass(now, Account.DETECT);
    }
    return spent;
  }

  private void recovered(long now, Note.StepStarted started) {
    Trouble over = trouble;
    trouble = null;
    String kind = over == null ? null : over.kind();
    if (over != null && kind != null && waiting != Account.STARTUP) {
      recoveries.add(
          new Recovery(
              kind, Math.toIntExact(started.step()), (now - over.since) * SECOND, over.repeated));
    }
  }

  private void committed(long now, Note.StepCommitted committed) {
    boolean isFirst = committedOnce.add(committed.step());
    provisionals.removeIf(one -> one.step() <= committed.step());
    if (inStep && committed.step() == step) {
      if (!stood) {
        steps.add(now - stepStarted);
      }
      long ignored = passAudited(now, isFirst ? Account.USEFUL : Account.REPEAT);
      inStep = false;
      // Unless a step follows at once, what follows is reading: of stored versions, or of the last.
      waiting = Account.DETECT;
      newest = Math.max(newest, step);
    }
  }

  private long pass(long now, Account account) {
    long spent = now - last;
    stretches.add(new Stretch(last, account));
    nanos.merge(account, spent, Long::sum);
    last = now;
    return spent;
  }

  Ledger ledger() {
    return new Ledger(
        seconds(Account.USEFUL),
        seconds(Account.DETECT),
        seconds(Account.RECOVER),
        seconds(Account.REPEAT),
        seconds(Account.STALLED),
        seconds(Account.STARTUP));
  }

  double seconds(Account account) {
    return nanosOf(account) * SECOND;
  }

  private long nanosOf(Account account) {
    return nanos.getOrDefault(account, 0L);
  }

  /** All of the time from the start to the last note, in order. */
  List<Stretch> stretches() {
    return List.copyOf(stretches);
  }

  /** When the last note came. */
  long endNanos() {
    return last;
  }

  /** All accounts together: the time from the start to the last note. */
  long totalNanos() {
    return nanos.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Useful over elapsed time from the first planned step on; null if there was none. */
  @Nullable Double goodput() {
    long elapsed = totalNanos() - nanosOf(Account.STARTUP);
    return elapsed > 0 ? (double) nanosOf(Account.USEFUL) / elapsed : null;
  }

  /** Of the steps that were attested; null if there was none. */
  @Nullable Quantiles stepSeconds() {
    if (steps.isEmpty()) {
      return null;
    }
    long[] sorted = steps.stream().mapToLong(Long::longValue).sorted().toArray();
    return new Quantiles(quantile(sorted, 50) * SECOND, quantile(sorted, 99) * SECOND);
  }

  /** By nearest rank. */
  private static long quantile(long[] sorted, int percent) {
    int rank = (int) ((sorted.length * (long) percent + 99) / 100);
    return sorted[Math.max(rank, 1) - 1];
  }

  /** How long the steps from the {@code from}th on took, from 0, in nanoseconds. */
  List<Long> stepNanosSince(int from) {
    return List.copyOf(steps.subList(from, steps.size()));
  }

  /** The recoveries from the {@code from}th on, from 0. */
  List<Recovery> recoveriesSince(int from) {
    return List.copyOf(recoveries.subList(from, recoveries.size()));
  }

  List<Recovery> recoveries() {
    return List.copyOf(recoveries);
  }
}
