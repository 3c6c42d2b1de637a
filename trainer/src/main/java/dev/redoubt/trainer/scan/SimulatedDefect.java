package dev.redoubt.trainer.scan;

import dev.redoubt.trainer.CounterRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A defective core, simulated: one bit of one lane of a kernel's results is flipped, always or only
 * for some operands, always or now and then, from some test on. The shape is that of reports: most
 * defects of vector units stay in one lane, and many depend on operands (see the scan's page in
 * docs). It changes results after they were computed; the processor is not touched.
 *
 * @param kernel whose results; null = of all
 * @param lane results whose index modulo 16 is this one
 * @param bit of the result, 0 to 31
 * @param mask of the first operand's bits that must match; 0 = whatever they are
 * @param pattern that they must match
 * @param probability with which such a result is flipped
 * @param onset tests that go well before it begins
 * @param seed of the chances
 */
public record SimulatedDefect(
    @Nullable Kernel kernel,
    int lane,
    int bit,
    int mask,
    int pattern,
    double probability,
    long onset,
    long seed)
    implements Defect {

  private static final List<String> KEYS =
      List.of("kernel", "lane", "bit", "mask", "pattern", "probability", "onset", "seed");
  private static final double UNIT = 0x1p-53;

  public SimulatedDefect {
    check("lane", lane, 0, Answer.LANES - 1);
    check("bit", bit, 0, Integer.SIZE - 1);
    if (!(probability > 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "probability is above 0 and at most 1, not " + probability);
    }
    if (onset < 0) {
      throw new IllegalArgumentException("onset is 0 or more tests, not " + onset);
    }
    if ((pattern & ~mask) != 0) {
      throw new IllegalArgumentException(
          "pattern 0x%08x has bits outside of mask 0x%08x".formatted(pattern, mask));
    }
  }

  private static void check(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %d to %d, not %d".formatted(what, least, most, value));
    }
  }

  /**
   * Reads {@code lane=3,bit=12,kernel=products-nn,mask=0xff,pattern=0x3c,probability=0.01}; what is
   * left out is lane 0, bit 0, every kernel, every operand, always, at once, seed 0.
   *
   * @throws IllegalArgumentException that says what was expected
   */
  public static SimulatedDefect parse(String text) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String part : text.split(",", -1)) {
      String[] pair = part.strip().split("=", 2);
      if (pair.length != 2 || !KEYS.contains(pair[0])) {
        throw new IllegalArgumentException(
            "'%s' is not key=value with a key of %s".formatted(part.strip(), KEYS));
      }
      values.put(pair[0], pair[1]);
    }
    String kernel = values.get("kernel");
    return new SimulatedDefect(
        kernel == null ? null : kernel(kernel),
        (int) number(values, "lane"),
        (int) number(values, "bit"),
        (int) number(values, "mask"),
        (int) number(values, "pattern"),
        probability(values.getOrDefault("probability", "1")),
        number(values, "onset"),
        number(values, "seed"));
  }

  private static Kernel kernel(String word) {
    return Kernel.of(word)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no kernel '%s'; there are %s"
                        .formatted(
                            word, List.of(Kernel.values()).stream().map(Kernel::word).toList())));
  }

  private static long number(Map<String, String> values, String key) {
    String value = values.getOrDefault(key, "0");
    try {
      long number = Long.decode(value);
      if (number < 0 || number > 0xFFFF_FFFFL) {
        throw new IllegalArgumentException(key + " is 0 to 0xffffffff, not " + value);
      }
      return number;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + " is a number, not '" + value + "'", e);
    }
  }

  private static double probability(String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("probability is a number, not '" + value + "'", e);
    }
  }

  @Override
  public void strike(Kernel of, int[] results, int[] operand, long test) {
    if (test < onset || (kernel != null && kernel != of)) {
      return;
    }
    for (int i = lane; i < results.length; i += Answer.LANES) {
      int bits = operand.length == 0 ? 0 : operand[i % operand.length];
      if ((bits & mask) == pattern && chance(test, i) < probability) {
        results[i] ^= 1 << bit;
      }
    }
  }

  private double chance(long test, int index) {
    return probability == 1 ? 0 : (CounterRandom.bits(seed, test, index) >>> 11) * UNIT;
  }
}
