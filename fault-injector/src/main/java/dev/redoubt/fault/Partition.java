package dev.redoubt.fault;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The network is cut between two sets of machines; within each nothing changes.
 *
 * @param id of the fault in its plan
 * @param when it strikes
 * @param target one of those that are cut off; when it comes to {@code when}, the cut is made
 * @param with the others on the same side
 * @param direction which way nothing passes
 * @param length until it heals; empty if it never does
 */
public record Partition(
    String id,
    When when,
    Victim target,
    List<Victim> with,
    Direction direction,
    Optional<Duration> length)
    implements Fault {

  /** The kind in scenario files. */
  public static final String KIND = "partition";

  /** As those see it that are cut off. */
  public enum Direction {
    /** Nothing passes. */
    BOTH,
    /** Nothing reaches them; what they say is heard. */
    IN,
    /** What they say reaches nobody; they hear all. */
    OUT
  }

  /** Copies the list. */
  public Partition {
    with = List.copyOf(with);
  }

  /** All that are cut off. */
  public List<Victim> side() {
    return Stream.concat(Stream.of(target), with.stream()).toList();
  }

  @Override
  public String kind() {
    return KIND;
  }
}
