package dev.redoubt.cli.metrics;

/** The value of a gauge that is set when something happens, and read when it is scraped. */
public final class Level {

  private volatile double value;

  Level(double value) {
    this.value = value;
  }

  /** From now on. */
  public void set(double now) {
    value = now;
  }

  /** As it was last set. */
  public double value() {
    return value;
  }
}
