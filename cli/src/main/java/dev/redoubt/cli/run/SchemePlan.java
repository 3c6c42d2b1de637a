package dev.redoubt.cli.run;

import static dev.redoubt.cli.scenario.Scheme.CHECKPOINT;
import static dev.redoubt.cli.scenario.Scheme.PARITY;

import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.redundancy.Buddy;
import dev.redoubt.redundancy.Chance;
import dev.redoubt.redundancy.Checkpoint;
import dev.redoubt.redundancy.Checkpoint.Disk;
import dev.redoubt.redundancy.Cost;
import dev.redoubt.redundancy.Parity;
import dev.redoubt.redundancy.Replicas;
import dev.redoubt.redundancy.Scheme;
import dev.redoubt.redundancy.Shape;
import dev.redoubt.redundancy.StateSize;
import dev.redoubt.redundancy.Survival;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a redundancy scheme would cost and survive on the machines of a scenario.
 *
 * <p>Buddy and parity are for states that the pods share out: a worker trains on its pod's slice of
 * the rank's part only, so they are compared at less memory than replicas. With one pod the slice
 * is the whole part.
 *
 * @param scheme in a few words
 * @param runs whether the scenario's run uses it
 * @param cost null if the scheme does not fit the machines
 * @param machines the chance to survive the loss of 1, 2, ... machines at once, spares included
 * @param pods the chance to survive the loss of 1, 2, ... whole pods at once
 * @param unfit why it does not fit; empty if it does
 */
public record SchemePlan(
    String scheme,
    boolean runs,
    @Nullable Bytes cost,
    List<Double> machines,
    List<Double> pods,
    String unfit) {

  /** The most losses at once that a plan speaks of. */
  public static final int LOST_MAX = 3;

  /** Steps from one checkpoint to the next, in the comparison. */
  public static final int CHECKPOINT_EVERY = 10;

  private static List<Scheme> compared(int everySteps) {
    return List.of(
        new Replicas(),
        new Buddy(1),
        new Parity(3),
        new Checkpoint(everySteps, Disk.OWN),
        new Checkpoint(everySteps, Disk.SHARED));
  }

  /** Copies the lists. */
  public SchemePlan {
    machines = List.copyOf(machines);
    pods = List.copyOf(pods);
  }

  /**
   * The figures of the worker for which each is most.
   *
   * @param memory of all versions and of all that it guards for others
   * @param sentPerStep beyond what training itself sends
   * @param receivedPerStep likewise
   * @param writtenPerStep to a disk, on average
   * @param movedAfterLoss read until a lost worker is replaced; null if no loss is sure to be
   *     survived
   * @param stepsRepeatedMax after a loss
   */
  public record Bytes(
      long memory,
      long sentPerStep,
      long receivedPerStep,
      long writtenPerStep,
      @Nullable Long movedAfterLoss,
      int stepsRepeatedMax) {

    private static Bytes of(Cost cost) {
      return new Bytes(
          cost.most().memoryBytes(),
          cost.most().sentBytes(),
          cost.most().receivedBytes(),
          cost.most().diskBytes(),
          cost.lossBytes().isPresent() ? Long.valueOf(cost.lossBytes().getAsLong()) : null,
          cost.stepsRepeatedMax());
    }
  }

  /**
   * Compares all schemes.
   *
   * @param rankBytes of one version of the largest rank
   */
  public static List<SchemePlan> of(Scenario scenario, long rankBytes) {
    Scenario.Cluster cluster = scenario.cluster();
    Shape mesh = new Shape(cluster.pods(), cluster.workersPerPod(), cluster.spares());
    StateSize state = new StateSize(rankBytes, scenario.redundancy().keepVersions());
    Integer every = scenario.redundancy().diskEverySteps();
    boolean baseline = scenario.redundancy().scheme() == CHECKPOINT;
    int everySteps = baseline && every != null ? every : CHECKPOINT_EVERY;
    Scheme own = own(scenario, everySteps);
    List<Scheme> schemes = new ArrayList<>(compared(everySteps));
    if (own != null && !schemes.contains(own)) {
      schemes.add(2, own);
    }
    return schemes.stream().map(scheme -> of(scheme, mesh, state, scheme.equals(own))).toList();
  }

  /**
   * What the run uses: null where it has buddies or parity inside of each of several pods, which is
   * none of those that are compared. What is on a disk below the run directory can be read by all.
   */
  private static @Nullable Scheme own(Scenario scenario, int everySteps) {
    Scenario.Redundancy wanted = scenario.redundancy();
    if (wanted.scheme() == CHECKPOINT) {
      return new Checkpoint(everySteps, Disk.SHARED);
    }
    if (!wanted.guests()) {
      return new Replicas();
    }
    if (scenario.cluster().pods() > 1) {
      return null;
    }
    return wanted.scheme() == PARITY
        ? new Parity(scenario.cluster().workersPerPod() - 1)
        : new Buddy(wanted.copies());
  }

  private static SchemePlan of(Scheme scheme, Shape mesh, StateSize state, boolean runs) {
    try {
      Bytes bytes = Bytes.of(Cost.of(scheme, mesh, state));
      Survival survival = scheme.survival(mesh);
      return new SchemePlan(
          scheme.title(),
          runs,
          bytes,
          chances(survival.workers(), survival::machines),
          chances(survival.pods(), survival::pods),
          "");
    } catch (IllegalArgumentException tooSmall) {
      String why = String.valueOf(tooSmall.getMessage());
      return new SchemePlan(scheme.title(), runs, null, List.of(), List.of(), why);
    }
  }

  private static List<Double> chances(int all, IntFunction<Chance> chance) {
    return IntStream.rangeClosed(1, Math.min(all, LOST_MAX))
        .mapToObj(lost -> chance.apply(lost).value())
        .toList();
  }
}
