package dev.redoubt.cli.run;

import dev.redoubt.cli.report.RunOutcome.Ledger;
import dev.redoubt.cli.report.RunOutcome.Quantiles;
import dev.redoubt.cli.report.RunOutcome.Recovery;
import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.core.Note;
import dev.redoubt.core.Note.Trigger;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the time of a run went, as the controller saw it: every moment from the first planned step
 * on is in exactly one account, so that they add up to the elapsed time.
 *
 * <p>{@code useful} is the time in steps that were committed for the first time; a step that was
 * planned and given up, or committed before, is {@code repeat}, or {@code stalled} if it was given
 * up because answers did not come; from an alarm to the next step is {@code detect}, from a loss to
 * the next step {@code recover}; the last reading of all copies is {@code detect}.
 */
final class TimeLedger {

  private enum Account {
    USEFUL,
    DETECT,
    RECOVER,
    REPEAT,
    STALLED
  }

  private final Map<Account, Double> seconds = new EnumMap<>(Account.class);
  private final List<Double> steps = new ArrayList<>();
  private final List<Recovery> recoveries = new ArrayList<>();
  private final Set<Long> committedOnce = new HashSet<>();
  private final List<Double> provisional = new ArrayList<>();
  private final double startup;

  private long last;
  private long stepStarted;
  private long step;
  private boolean inStep;
  private Account waiting = Account.USEFUL;
  private long alarmAt = -1;
  private long newest;
  private Note.@Nullable EpochOpened opened;
  private @Nullable String kind;
  private int repeated;

  /**
   * Books everything.
   *
   * @param startedAt when the cluster was started
   */
  TimeLedger(RunHistory history, long startedAt) {
    List<Timed<Note>> notes = history.notes();
    long first =
        notes.stream()
            .filter(note -> note.what() instanceof Note.StepStarted)
            .mapToLong(Timed::nanos)
            .findFirst()
            .orElse(-1);
    if (first < 0) {
      startup = notes.isEmpty() ? 0 : (notes.getLast().nanos() - startedAt) * 1e-9;
      return;
    }
    startup = (first - startedAt) * 1e-9;
    last = first;
    notes.stream().filter(note -> note.nanos() >= first).forEach(this::book);
  }

  private void book(Timed<Note> note) {
    long now = note.nanos();
    switch (note.what()) {
      case Note.StepStarted started -> stepStarted(now, started);
      case Note.StepCommitted committed -> committed(now, committed);
      case Note.EpochOpened epoch -> opened(now, epoch);
      case Note.Detected ignored -> alarm(now, Account.DETECT);
      case Note.WorkerLost lost -> {
        alarm(now, Account.RECOVER);
        kind = lost.rank() == null ? kind : "dissolve";
      }
      case Note.Replaced ignored -> kind = "spare";
      case Note.Restored ignored -> kind = kind == null ? "repair" : kind;
      case Note.Concluded ignored -> pass(now, inStep ? Account.REPEAT : Account.DETECT);
      case Note.RolledBack ignored -> {}
      case Note.Blamed ignored -> {}
      case Note.Evicted ignored -> {}
      case Note.Dissolved ignored -> {}
      case Note.Refused ignored -> {}
    }
  }

  private void alarm(long now, Account account) {
    if (alarmAt < 0) {
      alarmAt = now;
    }
    if (!inStep) {
      pass(now, waiting);
      waiting = account;
    }
  }

  private void opened(long now, Note.EpochOpened epoch) {
    Account given = epoch.trigger() == Trigger.STALL ? Account.STALLED : Account.REPEAT;
    pass(now, inStep ? given : waiting);
    for (double provisionalSeconds : provisional) {
      seconds.merge(Account.USEFUL, -provisionalSeconds, Double::sum);
      seconds.merge(Account.REPEAT, provisionalSeconds, Double::sum);
    }
    provisional.clear();
    inStep = false;
    waiting = epoch.trigger() == Trigger.ALARM ? Account.DETECT : Account.RECOVER;
    opened = epoch;
    alarmAt = alarmAt < 0 ? now : alarmAt;
    repeated += (int) Math.max(0, newest - epoch.base());
    newest = Math.min(newest, epoch.base());
  }

  private void stepStarted(long now, Note.StepStarted started) {
    if (inStep) {
      // The step before is attested, and waits to be compared with others.
      double spent = pass(now, Account.USEFUL);
      provisional.add(spent);
      steps.add(spent);
      newest = Math.max(newest, step);
    } else {
      pass(now, waiting);
    }
    if (alarmAt >= 0) {
      String what = kind != null ? kind : opened == null ? "repair" : "redo";
      recoveries.add(
          new Recovery(what, Math.toIntExact(started.step()), (now - alarmAt) * 1e-9, repeated));
    }
    alarmAt = -1;
    kind = null;
    opened = null;
    repeated = 0;
    inStep = true;
    waiting = Account.USEFUL;
    stepStarted = now;
    step = started.step();
  }

  private void committed(long now, Note.StepCommitted committed) {
    boolean isFirst = committedOnce.add(committed.step());
    if (inStep && committed.step() == step) {
      steps.add((now - stepStarted) * 1e-9);
      pass(now, isFirst ? Account.USEFUL : Account.REPEAT);
      inStep = false;
      waiting = Account.USEFUL;
      provisional.clear();
      newest = Math.max(newest, step);
    }
  }

  private double pass(long now, Account account) {
    double spent = (now - last) * 1e-9;
    seconds.merge(account, spent, Double::sum);
    last = now;
    return spent;
  }

  Ledger ledger() {
    return new Ledger(
        of(Account.USEFUL),
        of(Account.DETECT),
        of(Account.RECOVER),
        of(Account.REPEAT),
        of(Account.STALLED),
        startup);
  }

  private double of(Account account) {
    return seconds.getOrDefault(account, 0.0);
  }

  /** Useful over elapsed time from the first planned step on; null if there was none. */
  @Nullable Double goodput() {
    double elapsed = seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    return elapsed > 0 ? of(Account.USEFUL) / elapsed : null;
  }

  /** Of the steps that were attested; null if there was none. */
  @Nullable Quantiles stepSeconds() {
    if (steps.isEmpty()) {
      return null;
    }
    double[] sorted = steps.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new Quantiles(quantile(sorted, 0.5), quantile(sorted, 0.99));
  }

  private static double quantile(double[] sorted, double part) {
    return sorted[(int) Math.min(sorted.length - 1L, (long) Math.ceil(part * sorted.length) - 1)];
  }

  List<Recovery> recoveries() {
    return List.copyOf(recoveries);
  }
}
