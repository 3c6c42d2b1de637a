package dev.redoubt.redundancy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many subsets of each size do not lose anything: a polynomial whose coefficient of {@code x^j}
 * counts those of size j. Of two independent parts of a cluster the product counts both together.
 * Exact, in integers.
 */
record Counts(List<BigInteger> coefficients) {

  Counts {
    coefficients = List.copyOf(coefficients);
  }

  /** Nothing can be lost with {@code n}: all subsets. */
  static Counts all(int n) {
    return new Counts(IntStream.rangeClosed(0, n).mapToObj(j -> choose(n, j)).toList());
  }

  /** One copy each: all subsets but the one of all {@code n}. */
  static Counts notAll(int n) {
    List<BigInteger> counts = new ArrayList<>(all(n).coefficients);
    counts.set(n, BigInteger.ZERO);
    return new Counts(counts);
  }

  /** At most one of {@code n}. */
  static Counts atMostOne(int n) {
    return new Counts(List.of(BigInteger.ONE, BigInteger.valueOf(n)));
  }

  /**
   * Subsets of {@code n} places in a ring without {@code run} neighbours in a row.
   *
   * <p>With j lost and z = n - j left: between the z that are left stand z gaps of less than {@code
   * run} lost each. There are s(j) ways to fill the gaps in a line, by inclusion and exclusion; by
   * the cycle lemma n / z times as many in a ring with names.
   *
   * @param run at least 1 and at most {@code n}
   */
  static Counts ring(int n, int run) {
    List<BigInteger> counts = new ArrayList<>();
    for (int lost = 0; lost < n; lost++) {
      int left = n - lost;
      BigInteger ways = gaps(left, lost, run).multiply(BigInteger.valueOf(n));
      counts.add(ways.divide(BigInteger.valueOf(left)));
    }
    counts.add(BigInteger.ZERO);
    return new Counts(counts);
  }

  /** Ways to put {@code lost} into {@code gaps} gaps, fewer than {@code run} in each. */
  private static BigInteger gaps(int gaps, int lost, int run) {
    BigInteger ways = BigInteger.ZERO;
    for (int full = 0; full <= gaps && full * run <= lost; full++) {
      BigInteger term = choose(gaps, full).multiply(choose(lost - full * run + gaps - 1, gaps - 1));
      ways = full % 2 == 0 ? ways.add(term) : ways.subtract(term);
    }
    return ways;
  }

  Counts times(Counts other) {
    int size = coefficients.size() + other.coefficients.size() - 1;
    BigInteger[] product = new BigInteger[size];
    Arrays.fill(product, BigInteger.ZERO);
    for (int i = 0; i < coefficients.size(); i++) {
      for (int j = 0; j < other.coefficients.size(); j++) {
        product[i + j] =
            product[i + j].add(coefficients.get(i).multiply(other.coefficients.get(j)));
      }
    }
    return new Counts(List.of(product));
  }

  Counts power(int exponent) {
    Counts power = all(0);
    for (int i = 0; i < exponent; i++) {
      power = power.times(this);
    }
    return power;
  }

  /** How many subsets of size {@code j}. */
  BigInteger of(int j) {
    return j < coefficients.size() ? coefficients.get(j) : BigInteger.ZERO;
  }

  static BigInteger choose(int n, int k) {
    BigInteger ways = BigInteger.ONE;
    for (int i = 1; i <= k; i++) {
      ways = ways.multiply(BigInteger.valueOf(n - k + (long) i)).divide(BigInteger.valueOf(i));
    }
    return ways;
  }
}
