package dev.redoubt.cli.page;

import dev.redoubt.simulator.InjectionRow;
import dev.redoubt.simulator.Proportion;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Shares by class and site (rows) and by bit (columns).
 *
 * @param cells by class and site: 32 shares, bit 0 first
 */
record HeatMap(Map<String, List<Proportion>> cells) {

  /** Bits of a number in the model's state. */
  static final int BITS = 32;

  private static final class Count {
    private long hits;
    private long of;
  }

  /**
   * Of the injections under an arm that changed a bit, those that have a property.
   *
   * @param is the property
   */
  static HeatMap of(List<InjectionRow> rows, String arm, Predicate<InjectionRow> is) {
    Map<String, Count[]> counts = new TreeMap<>();
    for (InjectionRow row : rows) {
      // A shape such as a burst has no bit, and so no place here.
      if (row.arm().equals(arm) && row.outcome().activated() && row.place().bit() >= 0) {
        Count count =
            counts.computeIfAbsent(place(row.stratum()), site -> empty())[row.place().bit()];
        count.of++;
        count.hits += is.test(row) ? 1 : 0;
      }
    }
    Map<String, List<Proportion>> cells = new TreeMap<>();
    counts.forEach((site, bits) -> cells.put(site, shares(bits)));
    return new HeatMap(cells);
  }

  private static Count[] empty() {
    Count[] counts = new Count[BITS];
    for (int bit = 0; bit < BITS; bit++) {
      counts[bit] = new Count();
    }
    return counts;
  }

  private static List<Proportion> shares(Count[] counts) {
    return List.of(counts).stream().map(count -> new Proportion(count.hits, count.of)).toList();
  }

  /** Class and site of a stratum, without its bits. */
  static String place(String stratum) {
    int bits = stratum.indexOf('/', stratum.indexOf('/') + 1);
    return bits < 0 ? stratum : stratum.substring(0, bits);
  }
}
