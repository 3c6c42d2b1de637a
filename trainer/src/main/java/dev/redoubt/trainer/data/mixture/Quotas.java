package dev.redoubt.trainer.data.mixture;

import dev.redoubt.trainer.CounterRandom;
import java.util.Arrays;

/**
 * How many of each run of {@value #BLOCK} samples each source has: the weights, rounded by the
 * largest remainder, so that shares are exact and do not depend on luck. Within a run the order is
 * drawn from the seed.
 */
final class Quotas {

  /** Samples after which the shares come out even; weights are rounded to 256ths. */
  static final int BLOCK = 256;

  private final int[] counts;

  Quotas(double[] weights) {
    double sum = Arrays.stream(weights).sum();
    counts = new int[weights.length];
    double[] rests = new double[weights.length];
    int given = 0;
    for (int i = 0; i < weights.length; i++) {
      double wanted = weights[i] / sum * BLOCK;
      // A source that has a weight is drawn.
      counts[i] = weights[i] > 0 ? Math.max(1, (int) wanted) : 0;
      rests[i] = weights[i] > 0 ? wanted - counts[i] : Double.NEGATIVE_INFINITY;
      given += counts[i];
    }
    while (given != BLOCK) {
      int at = given < BLOCK ? most(rests) : least(rests);
      int change = given < BLOCK ? 1 : -1;
      counts[at] += change;
      rests[at] -= change;
      given += change;
    }
  }

  private static int most(double[] rests) {
    int best = 0;
    for (int i = 1; i < rests.length; i++) {
      best = rests[i] > rests[best] ? i : best;
    }
    return best;
  }

  private int least(double[] rests) {
    int best = -1;
    for (int i = 0; i < rests.length; i++) {
      if (counts[i] > 1 && (best < 0 || rests[i] < rests[best])) {
        best = i;
      }
    }
    return best;
  }

  /** Of a block. */
  int count(int source) {
    return counts[source];
  }

  int sources() {
    return counts.length;
  }

  /**
   * The sources of a block in their order: a shuffle (Fisher and Yates) by counter-based numbers.
   *
   * @param key of the stage and the block
   */
  byte[] order(long key) {
    byte[] order = new byte[BLOCK];
    int at = 0;
    for (int source = 0; source < counts.length; source++) {
      Arrays.fill(order, at, at + counts[source], (byte) source);
      at += counts[source];
    }
    for (int i = BLOCK - 1; i > 0; i--) {
      int other = (int) Long.remainderUnsigned(CounterRandom.bits(key, 0, i), i + 1);
      byte swap = order[i];
      order[i] = order[other];
      order[other] = swap;
    }
    return order;
  }
}
