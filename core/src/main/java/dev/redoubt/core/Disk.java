package dev.redoubt.core;

/**
 * What is kept on disk of a run.
 *
 * @param everySteps a verified version is written after so many steps; 0 = nothing is
 * @param baseline whether the disk heals in the place of memory, as in most frameworks: whoever
 *     lost its state, all go back to the newest version on disk. Otherwise it is the last resort,
 *     for when no worker holds a shard intact
 */
public record Disk(int everySteps, boolean baseline) {

  public static final Disk NONE = new Disk(0, false);

  /** The name under which a version is fetched from disk. */
  public static final WorkerId DONOR = new WorkerId("(disk)");

  public Disk {
    if (everySteps < 0 || (baseline && everySteps == 0)) {
      throw new IllegalArgumentException(
          "versions go to disk every so many steps, at least 1, not " + everySteps);
    }
  }

  /** The last resort, with a version every so many steps. */
  public static Disk lastResort(int everySteps) {
    return new Disk(everySteps, false);
  }

  /** Nobody is healed from memory; a version every so many steps. */
  public static Disk baseline(int everySteps) {
    return new Disk(everySteps, true);
  }

  public boolean on() {
    return everySteps > 0;
  }

  /** The newest version up to {@code verified} that belongs on disk; 0 if there is none. */
  long due(long verified) {
    return verified - verified % everySteps;
  }
}
