package dev.redoubt.simulator;

import dev.redoubt.fault.Pattern;
import java.util.Locale;
import java.util.function.LongUnaryOperator;

/**
 * What an injection does to the element that is drawn, and to those behind it. The ranges are those
 * of field studies: docs/faults.md has the sources.
 */
public enum Shape {
  /** One bit of the stratum's range. */
  BIT,
  /** Two to four bits of one element, the drawn one among them. */
  BITS,
  /** The drawn bit in two to eight elements, two to sixteen apart. */
  STRIDE,
  /** 20 to 75 % of up to 64 elements become random. */
  BURST,
  /** One to sixteen elements are zero. */
  NULL,
  /** One to sixteen elements are those that stand one to eight further on. */
  WRONG_OFFSET,
  /** One to sixteen elements are those of the version before. */
  STALE_READ;

  private static final int CELLS_MAX = 64;
  private static final int COUNT_MAX = 16;

  /** The name in files. */
  public String kebab() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Draws the pattern.
   *
   * @param bit of the stratum's range
   * @param room elements from the drawn one to the end of its tensor, at least 1
   * @param below a number from 0 to below its argument; each call draws another one
   */
  Pattern draw(int bit, long room, LongUnaryOperator below) {
    return switch (this) {
      case BIT -> Pattern.bit(bit);
      case BITS -> bits(bit, below);
      case STRIDE -> stride(bit, room, below);
      case BURST ->
          new Pattern.Burst(
              (int) Math.min(CELLS_MAX, room),
              0.20 + 0.01 * below.applyAsLong(56),
              below.applyAsLong(Long.MAX_VALUE));
      case NULL -> new Pattern.Nulled(count(room, below));
      case WRONG_OFFSET ->
          new Pattern.WrongOffset(1 + (int) below.applyAsLong(8), count(room, below));
      case STALE_READ -> new Pattern.StaleRead(count(room, below));
    };
  }

  private static int count(long room, LongUnaryOperator below) {
    return (int) Math.min(room, 1 + below.applyAsLong(COUNT_MAX));
  }

  private static Pattern bits(int bit, LongUnaryOperator below) {
    int mask = 1 << bit;
    long more = 1 + below.applyAsLong(3);
    while (more > 0) {
      int other = 1 << below.applyAsLong(Float.SIZE);
      more -= (mask & other) == 0 ? 1 : 0;
      mask |= other;
    }
    return new Pattern.Bits(mask);
  }

  /** Where there is no room for two, it is one. */
  private static Pattern stride(int bit, long room, LongUnaryOperator below) {
    long every = 2 + below.applyAsLong(15);
    long count = Math.min(2 + below.applyAsLong(7), (room - 1) / every + 1);
    return count < 2 ? Pattern.bit(bit) : new Pattern.Stride(1 << bit, (int) every, (int) count);
  }
}
