package dev.redoubt.core;

import dev.redoubt.core.Note.Trigger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Who comes, who is lost, and who is taken off. */
final class Membership {

  private Membership() {}

  static void join(Turn turn, Message.Join message) {
    WorkerId worker = message.worker();
    if (turn.roster.lost().contains(worker)) {
      turn.refuse(message, worker + " was lost, and an id is not used again");
      dismiss(turn, worker, "an id is not used again");
      return;
    }
    if (turn.roster.contains(worker) || turn.unfit.contains(worker)) {
      // Who is not fit may have said hello before that was known.
      return;
    }
    turn.roster = turn.roster.join(worker);
    if (turn.memory != null) {
      turn.send(worker, new Message.Remember(turn.memory.epoch(), turn.memory));
    }
    if (turn.phase instanceof Phase.Forming) {
      form(turn);
    }
  }

  /**
   * Sends somebody away who has no place here. Who still has a vote, for it was lost to a
   * controller that did not live to say so, is sent away when the epoch without it is in force:
   * else its vote would be waited for in vain.
   */
  static void dismiss(Turn turn, WorkerId worker, String reason) {
    if (turn.dismissals.containsKey(worker)) {
      return;
    }
    if (turn.replaceable() && (turn.before.contains(worker) || turn.electors.contains(worker))) {
      turn.dismissals = Sorted.with(turn.dismissals, worker, reason);
    } else {
      turn.send(worker, new Message.Dismiss(turn.epoch, reason));
    }
  }

  /** The run begins when all have come, if those that are fit are enough. */
  static void form(Turn turn) {
    Mesh mesh = turn.config.mesh();
    int fit = turn.roster.spares().size();
    Set<WorkerId> unfit = Scanning.outside(turn);
    if (fit + unfit.size() < mesh.workers()) {
      return;
    }
    if (fit < mesh.seats()) {
      turn.conclude(
          new Verdict.NotFormed(
              "%d of %d workers that are needed joined".formatted(fit, mesh.seats())
                  + Scanning.inWords(unfit)));
      return;
    }
    turn.roster = turn.roster.seat(mesh);
    Scanning.dropOutside(turn);
    String cause = unfit.isEmpty() ? "all workers joined" : "all workers that are fit joined";
    Epochs.open(turn, Trigger.FORMED, cause, turn.config.first());
  }

  /**
   * One broken connection is no proof; half of those that have one to {@code peer}, the membership
   * counted as one of them, is.
   */
  static void linkBroken(Turn turn, WorkerId reporter, WorkerId peer) {
    if (!turn.config.membership() || !turn.roster.contains(peer)) {
      return;
    }
    Set<WorkerId> reporters = Sorted.with(turn.broken.getOrDefault(peer, Set.of()), reporter);
    turn.broken = Sorted.with(turn.broken, peer, reporters);
    int others = 1 + turn.roster.neighbours(peer).size();
    if (2L * reporters.size() >= others) {
      String names = reporters.stream().map(WorkerId::name).collect(Collectors.joining(", "));
      String reason =
          "the connection broke for " + names + " (" + reporters.size() + " of " + others + ")";
      lost(turn, peer, Detector.MEMBERSHIP, reason);
    }
  }

  /** The membership's last word: the worker will not come back under this id. */
  static void down(Turn turn, WorkerId worker) {
    if (turn.replaceable()) {
      turn.down = Sorted.with(turn.down, worker);
    }
    if (turn.config.membership()) {
      lost(turn, worker, Detector.MEMBERSHIP, "removed from the cluster's membership");
    }
    if (turn.replaceable()) {
      Succession.recheck(turn);
    }
  }

  /** A worker is gone: somebody takes its rank, and whatever waited for it begins anew. */
  static void lost(Turn turn, WorkerId worker, Detector detector, String reason) {
    if (!turn.roster.contains(worker) || !Succession.mayLose(turn, worker)) {
      return;
    }
    Rank rank = turn.roster.rankOf(worker).orElse(null);
    long step =
        turn.phase instanceof Phase.Running running ? running.step() : turn.history.newest() + 1;
    turn.write(new Note.WorkerLost(turn.epoch, step, worker, rank, detector, reason));
    drop(turn, worker, reason);
    boolean standIn = Speculating.standsIn(turn, worker);
    boolean arbiter =
        turn.phase instanceof Phase.Arbitrating arbitrating && arbitrating.arbiter().equals(worker);
    if (!(turn.phase instanceof Phase.Forming) && (rank != null || arbiter || standIn)) {
      Epochs.open(turn, Trigger.LOSS, worker + " was lost: " + reason);
    } else {
      Auditing.lost(turn, worker);
    }
  }

  /**
   * Evicts those of {@code outworn} that leave a holder of every shard behind. The last holder
   * stays, however often it was blamed: without it the run is lost for certain.
   *
   * @param holders who holds the version that the training would go on from
   * @return who was evicted
   */
  static List<WorkerId> evict(
      Turn turn, long step, Collection<WorkerId> outworn, Collection<WorkerId> holders) {
    return evict(turn, step, outworn, holders, worker -> reason(turn, worker));
  }

  /** As above, with the reason of each. */
  static List<WorkerId> evict(
      Turn turn,
      long step,
      Collection<WorkerId> outworn,
      Collection<WorkerId> holders,
      Function<WorkerId, String> reasons) {
    Set<WorkerId> kept = Set.copyOf(holders);
    // The first eviction may dissolve a pod, and so take the rank of the next one to be evicted.
    Map<WorkerId, Rank> ranks = new LinkedHashMap<>();
    outworn.forEach(worker -> turn.roster.rankOf(worker).ifPresent(at -> ranks.put(worker, at)));
    List<WorkerId> evicted = new ArrayList<>();
    ranks.forEach(
        (worker, rank) -> {
          if (dispensable(turn, worker, kept, true)) {
            String reason = reasons.apply(worker);
            turn.write(new Note.Evicted(turn.epoch, step, worker, rank, reason));
            drop(turn, worker, reason);
            evicted.add(worker);
          }
        });
    return evicted;
  }

  private static String reason(Turn turn, WorkerId worker) {
    if (turn.unfit.contains(worker)) {
      return Scanning.REASON;
    }
    return turn.outworn(worker)
        ? "blamed " + turn.strikes.get(worker) + " times"
        : "late " + turn.lag.row(worker) + " times in a row";
  }

  /**
   * Whether every shard still has a holder when {@code worker}, and maybe its pod, is gone.
   *
   * @param guests whether a guest will do, which may be of an older version
   */
  private static boolean dispensable(
      Turn turn, WorkerId worker, Set<WorkerId> holders, boolean guests) {
    Map<Rank, WorkerId> seats = turn.roster.lose(worker).next().seats();
    Set<Integer> held =
        guests ? Guarding.shardsKept(turn, seats, worker, holders) : new TreeSet<>();
    seats.entrySet().stream()
        .filter(seat -> holders.contains(seat.getValue()))
        .forEach(seat -> held.add(seat.getKey().index()));
    return held.size() == turn.config.mesh().workersPerPod();
  }

  /**
   * Forms dissolved pods anew from spares, between two steps of which the first is verified: so
   * nothing is done again for it. The new pod fetches the base like anybody who lacks it. Returns
   * whether an epoch was opened for it.
   */
  static boolean grow(Turn turn, long step) {
    if (turn.history.verified() != step - 1) {
      return false;
    }
    List<Integer> pods = new ArrayList<>();
    Optional<Roster.Growth> growth = turn.roster.grow(turn.config.mesh());
    while (growth.isPresent()) {
      Roster.Growth grown = growth.get();
      turn.roster = grown.next();
      turn.write(new Note.Grown(turn.epoch, step, grown.pod(), grown.workers()));
      pods.add(grown.pod());
      growth = turn.roster.grow(turn.config.mesh());
    }
    if (pods.isEmpty()) {
      return false;
    }
    Epochs.open(turn, Trigger.GROWTH, "formed anew from spares: pods " + pods);
    return true;
  }

  /** Whoever holds the rank now is to leave. */
  static void drain(Turn turn, Rank rank) {
    WorkerId worker = turn.roster.seats().get(rank);
    if (worker != null) {
      turn.draining = Sorted.with(turn.draining, worker, rank);
    }
  }

  /**
   * Lets those go that are to leave, between two steps of which the first is verified: so nothing
   * is done again for it. The last holder of a shard stays until there is another. Returns whether
   * an epoch was opened for it.
   */
  static boolean release(Turn turn, long step) {
    if (turn.draining.isEmpty() || turn.history.verified() != step - 1) {
      return false;
    }
    List<WorkerId> leaving = new ArrayList<>();
    for (Map.Entry<WorkerId, Rank> asked : turn.draining.entrySet()) {
      WorkerId worker = asked.getKey();
      if (!turn.roster.contains(worker)) {
        turn.draining = Sorted.without(turn.draining, worker);
      } else if (dispensable(turn, worker, Set.copyOf(turn.roster.seats().values()), false)) {
        // Its pod may have been dissolved since: a spare leaves as well.
        turn.draining = Sorted.without(turn.draining, worker);
        turn.write(new Note.Drained(turn.epoch, step, worker, asked.getValue()));
        drop(turn, worker, "drained");
        leaving.add(worker);
      } else {
        turn.await(worker + " cannot leave: nobody else holds its shard");
      }
    }
    if (leaving.isEmpty()) {
      return false;
    }
    Epochs.open(turn, Trigger.DRAIN, "left in order: " + leaving);
    return true;
  }

  /** Takes a worker out of the roster, and says what became of its rank. */
  static void drop(Turn turn, WorkerId worker, String reason) {
    Roster.Change change = turn.roster.lose(worker);
    turn.roster = change.next();
    if (turn.replaceable()) {
      turn.dismissals = Sorted.with(turn.dismissals, worker, reason);
    } else {
      // The epoch that begins now: whoever is dismissed hears of it, and refuses all older orders.
      turn.send(worker, new Message.Dismiss(turn.epoch + 1, reason));
      turn.expel(worker, reason);
    }
    Rank rank = change.rank();
    if (rank == null || turn.phase instanceof Phase.Forming) {
      return;
    }
    WorkerId spare = change.spare();
    if (spare != null) {
      turn.write(new Note.Replaced(turn.epoch, rank, worker, spare));
    } else {
      turn.write(new Note.Dissolved(turn.epoch, rank.pod(), worker, change.freed()));
    }
    LastResort.vacated(turn, worker);
  }
}
