package dev.redoubt.redundancy;

import java.math.BigInteger;

/**
 * How likely a scheme is to keep the state when j machines, or j whole pods, are lost at the same
 * moment, before anything could be restored. Every set of j is equally likely.
 *
 * <p>Machines are all workers, the spares too, though nothing is lost with them. Exact: subsets are
 * counted by formula.
 */
public final class Survival {

  private final int workers;
  private final int pods;
  private final Counts byMachine;
  private final Counts byPod;

  /**
   * Takes the counts.
   *
   * @param seats subsets of the workers with a rank whose loss is survived, by their number
   * @param byPod subsets of the pods, likewise
   */
  Survival(Shape mesh, Counts seats, Counts byPod) {
    this.workers = mesh.workers();
    this.pods = mesh.pods();
    this.byMachine = seats.times(Counts.all(mesh.spares()));
    this.byPod = byPod;
  }

  /** How many machines can be lost. */
  public int workers() {
    return workers;
  }

  /** How many pods can be lost. */
  public int pods() {
    return pods;
  }

  /**
   * The chance to survive the loss of {@code lost} machines.
   *
   * @throws IllegalArgumentException if there are not so many
   */
  public Chance machines(int lost) {
    return chance("machines", byMachine, lost, workers);
  }

  /**
   * The chance to survive the loss of {@code lost} whole pods.
   *
   * @throws IllegalArgumentException if there are not so many
   */
  public Chance pods(int lost) {
    return chance("pods", byPod, lost, pods);
  }

  private static Chance chance(String what, Counts counts, int lost, int of) {
    if (lost < 0 || lost > of) {
      throw new IllegalArgumentException("%d of %d %s cannot be lost".formatted(lost, of, what));
    }
    BigInteger all = Counts.choose(of, lost);
    return new Chance(counts.of(lost), all);
  }

  /** The most machines whose loss is always survived. */
  public int machinesAlways() {
    int always = 0;
    while (always < workers && machines(always + 1).certain()) {
      always++;
    }
    return always;
  }

  /** The most whole pods whose loss is always survived. */
  public int podsAlways() {
    int always = 0;
    while (always < pods && pods(always + 1).certain()) {
      always++;
    }
    return always;
  }
}
