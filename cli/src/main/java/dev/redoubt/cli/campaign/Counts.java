package dev.redoubt.cli.campaign;

import dev.redoubt.simulator.CleanRow;
import dev.redoubt.simulator.InjectionRow;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Everything that is counted of a campaign's rows, whatever order its tables have. */
final class Counts {

  /**
   * A group of injections under one arm.
   *
   * @param by what makes it a group
   */
  record Group(String arm, By by, String name) {}

  /** What makes a group. */
  enum By {
    ALL,
    CLASS,
    STRATUM,
    BITS
  }

  private static final Comparator<List<String>> WORD_BY_WORD =
      (left, right) -> Arrays.compare(left.toArray(new String[0]), right.toArray(new String[0]));

  /** Bits of a float that do about the same. */
  private static final List<String> BIT_GROUPS =
      List.of("mantissa 0-10", "mantissa 11-22", "exponent 23-30", "sign 31");

  /** The one group with everything. */
  static final String ALL = "all";

  private final Map<Group, Tally> tallies = new LinkedHashMap<>();
  private final Map<List<String>, Long> outcomes = new TreeMap<>(WORD_BY_WORD);
  private final Map<List<String>, Long> detectors = new TreeMap<>(WORD_BY_WORD);
  private long injections;
  private long trainings;
  private long cleanSteps;
  private long falseAlarms;
  private long alarmedTrainings;
  private long notGolden;

  void add(InjectionRow row) {
    injections = row.index() + 1;
    String kind = classOf(row.stratum());
    tally(row, By.ALL, ALL);
    tally(row, By.CLASS, kind);
    tally(row, By.STRATUM, row.stratum());
    // A pattern such as a burst is of no bit.
    if (row.place().bit() >= 0) {
      tally(row, By.BITS, bitGroup(row.place().bit()));
    }
    String effect = InjectionRow.kebab(row.outcome().effect());
    String response = InjectionRow.kebab(row.outcome().response());
    outcomes.merge(List.of(row.arm(), effect, response), 1L, Long::sum);
    if (row.outcome().detectedBy() != null) {
      detectors.merge(List.of(row.arm(), kind, row.outcome().detectedBy()), 1L, Long::sum);
    }
  }

  void add(CleanRow row) {
    trainings++;
    cleanSteps += row.steps();
    falseAlarms += row.alarms();
    alarmedTrainings += row.alarms() > 0 ? 1 : 0;
    notGolden += row.golden() ? 0 : 1;
  }

  private void tally(InjectionRow row, By by, String name) {
    tallies.computeIfAbsent(new Group(row.arm(), by, name), group -> new Tally()).add(row);
  }

  /** Class and site of a stratum, without its bits. */
  static String classOf(String stratum) {
    int bits = stratum.indexOf('/', stratum.indexOf('/') + 1);
    return bits < 0 ? stratum : stratum.substring(0, bits);
  }

  static List<String> bitGroups() {
    return BIT_GROUPS;
  }

  private static String bitGroup(int bit) {
    return BIT_GROUPS.get(bit <= 10 ? 0 : bit <= 22 ? 1 : bit <= 30 ? 2 : 3);
  }

  /** The counts of a group; of nothing if none of it was drawn yet. */
  Tally tally(String arm, By by, String name) {
    return tallies.getOrDefault(new Group(arm, by, name), new Tally());
  }

  /** Arm, effect and response, and how often. */
  Map<List<String>, Long> outcomes() {
    return outcomes;
  }

  /** Arm, class and the detector that was first, and how often. */
  Map<List<String>, Long> detectors() {
    return detectors;
  }

  long injections() {
    return injections;
  }

  long trainings() {
    return trainings;
  }

  long cleanSteps() {
    return cleanSteps;
  }

  /** Alarms in clean trainings. */
  long falseAlarms() {
    return falseAlarms;
  }

  /** Clean trainings with an alarm. */
  long alarmedTrainings() {
    return alarmedTrainings;
  }

  /** Clean trainings that ended on other bits than the same training in one process. */
  long notGolden() {
    return notGolden;
  }
}
