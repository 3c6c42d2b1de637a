package dev.redoubt.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redoubt.trainer.scan.Finding;
import dev.redoubt.trainer.scan.Kernel;
import dev.redoubt.trainer.scan.ScanResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a scan found on all processors that it went through.
 *
 * @param machine facts about it
 * @param simulated the defect that was simulated, as it was asked for; empty if none was
 * @param results one for each processor
 */
record ScanReport(
    SequencedMap<String, String> machine, String simulated, List<ScanResult> results) {

  private static final int SCHEMA = 1;

  ScanReport {
    results = List.copyOf(results);
  }

  private long wrong() {
    return results.stream().mapToLong(ScanResult::wrongInAll).sum();
  }

  /** A processor on which not every test was run once. */
  private boolean isIncomplete() {
    return results.stream().anyMatch(result -> result.passes() == 0);
  }

  ExitCode code() {
    if (wrong() > 0) {
      return ExitCode.FAILED;
    }
    return isIncomplete() ? ExitCode.INCONCLUSIVE : ExitCode.OK;
  }

  private String verdict() {
    return switch (code()) {
      case FAILED -> "defective";
      case INCONCLUSIVE -> "inconclusive";
      default -> "clean";
    };
  }

  /** The table. */
  String text() {
    List<String> lines = new ArrayList<>();
    machine.forEach((key, value) -> lines.add("%-14s %s".formatted(key, value)));
    if (!simulated.isEmpty()) {
      lines.add("%-14s %s".formatted("simulated", simulated));
    }
    lines.add("");
    lines.add("%-22s %12s %12s".formatted("kernel", "tests", "wrong"));
    SequencedMap<Kernel, Long> wrong = sum(ScanResult::wrong);
    sum(ScanResult::tests)
        .forEach((kernel, tests) -> lines.add(row(kernel, tests, wrong.getOrDefault(kernel, 0L))));
    for (ScanResult result : results) {
      result.findings().forEach(finding -> lines.add(words(finding)));
    }
    lines.add("");
    lines.add(verdict() + ": " + reason());
    return String.join("\n", lines);
  }

  private static String row(Kernel kernel, long tests, long wrong) {
    return String.format(Locale.ROOT, "%-22s %12d %12d", kernel.word(), tests, wrong);
  }

  private static String words(Finding finding) {
    return "  wrong on %s: %s".formatted(where(finding.cpu()), finding.words());
  }

  private static String where(int cpu) {
    return cpu < 0 ? "some processor" : "processor " + cpu;
  }

  private String reason() {
    String processors =
        results.stream().map(result -> where(result.cpu())).collect(Collectors.joining(", "));
    long tests = results.stream().mapToLong(ScanResult::testsInAll).sum();
    if (wrong() > 0) {
      return "%d of %d tests gave wrong answers; scanned: %s".formatted(wrong(), tests, processors);
    }
    return isIncomplete()
        ? "not every test was run once on each processor: give it more --seconds"
        : "%d tests, all answers right; scanned: %s".formatted(tests, processors);
  }

  private interface Count {
    SequencedMap<Kernel, Long> of(ScanResult result);
  }

  private SequencedMap<Kernel, Long> sum(Count count) {
    SequencedMap<Kernel, Long> sums = new TreeMap<>();
    for (ScanResult result : results) {
      count.of(result).forEach((kernel, tests) -> sums.merge(kernel, tests, Long::sum));
    }
    return sums;
  }

  /** The same as one object. */
  ObjectNode json() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("schema", SCHEMA).put("verdict", verdict()).put("reason", reason());
    ObjectNode facts = root.putObject("machine");
    machine.forEach(facts::put);
    root.put("simulated", simulated.isEmpty() ? null : simulated);
    ArrayNode processors = root.putArray("processors");
    results.forEach(result -> processors.add(json(result)));
    return root;
  }

  private static ObjectNode json(ScanResult result) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("cpu", result.cpu() < 0 ? null : result.cpu()).put("passes", result.passes());
    ArrayNode kernels = node.putArray("kernels");
    result
        .tests()
        .forEach(
            (kernel, tests) ->
                kernels
                    .addObject()
                    .put("kernel", kernel.word())
                    .put("tests", tests)
                    .put("wrong", result.wrong().getOrDefault(kernel, 0L)));
    ArrayNode findings = node.putArray("findings");
    for (Finding finding : result.findings()) {
      ObjectNode each =
          findings
              .addObject()
              .put("kernel", finding.kernel())
              .put("operands", finding.operands())
              .put("wrongRuns", finding.wrong())
              .put("runs", finding.runs())
              .put("persistent", finding.isPersistent());
      ArrayNode lanes = each.putArray("lanes");
      finding.lanes().forEach(lanes::add);
    }
    return node;
  }
}
