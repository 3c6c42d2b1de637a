package dev.redoubt.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * Two runs side by side. What can be compared is: words as they are, numbers with difference and
 * ratio. Whether the bits had to be the same is said, too.
 */
public final class RunComparison {

  private static final String NONE = "-";

  /** What two runs say of the bits. */
  public enum Bits {
    /** Both trained the same, and ended on the same bits. */
    SAME,
    /** Both trained the same, but ended on other bits, or were held to others. */
    DIVERGED,
    /** They trained something else, so that nothing follows. */
    UNRELATED,
    /** One of them did not end on any. */
    UNKNOWN
  }

  /**
   * A line.
   *
   * @param figure what is compared
   * @param first as the first run has it; {@code -} if it does not
   * @param second as the second has it
   * @param difference second less first; empty if they are no numbers
   * @param ratio second over first; empty if there is none
   */
  public record Row(String figure, String first, String second, String difference, String ratio) {}

  private final RecordedRun first;
  private final RecordedRun second;
  private final List<Row> rows = new ArrayList<>();

  private RunComparison(RecordedRun first, RecordedRun second) {
    this.first = first;
    this.second = second;
  }

  /** Compares two runs. */
  public static RunComparison of(RecordedRun first, RecordedRun second) {
    RunComparison comparison = new RunComparison(first, second);
    comparison.figures();
    return comparison;
  }

  public List<Row> rows() {
    return List.copyOf(rows);
  }

  /**
   * Runs of one scenario with one seed have one golden digest; runs with one golden digest that
   * went through all steps end on one state.
   */
  public Bits bits() {
    String golden = text(first, "/goldenDigest");
    String otherGolden = text(second, "/goldenDigest");
    if (golden.equals(NONE) || otherGolden.equals(NONE)) {
      return Bits.UNKNOWN;
    }
    if (!golden.equals(otherGolden)) {
      boolean same = !first.scenario().isEmpty() && first.scenario().equals(second.scenario());
      return same ? Bits.DIVERGED : Bits.UNRELATED;
    }
    String last = text(first, "/finalDigest");
    String otherLast = text(second, "/finalDigest");
    if (last.equals(NONE) || otherLast.equals(NONE)) {
      return Bits.UNKNOWN;
    }
    return last.equals(otherLast) ? Bits.SAME : Bits.DIVERGED;
  }

  private void figures() {
    words("scenario", "seed", "verdict", "steps", "stepsDone", "goldenDigest", "finalDigest");
    words("bitIdentical", "dataDigest", "modelParameters");
    number("goodput", "/goodput");
    for (String account : accounts()) {
      number("ledgerSeconds." + account, "/ledgerSeconds/" + account);
    }
    number("stepSeconds.p50", "/stepSeconds/p50");
    number("stepSeconds.p99", "/stepSeconds/p99");
    number("exposedCommunication", "/exposedCommunication/median");
    number("loss.last", "/loss/last");
    number("falseAlarms", "/falseAlarms");
    number("samples.used", "/samples/used");
    add("evictions", count(first, "evictions"), count(second, "evictions"));
    add("recoveries", count(first, "recoveries"), count(second, "recoveries"));
    add("recoveries.seconds", seconds(first), seconds(second));
    add("faults", count(first, "faults"), count(second, "faults"));
    add("faults.struck", struck(first), struck(second));
    for (String fault : faults()) {
      fault(fault);
    }
  }

  private Set<String> accounts() {
    Set<String> accounts = new LinkedHashSet<>();
    first.summary().path("ledgerSeconds").fieldNames().forEachRemaining(accounts::add);
    second.summary().path("ledgerSeconds").fieldNames().forEachRemaining(accounts::add);
    return accounts;
  }

  /** Those of both: faults that only one run has are compared with nothing. */
  private Set<String> faults() {
    Set<String> ids = ids(first);
    ids.retainAll(ids(second));
    return ids;
  }

  private static Set<String> ids(RecordedRun run) {
    Set<String> ids = new LinkedHashSet<>();
    run.summary().path("faults").forEach(fault -> ids.add(fault.path("id").asText()));
    return ids;
  }

  /** How many struck, of all that were asked for. */
  private static double struck(RecordedRun run) {
    return StreamSupport.stream(run.summary().path("faults").spliterator(), false)
        .filter(fault -> fault.path("struck").asBoolean())
        .count();
  }

  private void fault(String id) {
    JsonNode left = fault(first, id);
    JsonNode right = fault(second, id);
    for (String key : List.of("struck", "detectedBy", "response", "effect")) {
      rows.add(new Row("faults." + id + "." + key, text(left, key), text(right, key), "", ""));
    }
    add(
        "faults." + id + ".latencySeconds",
        number(left.path("latencySeconds")),
        number(right.path("latencySeconds")));
  }

  private static JsonNode fault(RecordedRun run, String id) {
    JsonNode faults = run.summary().path("faults");
    return StreamSupport.stream(faults.spliterator(), false)
        .filter(fault -> fault.path("id").asText().equals(id))
        .findFirst()
        .orElse(faults.path("none"));
  }

  private void words(String... keys) {
    for (String key : keys) {
      rows.add(new Row(key, text(first, "/" + key), text(second, "/" + key), "", ""));
    }
  }

  private void number(String figure, String pointer) {
    add(figure, number(first.summary().at(pointer)), number(second.summary().at(pointer)));
  }

  /** NaN stands for a figure that was not taken. */
  private void add(String figure, double left, double right) {
    boolean both = Double.isFinite(left) && Double.isFinite(right);
    rows.add(
        new Row(
            figure,
            digits(left),
            digits(right),
            both ? (right < left ? "" : "+") + digits(right - left) : "",
            both && left != 0 ? String.format(Locale.ROOT, "%.3f", right / left) : ""));
  }

  private static String digits(double value) {
    if (!Double.isFinite(value)) {
      return NONE;
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.valueOf((long) value)
        : String.format(Locale.ROOT, "%.4f", value);
  }

  private static double number(JsonNode node) {
    return node.isNumber() ? node.asDouble() : Double.NaN;
  }

  private static double count(RecordedRun run, String key) {
    JsonNode list = run.summary().path(key);
    return list.isArray() ? list.size() : Double.NaN;
  }

  /** All recoveries together. */
  private static double seconds(RecordedRun run) {
    double seconds = 0;
    for (JsonNode recovery : run.summary().path("recoveries")) {
      seconds += recovery.path("seconds").asDouble();
    }
    return seconds;
  }

  private static String text(RecordedRun run, String pointer) {
    return shown(run.summary().at(pointer));
  }

  private static String text(JsonNode node, String key) {
    return shown(node.path(key));
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() || node.isNull() ? NONE : node.asText();
  }
}
