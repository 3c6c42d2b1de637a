package dev.redoubt.trainer.input;

/**
 * Brings a sound to 16 kHz: a windowed sinc, evaluated at each output sample's place.
 *
 * <p>The output sample j lies at the input's time {@code j M / L} (L/M is the ratio of the rates in
 * lowest terms), so there are L different places between two input samples, and for each a row of
 * weights {@code sinc(c d) kaiser(d)} of the distance d to the input samples near it, normalised to
 * the sum 1: silence stays silent and a constant stays the constant. Beyond the ends is silence.
 *
 * <p>c is {@value #ROLLOFF} of the lower of the two Nyquist frequencies. With {@value #CROSSINGS}
 * zero crossings on each side and a Kaiser window for 80 dB, what lies above the lower Nyquist
 * frequency is damped by about that much, and what lies below 0.84 of it passes. (Kaiser,
 * "Nonrecursive digital filter design using the I0-sinh window function", 1974; Smith, "Digital
 * audio resampling".) Only additions, products, divisions, roots and {@link StrictMath}, in doubles
 * and in a fixed order: the same bits everywhere. At 16 kHz nothing is done.
 */
final class Resampler {

  private static final double ROLLOFF = 0.92;
  private static final int CROSSINGS = 32;
  private static final double KAISER = 0.1102 * (80 - 8.7);

  /** 64 MiB of weights; with more, each row is computed anew. */
  private static final long KEPT_MAX = 1L << 23;

  private final int up;
  private final int down;
  private final double cutoff;
  private final double reach;
  private final int side;
  private final double[][] kept;

  private Resampler(int rate) {
    int divisor = greatestCommonDivisor(rate, Sound.RATE);
    up = Sound.RATE / divisor;
    down = rate / divisor;
    cutoff = ROLLOFF * Math.min(1.0, (double) up / down);
    reach = CROSSINGS / cutoff;
    side = (int) Math.ceil(reach);
    kept = (long) up * 2 * side <= KEPT_MAX ? new double[up][] : new double[0][];
  }

  /**
   * The same sound at 16 kHz.
   *
   * @param samples at {@code rate}; not changed, but returned if that is 16 kHz
   */
  static float[] to16k(float[] samples, int rate) {
    return rate == Sound.RATE ? samples : new Resampler(rate).all(samples);
  }

  private float[] all(float[] in) {
    float[] out = new float[Math.toIntExact(((long) in.length * up + down - 1) / down)];
    for (int j = 0; j < out.length; j++) {
      long place = (long) j * down;
      out[j] = (float) at(in, place / up, (int) (place % up));
    }
    return out;
  }

  /** The value a {@code phase / up} behind the sample {@code base}. */
  private double at(float[] in, long base, int phase) {
    double[] weights = weights(phase);
    long first = base - side + 1;
    int from = (int) Math.max(0, -first);
    int to = (int) Math.min(weights.length, in.length - first);
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum = StrictMath.fma(in[(int) (first + i)], weights[i], sum);
    }
    return sum;
  }

  private double[] weights(int phase) {
    if (kept.length == 0) {
      return computed(phase);
    }
    if (kept[phase] == null) {
      kept[phase] = computed(phase);
    }
    return kept[phase];
  }

  private double[] computed(int phase) {
    double[] weights = new double[2 * side];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      double distance = (double) phase / up + (side - 1 - i);
      weights[i] = sinc(cutoff * distance) * kaiser(distance / reach);
      sum += weights[i];
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] /= sum;
    }
    return weights;
  }

  private static double sinc(double x) {
    double angle = StrictMath.PI * x;
    return angle == 0 ? 1 : StrictMath.sin(angle) / angle;
  }

  /** The window, from 1 in the middle to its edge at -1 and 1; without its constant factor. */
  private static double kaiser(double x) {
    return x <= -1 || x >= 1 ? 0 : bessel(KAISER * StrictMath.sqrt(1 - x * x));
  }

  /** The modified Bessel function of order 0, by its series. */
  private static double bessel(double x) {
    double quarter = x * x / 4;
    double term = 1;
    double sum = 1;
    for (int k = 1; term > sum * 0x1p-60; k++) {
      term *= quarter / ((double) k * k);
      sum += term;
    }
    return sum;
  }

  private static int greatestCommonDivisor(int a, int b) {
    return b == 0 ? a : greatestCommonDivisor(b, a % b);
  }
}
