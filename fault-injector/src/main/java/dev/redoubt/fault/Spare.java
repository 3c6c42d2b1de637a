package dev.redoubt.fault;

/**
 * A worker without a rank: whichever machine has this place among them when the time comes.
 *
 * @param number from 0, in the order in which they would get a rank
 */
public record Spare(int number) implements Victim {

  /** Checks the number. */
  public Spare {
    if (number < 0) {
      throw new IllegalArgumentException("spares count from 0, not " + number);
    }
  }

  @Override
  public String toString() {
    return "spare" + number;
  }
}
