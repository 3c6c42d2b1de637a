package dev.redoubt.core;

/**
 * How an epoch is packed into the number that messages and frames carry: the reign of a controller
 * above, the count of its epochs below. Numbers are compared as they are.
 *
 * <p>A reign is a ballot and the incarnation of the controller that claimed it. Two controllers may
 * claim the same ballot at once, but never the same reign, and within a reign only its controller
 * counts: so no epoch is ever handed out twice. A plain counter was rejected: a controller that
 * starts anew, or two that live at once, would count the same numbers.
 *
 * <p>The reign of a controller that is never replaced is 0, and its epochs are 1, 2, 3.
 */
public final class Epoch {

  /** Incarnations of controllers are 1 up to this. */
  public static final int INCARNATION_MAX = (1 << 16) - 1;

  /** Claims that were raised over each other in one run. */
  static final int BALLOT_MAX = (1 << 15) - 1;

  private static final int REIGN_SHIFT = 32;
  private static final int BALLOT_SHIFT = 48;
  private static final long COUNT_MASK = 0xFFFF_FFFFL;

  private Epoch() {}

  /** The reign, to be compared with others; 0 without succession. */
  static long reign(long epoch) {
    return epoch >>> REIGN_SHIFT;
  }

  static int ballot(long epoch) {
    return (int) (epoch >>> BALLOT_SHIFT);
  }

  /** The controller's incarnation; 0 without succession. */
  public static int incarnation(long epoch) {
    return (int) (epoch >>> REIGN_SHIFT) & INCARNATION_MAX;
  }

  /** The place of the epoch in the run: a new controller counts on from what it took over. */
  public static long count(long epoch) {
    return epoch & COUNT_MASK;
  }

  /** The first number of a reign of {@code incarnation} that is above {@code heard}. */
  static long claim(long heard, int incarnation) {
    if (ballot(heard) == BALLOT_MAX) {
      throw new IllegalStateException("more than " + BALLOT_MAX + " claims in one run");
    }
    return ((ballot(heard) + 1L) << BALLOT_SHIFT)
        | ((long) incarnation << REIGN_SHIFT)
        | count(heard);
  }

  /** The same reign, no lower in its count than {@code other}. */
  static long atLeast(long epoch, long other) {
    return (epoch & ~COUNT_MASK) | Math.max(count(epoch), count(other));
  }

  /** The next epoch of the same reign. */
  static long next(long epoch) {
    if (count(epoch) == COUNT_MASK) {
      throw new IllegalStateException("more than " + COUNT_MASK + " epochs in one run");
    }
    return epoch + 1;
  }

  /** For people: {@code 7}, or {@code 7 of controller 3 (ballot 2)}. */
  public static String text(long epoch) {
    return reign(epoch) == 0
        ? Long.toString(epoch)
        : count(epoch) + " of controller " + incarnation(epoch) + " (ballot " + ballot(epoch) + ")";
  }
}
