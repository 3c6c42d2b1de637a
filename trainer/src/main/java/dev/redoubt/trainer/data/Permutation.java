package dev.redoubt.trainer.data;

import dev.redoubt.trainer.CounterRandom;

/**
 * A keyed permutation of 0 .. size-1, computed element by element, without a table.
 *
 * <p>A Feistel network over the next even power of two, walked along its cycle until the value is
 * in range (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). At most four steps
 * on average, as the network's domain is less than four times the size.
 */
public final class Permutation {

  private static final int ROUNDS = 6;

  private final long key;
  private final long size;
  private final int halfBits;
  private final long halfMask;

  /**
   * Makes it.
   *
   * @param size positive
   */
  public Permutation(long key, long size) {
    if (size <= 0) {
      throw new IllegalArgumentException("size must be positive, not " + size);
    }
    this.key = key;
    this.size = size;
    int bits = Long.SIZE - Long.numberOfLeadingZeros(size - 1);
    halfBits = Math.max(1, (bits + 1) / 2);
    halfMask = (1L << halfBits) - 1;
  }

  /** Where {@code index} goes. */
  public long apply(long index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("index " + index + " of " + size);
    }
    long value = index;
    do {
      value = network(value);
    } while (value >= size);
    return value;
  }

  private long network(long value) {
    long left = value >>> halfBits;
    long right = value & halfMask;
    for (int round = 0; round < ROUNDS; round++) {
      long mixed = left ^ (CounterRandom.bits(key, round, right) & halfMask);
      left = right;
      right = mixed;
    }
    return left << halfBits | right;
  }
}
