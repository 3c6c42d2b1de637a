package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a new controller could not find out from the workers' versions: who is in the run, who was
 * lost, what was agreed, who was blamed. It travels with the orders, so that a majority of the
 * workers always has it. Lists only, so that it goes over any wire. An open inquiry is not in it: a
 * new controller has the step done again, and compares anew.
 *
 * @param epoch that it was written in
 * @param serial grows with each writing in one reign
 * @param before the workers whose majority decided before this epoch was in force
 * @param electors the workers whose majority decides once it is
 * @param seats who holds which rank
 * @param lost ids that are not used again
 * @param newest the newest step that everybody attested; -1 before version 0
 * @param agreed digests of the last verified versions
 * @param provisional steps after the watermark
 * @param files of versions that were to be written to disk
 * @param barren epochs since the last commit
 * @param screened the last step that was redone because of a screen's alarm
 */
public record Memory(
    long epoch,
    long serial,
    List<WorkerId> before,
    List<WorkerId> electors,
    List<Seat> seats,
    List<WorkerId> spares,
    List<WorkerId> lost,
    long newest,
    long verified,
    List<Agreed> agreed,
    List<Provisional> provisional,
    List<Strikes> strikes,
    List<OnDisk> files,
    int barren,
    long screened) {

  /** The newest of several. */
  static final Comparator<Memory> ORDER =
      Comparator.comparingLong(Memory::epoch).thenComparingLong(Memory::serial);

  /** The agreed digest of a shard at a version. */
  public record Agreed(long version, int shard, Digest digest) {}

  /** A step that everybody attested, and that was not compared. */
  public record Provisional(long step, double loss) {}

  /** A version of a shard that was to be written to disk, and whether its file is there. */
  public record OnDisk(long version, int shard, Digest digest, boolean there) {}

  /** How often a worker was blamed. */
  public record Strikes(WorkerId worker, int count) {}

  public Memory {
    before = List.copyOf(before);
    electors = List.copyOf(electors);
    seats = List.copyOf(seats);
    spares = List.copyOf(spares);
    lost = List.copyOf(lost);
    agreed = List.copyOf(agreed);
    provisional = List.copyOf(provisional);
    strikes = List.copyOf(strikes);
    files = List.copyOf(files);
  }

  static Memory of(Turn turn) {
    List<Agreed> agreed = new ArrayList<>();
    turn.history
        .agreed()
        .forEach(
            (version, shards) ->
                shards.forEach((shard, digest) -> agreed.add(new Agreed(version, shard, digest))));
    List<Strikes> strikes = new ArrayList<>();
    turn.strikes.forEach((worker, count) -> strikes.add(new Strikes(worker, count)));
    return new Memory(
        turn.epoch,
        turn.serial,
        List.copyOf(turn.before),
        List.copyOf(turn.electors),
        turn.assignment().seats(),
        List.copyOf(turn.roster.spares()),
        List.copyOf(turn.roster.lost()),
        turn.history.newest(),
        turn.history.verified(),
        agreed,
        turn.history.provisional().stream()
            .map(done -> new Provisional(done.step(), done.loss()))
            .toList(),
        strikes,
        turn.tier.files(),
        turn.barren,
        turn.screened);
  }

  /** With a rank, and spares. */
  Set<WorkerId> members() {
    Set<WorkerId> members = new TreeSet<>(spares);
    seats.forEach(seat -> members.add(seat.worker()));
    return members;
  }

  Roster roster() {
    TreeMap<Rank, WorkerId> ranks = new TreeMap<>();
    seats.forEach(seat -> ranks.put(seat.rank(), seat.worker()));
    return new Roster(ranks, new TreeSet<>(spares), new TreeSet<>(lost));
  }

  History history(int microbatches) {
    Map<Long, Map<Integer, Digest>> versions = new TreeMap<>();
    agreed.forEach(
        one ->
            versions
                .computeIfAbsent(one.version(), version -> new TreeMap<>())
                .put(one.shard(), one.digest()));
    Assignment assignment = new Assignment(epoch, microbatches, seats);
    List<History.Done> done =
        provisional.stream()
            .map(step -> new History.Done(step.step(), step.loss(), assignment))
            .toList();
    return new History(newest, verified, versions, done);
  }

  Map<WorkerId, Integer> strikeCounts() {
    Map<WorkerId, Integer> counts = new TreeMap<>();
    strikes.forEach(one -> counts.put(one.worker(), one.count()));
    return Sorted.map(counts);
  }
}
