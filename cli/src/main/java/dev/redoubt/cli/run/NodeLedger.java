package dev.redoubt.cli.run;

import dev.redoubt.cli.report.RunOutcome.NodeTime;
import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.core.Note;
import dev.redoubt.core.Seat;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Strike;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where the time of each worker went. While it has a rank its time is the run's ({@link
 * TimeLedger}); without one it stands by; once it is gone it is lost. So the accounts of a worker
 * add up to the time from its start to the end of the run, and those of all to elapsed time by
 * workers.
 */
final class NodeLedger {

  private static final double SECOND = 1e-9;

  /** What happens to a worker, or to all, at a moment. */
  private sealed interface Change {
    record Begins(String worker) implements Change {}

    record Ends(String worker) implements Change {}

    record Seats(Set<String> workers) implements Change {}

    record Accounts(TimeLedger.Account account) implements Change {}
  }

  private record Moment(long nanos, Change change) {}

  private final Map<String, Map<TimeLedger.Account, Long>> times = new TreeMap<>();
  private final Map<String, Long> gone = new HashMap<>();
  private final Map<String, Long> standby = new HashMap<>();
  private final Set<String> living = new HashSet<>();
  private Set<String> seated = Set.of();
  private TimeLedger.Account account = TimeLedger.Account.STARTUP;

  private NodeLedger() {}

  /**
   * Goes through a run.
   *
   * @param workers that were there from the start
   * @param startedAt when the cluster was started
   */
  static List<NodeTime> of(
      RunHistory history,
      TimeLedger run,
      List<Fault> faults,
      List<String> workers,
      long startedAt) {
    NodeLedger ledger = new NodeLedger();
    List<Moment> moments = new ArrayList<>();
    workers.forEach(worker -> moments.add(new Moment(startedAt, new Change.Begins(worker))));
    run.stretches()
        .forEach(
            stretch ->
                moments.add(new Moment(stretch.from(), new Change.Accounts(stretch.account()))));
    history.machines().forEach(machine -> ledger.machine(machine, workers, moments));
    history.notes().forEach(note -> note(note, moments));
    history.strikes().forEach(strike -> strike(strike, faults, moments));
    moments.sort(Comparator.comparingLong(Moment::nanos));
    long end = run.endNanos();
    long last = startedAt;
    for (Moment moment : moments) {
      long now = Math.clamp(moment.nanos(), last, end);
      ledger.pass(now - last);
      last = now;
      ledger.apply(moment.change());
    }
    ledger.pass(end - last);
    return ledger.nodes();
  }

  private void machine(
      Timed<RunHistory.MachineEvent> event, List<String> workers, List<Moment> moments) {
    String node = event.what().node();
    if (!node.startsWith("w")) {
      return;
    }
    switch (event.what().kind()) {
      case "started" -> {
        if (!workers.contains(node)) {
          moments.add(new Moment(event.nanos(), new Change.Begins(node)));
        }
      }
      case "taken-off", "ended", "switched-off" ->
          moments.add(new Moment(event.nanos(), new Change.Ends(node)));
      default -> {}
    }
  }

  private static void note(Timed<Note> note, List<Moment> moments) {
    switch (note.what()) {
      case Note.EpochOpened opened -> {
        Set<String> workers = new HashSet<>();
        for (Seat seat : opened.assignment().seats()) {
          workers.add(seat.worker().name());
        }
        moments.add(new Moment(note.nanos(), new Change.Seats(workers)));
      }
      case Note.WorkerLost lost ->
          moments.add(new Moment(note.nanos(), new Change.Ends(lost.worker().name())));
      case Note.Evicted evicted ->
          moments.add(new Moment(note.nanos(), new Change.Ends(evicted.worker().name())));
      case Note.Drained drained ->
          moments.add(new Moment(note.nanos(), new Change.Ends(drained.worker().name())));
      default -> {}
    }
  }

  private static void strike(Timed<Strike> strike, List<Fault> faults, List<Moment> moments) {
    boolean crash =
        faults.stream()
            .anyMatch(
                fault -> fault instanceof Crash && fault.id().equals(strike.what().faultId()));
    if (crash) {
      moments.add(new Moment(strike.nanos(), new Change.Ends(strike.what().node())));
    }
  }

  private void apply(Change change) {
    switch (change) {
      case Change.Begins begins -> {
        living.add(begins.worker());
        times.putIfAbsent(begins.worker(), new EnumMap<>(TimeLedger.Account.class));
      }
      case Change.Ends ends -> living.remove(ends.worker());
      case Change.Seats seats -> seated = seats.workers();
      case Change.Accounts accounts -> account = accounts.account();
    }
  }

  private void pass(long nanos) {
    times.forEach(
        (worker, accounts) -> {
          if (!living.contains(worker)) {
            gone.merge(worker, nanos, Long::sum);
          } else if (seated.contains(worker) || account == TimeLedger.Account.STARTUP) {
            accounts.merge(account, nanos, Long::sum);
          } else {
            standby.merge(worker, nanos, Long::sum);
          }
        });
  }

  private List<NodeTime> nodes() {
    List<NodeTime> nodes = new ArrayList<>();
    times.forEach(
        (worker, accounts) ->
            nodes.add(
                new NodeTime(
                    worker,
                    seconds(accounts, TimeLedger.Account.USEFUL),
                    seconds(accounts, TimeLedger.Account.DETECT),
                    seconds(accounts, TimeLedger.Account.RECOVER),
                    seconds(accounts, TimeLedger.Account.REPEAT),
                    seconds(accounts, TimeLedger.Account.STALLED),
                    seconds(accounts, TimeLedger.Account.STARTUP),
                    standby.getOrDefault(worker, 0L) * SECOND,
                    gone.getOrDefault(worker, 0L) * SECOND)));
    return nodes;
  }

  private static double seconds(
      Map<TimeLedger.Account, Long> accounts, TimeLedger.Account account) {
    return accounts.getOrDefault(account, 0L) * SECOND;
  }
}
