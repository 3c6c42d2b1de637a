package dev.redoubt.trainer.data.corpus;

import dev.redoubt.trainer.CounterRandom;
import java.util.Arrays;
import java.util.List;

/**
 * Logistic regression on hashed features (Weinberger et al., "Feature Hashing for Large Scale
 * Multitask Learning", 2009), trained here, the same bits each time: a fixed order of examples, no
 * generator with a state, {@code StrictMath}.
 */
final class Classifier {

  /** An example: hashed features, and whether it is of the sought class. */
  @SuppressWarnings("ArrayRecordComponent") // It is never compared, and there are thousands.
  record Example(int[] features, boolean positive) {}

  /**
   * How good it is on examples that it was not trained on.
   *
   * @param precision of those it takes, so many are right; NaN if it takes none
   * @param recall of those it should take, so many it takes; NaN if there are none
   */
  record Quality(int examples, double precision, double recall) {}

  private static final int BUCKETS = 1 << 18;
  private static final int EPOCHS = 6;
  private static final double RATE = 0.5;
  private static final double DECAY = 1e-6;
  private static final long PURPOSE = 0x636C617373L;

  private final float[] weights = new float[BUCKETS];
  private double bias;

  private Classifier() {}

  /** Trains on examples in an order drawn from the seed. */
  static Classifier train(List<Example> examples, long seed) {
    Classifier classifier = new Classifier();
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
      double rate = RATE / (1 + epoch);
      for (int index : order(examples.size(), seed, epoch)) {
        classifier.learn(examples.get(index), rate);
      }
    }
    return classifier;
  }

  private static int[] order(int count, long seed, int epoch) {
    long[] keys = new long[count];
    for (int i = 0; i < count; i++) {
      long drawn = CounterRandom.bits(seed, PURPOSE + epoch, i) >>> 32;
      keys[i] = drawn << 31 | i;
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).mapToInt(key -> (int) (key & Integer.MAX_VALUE)).toArray();
  }

  private void learn(Example example, double rate) {
    double wrong = (example.positive ? 1 : 0) - score(example.features);
    double scale = rate * wrong / Math.sqrt(Math.max(1, example.features.length));
    for (int feature : example.features) {
      weights[feature] += (float) (scale - rate * DECAY * weights[feature]);
    }
    bias += rate * wrong * 0.1;
  }

  /** How likely it is of the sought class, 0 to 1. */
  double score(int[] features) {
    double sum = 0;
    for (int feature : features) {
      sum += weights[feature];
    }
    double z = bias + sum / Math.sqrt(Math.max(1, features.length));
    return 1 / (1 + StrictMath.exp(-z));
  }

  /** How it does on other examples. */
  Quality judge(List<Example> heldOut, double threshold) {
    int taken = 0;
    int right = 0;
    int wanted = 0;
    for (Example example : heldOut) {
      boolean takes = score(example.features) >= threshold;
      taken += takes ? 1 : 0;
      right += takes && example.positive ? 1 : 0;
      wanted += example.positive ? 1 : 0;
    }
    return new Quality(
        heldOut.size(),
        taken == 0 ? Double.NaN : (double) right / taken,
        wanted == 0 ? Double.NaN : (double) right / wanted);
  }

  /** Runs of three to five characters, words, and pairs of words, each distinct one once. */
  static int[] features(String text) {
    String lower = Words.lower(text);
    int[] found = new int[4 * lower.length() + 8];
    int count = 0;
    for (int n = 3; n <= 5; n++) {
      for (int i = 0; i + n <= lower.length(); i++) {
        found[count++] = bucket(lower, i, i + n, n);
      }
    }
    int before = -1;
    for (String word : lower.split("[^\\p{L}\\p{N}']+", -1)) {
      if (!word.isEmpty() && count + 2 <= found.length) {
        int own = bucket(word, 0, word.length(), 1);
        found[count++] = own;
        if (before >= 0) {
          found[count++] = spread(before * 31 + own + 2);
        }
        before = own;
      }
    }
    return Arrays.stream(found, 0, count).sorted().distinct().toArray();
  }

  private static int bucket(String text, int from, int to, int salt) {
    int hash = salt;
    for (int i = from; i < to; i++) {
      hash = hash * 31 + text.charAt(i);
    }
    return spread(hash);
  }

  private static int spread(int hash) {
    int h = hash * 0x85EBCA6B;
    h ^= h >>> 13;
    h *= 0xC2B2AE35;
    return (h ^ h >>> 16) & (BUCKETS - 1);
  }
}
