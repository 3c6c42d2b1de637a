package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The question who was wrong in a step whose copies differ.
 *
 * <p>Three or more copies of a shard vote. With fewer, or without a majority, the base that each
 * worker built on is read again; then a third worker replays the step; without one, the step is
 * redone and whoever changed its mind was wrong. What none of these can say is undecidable.
 *
 * @param step whose attestations differ
 * @param ballots what each worker attested
 * @param redos how often the step was redone without an answer
 * @param rotten workers whose base turned out to have rotted, which answers the question for them
 * @param base what was agreed of the version before the step, by shard; on another one all attest
 *     something else, and nobody was wrong
 */
record Inquiry(
    long step, List<Ballot> ballots, int redos, Set<WorkerId> rotten, Map<Integer, Digest> base) {

  /** The copies that a vote needs. */
  static final int QUORUM = 3;

  Inquiry {
    ballots = List.copyOf(ballots);
    rotten = Sorted.set(rotten);
    base = Sorted.map(base);
  }

  /** On a version that nothing was agreed of. */
  Inquiry(long step, List<Ballot> ballots, int redos, Set<WorkerId> rotten) {
    this(step, ballots, redos, rotten, Map.of());
  }

  /** What was attested of a shard: the state, and the loss down to its bits. */
  record Vote(@Nullable Digest state, long lossBits) {
    static Vote of(Message.Attested attested) {
      return new Vote(attested.state(), Double.doubleToRawLongBits(attested.loss()));
    }

    @Override
    public String toString() {
      return state + " (loss " + Double.longBitsToDouble(lossBits) + ")";
    }
  }

  /** Who said what. */
  record Ballot(WorkerId worker, Rank rank, Vote vote) {}

  /** Somebody who was found wrong, and by what. */
  record Finding(Ballot ballot, String evidence) {}

  /** The copies of a step that everybody attested. */
  static Inquiry into(Phase.Running running, Roster roster) {
    List<Ballot> ballots = new ArrayList<>();
    roster
        .seats()
        .forEach(
            (rank, worker) -> {
              Message.Attested attested = running.attested().get(worker);
              if (attested != null) {
                ballots.add(new Ballot(worker, rank, Vote.of(attested)));
              }
            });
    return new Inquiry(running.step(), ballots, 0, Set.of());
  }

  /** A question that what was attested says nothing about. */
  static Inquiry withoutBallots(long step) {
    return new Inquiry(step, List.of(), 0, Set.of());
  }

  /** What was attested of each shard, if all agree. */
  Map<Integer, Vote> votes() {
    Map<Integer, Vote> votes = new TreeMap<>();
    ballots.forEach(ballot -> votes.put(ballot.rank().index(), ballot.vote()));
    return votes;
  }

  /** The state of each shard, if all agree; empty when digests are off. */
  Map<Integer, Digest> digests() {
    Map<Integer, Digest> digests = new TreeMap<>();
    for (Ballot ballot : ballots) {
      if (ballot.vote().state() != null) {
        digests.put(ballot.rank().index(), ballot.vote().state());
      }
    }
    return digests;
  }

  /** Whether all copies of every shard agree. */
  boolean unanimous() {
    return byShard().values().stream()
        .allMatch(copies -> copies.stream().map(Ballot::vote).distinct().count() == 1);
  }

  /**
   * Who is outvoted, by a strict majority of at least three copies of the same shard.
   *
   * @return empty if some shard whose copies differ has no such majority
   */
  Optional<List<Finding>> outvoted() {
    List<Finding> findings = new ArrayList<>();
    for (List<Ballot> copies : byShard().values()) {
      Optional<Vote> majority = majority(copies);
      if (majority.isEmpty()) {
        return Optional.empty();
      }
      for (Ballot ballot : copies) {
        if (!ballot.vote().equals(majority.get())) {
          findings.add(
              new Finding(
                  ballot, "attested " + ballot.vote() + ", the majority " + majority.get()));
        }
      }
    }
    return Optional.of(findings);
  }

  /** Whose vote is not {@code truth}, shard by shard. */
  List<Finding> differingFrom(Map<Integer, Vote> truth, String source) {
    List<Finding> findings = new ArrayList<>();
    for (Ballot ballot : ballots) {
      Vote right = truth.get(ballot.rank().index());
      if (right != null && !right.equals(ballot.vote())) {
        findings.add(
            new Finding(ballot, "attested " + ballot.vote() + ", " + source + " " + right));
      }
    }
    return findings;
  }

  /** Who differs from somebody: the suspects, while nobody is blamed. */
  List<Rank> suspects() {
    Optional<List<Finding>> minority = outvoted();
    if (minority.isPresent()) {
      return minority.get().stream().map(finding -> finding.ballot().rank()).toList();
    }
    return byShard().values().stream()
        .filter(copies -> copies.stream().map(Ballot::vote).distinct().count() > 1)
        .flatMap(List::stream)
        .map(Ballot::rank)
        .toList();
  }

  Inquiry withRotten(WorkerId worker) {
    return new Inquiry(step, ballots, redos, Sorted.with(rotten, worker), base);
  }

  String summary() {
    StringBuilder text = new StringBuilder();
    for (Ballot ballot : ballots) {
      text.append(text.isEmpty() ? "" : ", ").append(ballot.rank()).append('=');
      text.append(Objects.requireNonNullElse(ballot.vote().state(), "none"));
    }
    return text.toString();
  }

  private static Optional<Vote> majority(List<Ballot> copies) {
    Map<Vote, Integer> counts = new HashMap<>();
    copies.forEach(ballot -> counts.merge(ballot.vote(), 1, Integer::sum));
    if (counts.size() == 1) {
      return Optional.of(copies.getFirst().vote());
    }
    return counts.entrySet().stream()
        .filter(entry -> copies.size() >= QUORUM && 2 * entry.getValue() > copies.size())
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private Map<Integer, List<Ballot>> byShard() {
    Map<Integer, List<Ballot>> shards = new TreeMap<>();
    for (Ballot ballot : ballots) {
      shards.computeIfAbsent(ballot.rank().index(), shard -> new ArrayList<>()).add(ballot);
    }
    return shards;
  }
}
