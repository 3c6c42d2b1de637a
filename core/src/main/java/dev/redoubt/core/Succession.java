package dev.redoubt.core;

import dev.redoubt.core.Note.Trigger;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a controller comes to reign, and how it learns that it no longer does.
 *
 * <p>It claims a reign above all that it hears of, like a ballot of Paxos (Lamport 1998), and acts
 * only when a majority has promised not to obey a lower one. The newest memory among those that
 * promised is where it goes on from: whatever was decided was told to a majority before it counted.
 * A replicated log was rejected: the workers hold the versions anyway, and the rest is one record.
 */
final class Succession {

  private Succession() {}

  // Claiming.

  static void claiming(Turn turn, Phase.Claiming claiming, Message.ToController message) {
    long heard = claiming.heard();
    Map<WorkerId, Message.Report> reports = claiming.reports();
    boolean asks = false;
    boolean answers = true;
    switch (message) {
      case Message.Report report -> {
        heard = Math.max(heard, report.epoch());
        if (report.epoch() == turn.epoch) {
          reports = Sorted.with(reports, report.worker(), report);
        } else {
          asks = report.epoch() < turn.epoch;
        }
      }
      case Message.Outdated outdated -> heard = Math.max(heard, outdated.epoch());
      default -> {
        asks = true;
        answers = false;
      }
    }
    Set<WorkerId> known = Sorted.with(claiming.known(), message.worker());
    turn.phase = new Phase.Claiming(heard, known, reports);
    if (asks && !reports.containsKey(message.worker())) {
      turn.send(message.worker(), new Message.Claim(turn.epoch));
    }
    if (answers) {
      consider(turn);
    }
  }

  /** Claims again: the same epoch of who has not answered, a higher one if it was outbid. */
  static void claimAgain(Turn turn, Phase.Claiming claiming) {
    turn.reminded = turn.now;
    Phase.Claiming next = claiming;
    if (claiming.heard() > turn.epoch) {
      turn.epoch = Epoch.claim(claiming.heard(), Epoch.incarnation(turn.epoch));
      next = new Phase.Claiming(turn.epoch, claiming.known(), Map.of());
      turn.phase = next;
    }
    Set<WorkerId> asked = new TreeSet<>(next.known());
    newest(next).ifPresent(memory -> asked.addAll(memory.members()));
    asked.removeAll(next.reports().keySet());
    asked.removeAll(turn.down);
    asked.forEach(worker -> turn.send(worker, new Message.Claim(turn.epoch)));
    consider(turn);
  }

  private static Optional<Memory> newest(Phase.Claiming claiming) {
    return claiming.reports().values().stream()
        .flatMap(report -> Optional.ofNullable(report.memory()).stream())
        .max(Memory.ORDER);
  }

  /** Looks whether enough have promised. */
  private static void consider(Turn turn) {
    if (!(turn.phase instanceof Phase.Claiming claiming)) {
      return;
    }
    Optional<Memory> memory = newest(claiming);
    if (memory.isPresent()) {
      takeOver(turn, claiming, memory.get());
    } else {
      form(turn, claiming);
    }
  }

  /**
   * Nobody remembers anything. The run begins when every machine is there and says so: were there
   * an earlier controller, most of its workers would remember it.
   */
  private static void form(Turn turn, Phase.Claiming claiming) {
    Set<WorkerId> there = new TreeSet<>(claiming.reports().keySet());
    there.removeAll(turn.unfit);
    Mesh mesh = turn.config.mesh();
    long machines = machines(there);
    boolean allCame = machines + machines(turn.unfit) >= mesh.workers();
    if (allCame && machines < mesh.seats()) {
      turn.conclude(
          new Verdict.NotFormed(
              "%d of %d workers that are needed joined".formatted(machines, mesh.seats())
                  + Scanning.inWords(turn.unfit)));
    } else if (allCame) {
      there.forEach(worker -> turn.roster = turn.roster.join(worker));
      turn.roster = turn.roster.seat(mesh);
      turn.electors = Sorted.set(there);
      turn.before = turn.electors;
      String cause =
          turn.unfit.isEmpty() ? "all workers joined" : "all workers that are fit joined";
      Scanning.dropOutside(turn);
      Epochs.open(turn, Trigger.FORMED, cause, turn.config.first());
    } else if (machines == 0 && machines(turn.down) >= mesh.workers() && overdue(turn)) {
      turn.conclude(new Verdict.Lost("every worker is removed from the cluster's membership"));
    } else if (turn.now - turn.since > turn.config.timeouts().joinMillisMax()) {
      String count = machines + " of " + mesh.workers() + " workers joined";
      if (2 * machines > mesh.workers()) {
        turn.conclude(
            new Verdict.NotFormed(
                count
                    + " within "
                    + turn.config.timeouts().joinMillisMax()
                    + " ms"
                    + Scanning.inWords(turn.unfit)));
      } else {
        turn.await("only " + count + ": there may be a run that this controller is cut off from");
      }
    }
  }

  private static long machines(Set<WorkerId> workers) {
    return workers.stream().map(WorkerId::machine).distinct().count();
  }

  /**
   * Nobody is given up who was not asked again: it first has to find out that there is somebody.
   */
  private static boolean overdue(Turn turn) {
    ProtocolConfig.Timeouts timeouts = turn.config.timeouts();
    return turn.now - turn.since
        > Math.max(timeouts.prepareMillisMax(), 2 * timeouts.resendMillis());
  }

  private static void takeOver(Turn turn, Phase.Claiming claiming, Memory memory) {
    Set<WorkerId> promised = claiming.reports().keySet();
    turn.before = Sorted.set(memory.before());
    turn.electors = Sorted.set(memory.electors());
    Set<WorkerId> missing = new TreeSet<>(memory.members());
    missing.removeAll(promised);
    Set<WorkerId> silent = new TreeSet<>(missing);
    silent.removeAll(turn.down);
    boolean overdue = overdue(turn);
    if (!Quorum.reached(turn, promised)) {
      if (overdue) {
        turn.await("only " + promised + " answer, which is no majority; silent: " + silent);
      }
    } else if (silent.isEmpty() || (overdue && everyShardHeard(memory, promised, turn.down))) {
      reign(turn, claiming, memory, missing);
    } else if (overdue) {
      turn.await("nobody who holds some shard answers; silent: " + silent);
    }
  }

  /** Whether of every shard somebody answers, or nobody ever will. */
  private static boolean everyShardHeard(
      Memory memory, Set<WorkerId> promised, Set<WorkerId> down) {
    Map<Integer, List<WorkerId>> holders =
        memory.seats().stream()
            .collect(
                Collectors.groupingBy(
                    seat -> seat.rank().index(),
                    Collectors.mapping(Seat::worker, Collectors.toList())));
    return holders.values().stream()
        .allMatch(shard -> shard.stream().anyMatch(promised::contains) || down.containsAll(shard));
  }

  private static void reign(
      Turn turn, Phase.Claiming claiming, Memory memory, Set<WorkerId> missing) {
    turn.roster = memory.roster();
    turn.history = memory.history(turn.config.microbatches());
    turn.strikes = memory.strikeCounts();
    turn.tier = Tier.of(memory.files());
    turn.barren = memory.barren();
    turn.screened = memory.screened();
    turn.memory = memory;
    turn.epoch = Epoch.atLeast(turn.epoch, memory.epoch());
    List<WorkerId> promised = List.copyOf(claiming.reports().keySet());
    turn.write(new Note.ControllerChanged(turn.epoch, memory.epoch(), promised));
    for (WorkerId worker : promised) {
      if (turn.roster.lost().contains(worker)) {
        turn.dismissals = Sorted.with(turn.dismissals, worker, "an id is not used again");
      } else {
        turn.roster = turn.roster.join(worker);
      }
    }
    Phase.@Nullable Running done = attestedByAll(claiming, memory);
    missing.stream().sorted(sparesFirst(turn)).forEach(worker -> lose(turn, worker));
    String cause = "controller " + Epoch.incarnation(turn.epoch) + " took over";
    if (done == null || !Stepping.inherit(turn, done, memory)) {
      Epochs.open(turn, Trigger.SUCCESSION, cause);
    }
  }

  /** No spare that is gone itself takes a rank. */
  private static Comparator<WorkerId> sparesFirst(Turn turn) {
    Set<WorkerId> seated = new TreeSet<>(turn.roster.seats().values());
    return Comparator.<WorkerId, Boolean>comparing(seated::contains)
        .thenComparing(worker -> worker);
  }

  private static void lose(Turn turn, WorkerId worker) {
    Rank rank = turn.roster.rankOf(worker).orElse(null);
    boolean down = turn.down.contains(worker);
    Detector detector = down ? Detector.MEMBERSHIP : Detector.DEADLINE;
    String reason =
        down ? "removed from the cluster's membership" : "no answer to the new controller";
    long step = turn.history.newest() + 1;
    turn.write(new Note.WorkerLost(turn.epoch, step, worker, rank, detector, reason));
    Membership.drop(turn, worker, reason);
  }

  /**
   * The step that the controller before had all attestations of, or would have had: it may have
   * been committed, and is not done again.
   */
  private static Phase.@Nullable Running attestedByAll(Phase.Claiming claiming, Memory memory) {
    Map<WorkerId, Message.Attested> attested = Map.of();
    for (Seat seat : memory.seats()) {
      Message.Report report = claiming.reports().get(seat.worker());
      Message.Attested last = report == null ? null : report.attested();
      if (last == null || last.epoch() != memory.epoch() || last.step() != memory.newest() + 1) {
        return null;
      }
      attested = Sorted.with(attested, seat.worker(), last);
    }
    return attested.isEmpty() ? null : new Phase.Running(memory.newest() + 1, attested);
  }

  // Reigning.

  /** Writes down what the next controller has to know. */
  static @Nullable Memory write(Turn turn) {
    if (!turn.replaceable()) {
      return null;
    }
    turn.serial++;
    turn.memory = Memory.of(turn);
    return turn.memory;
  }

  /** Gives the memory to who gets no order with it: spares, and those that still have a vote. */
  static void spread(Turn turn) {
    Memory memory = turn.memory;
    if (memory == null) {
      return;
    }
    Set<WorkerId> others = new TreeSet<>(turn.roster.spares());
    others.addAll(turn.before);
    others.addAll(turn.electors);
    others.removeAll(turn.roster.seats().values());
    others.removeAll(turn.heard);
    others.removeAll(turn.down);
    others.forEach(worker -> turn.send(worker, new Message.Remember(memory.epoch(), memory)));
  }

  static void remembered(Turn turn, Message.Remembered message) {
    Memory memory = turn.memory;
    if (memory != null && message.epoch() == turn.epoch && message.serial() == memory.serial()) {
      turn.heard = Sorted.with(turn.heard, message.worker());
      recheck(turn);
    }
  }

  /** Somebody more stands behind this controller, or fewer have to. */
  static void recheck(Turn turn) {
    switch (turn.phase) {
      case Phase.Claiming ignored -> consider(turn);
      case Phase.Preparing ignored -> Preparing.proceed(turn);
      case Phase.Running running -> Stepping.proceed(turn, running);
      case Phase.Finishing finishing -> Finishing.proceed(turn, finishing);
      default -> {}
    }
  }

  /** The epoch is in force: who has no place in it may be told. */
  static void inForce(Turn turn) {
    turn.before = turn.electors;
    Map<WorkerId, String> leaving = turn.dismissals;
    turn.dismissals = Map.of();
    leaving.forEach(
        (worker, reason) -> {
          turn.send(worker, new Message.Dismiss(turn.epoch, reason));
          turn.expel(worker, reason);
        });
  }

  /** A worker that hears of nobody says what it knows. */
  static void reported(Turn turn, Message.Report report) {
    if (Epoch.reign(report.epoch()) > Epoch.reign(turn.epoch)) {
      depose(turn, report.worker(), report.epoch());
    } else if (!turn.roster.contains(report.worker())) {
      Membership.join(turn, new Message.Join(report.worker()));
    }
  }

  static void outdated(Turn turn, Message.Outdated message) {
    if (Epoch.reign(message.epoch()) > Epoch.reign(turn.epoch)) {
      depose(turn, message.worker(), message.epoch());
    }
  }

  private static void depose(Turn turn, WorkerId worker, long by) {
    turn.enter(new Phase.Deposed(by));
    turn.write(new Note.Deposed(turn.epoch, by, worker));
    turn.standDown(worker + " obeys epoch " + Epoch.text(by));
  }

  /**
   * Whether a worker may be given up now. Not if too few were left to decide, nor if nobody else
   * has its shard: it may only be cut off. The membership's last word is needed for that.
   */
  static boolean mayLose(Turn turn, WorkerId worker) {
    if (!turn.replaceable() || turn.down.contains(worker)) {
      return true;
    }
    boolean last =
        turn.roster.rankOf(worker).isPresent()
            && turn.copiesOf(worker).isEmpty()
            && !Guarding.holdsElsewhere(turn, worker);
    if (last || !Quorum.withoutAll(turn, List.of(worker))) {
      turn.await(
          worker
              + " does not answer, and "
              + (last ? "nobody else holds its shard" : "the others are no majority"));
      return false;
    }
    return true;
  }
}
