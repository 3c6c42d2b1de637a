package dev.redoubt.trainer;

/**
 * Random numbers by counter: the value is a pure function of (key, purpose, index), so nothing
 * carries state from step to step.
 *
 * <p>Philox 4x32-10 of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (2011).
 */
public final class CounterRandom {

  private static final int ROUNDS = 10;
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final long LOW = 0xFFFF_FFFFL;

  private CounterRandom() {}

  /**
   * 64 random bits.
   *
   * @param key the seed
   * @param purpose keeps the streams of one key apart
   * @param index of the number in the stream
   */
  public static long bits(long key, long purpose, long index) {
    int c0 = (int) index;
    int c1 = (int) (index >>> 32);
    int c2 = (int) purpose;
    int c3 = (int) (purpose >>> 32);
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = (MULTIPLIER_0 & LOW) * (c0 & LOW);
      long p1 = (MULTIPLIER_1 & LOW) * (c2 & LOW);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return (c0 & LOW) | ((long) c1 << 32);
  }

  /** Uniform in [-1, 1), a multiple of 2^-23: exact in a float. */
  static float symmetric(long key, long purpose, long index) {
    return (int) (bits(key, purpose, index) >> 40) * 0x1p-23f;
  }
}
