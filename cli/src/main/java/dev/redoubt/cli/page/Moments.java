package dev.redoubt.cli.page;

import dev.redoubt.cli.page.Journal.Line;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.scenario.Detector;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * When the faults of a run struck. The journal has the proof of a strike, which may be written down
 * after the alarm: that a machine is gone has to be seen first. So a fault that was found struck
 * its latency before its alarm. Of several alarms that could be its own it is the one that puts the
 * strike nearest to its proof.
 */
final class Moments {

  /**
   * A strike.
   *
   * @param at as exactly as it is known
   * @param alarm the number of the line of the first alarm, from 0; null if there was none
   */
  record Struck(Instant at, @Nullable Integer alarm) {}

  private final Journal journal;
  private final Map<String, Struck> strikes = new HashMap<>();

  Moments(Journal journal, List<FaultReport> faults) {
    this.journal = journal;
    Map<String, FaultReport> reports = new HashMap<>();
    faults.forEach(fault -> reports.put(fault.id(), fault));
    for (Line line : journal.lines()) {
      if (line.is("fault-struck")) {
        FaultReport fault = reports.get(line.text("fault"));
        Double latency = fault == null ? null : fault.latencySeconds();
        strikes.put(
            line.text("fault"),
            fault == null || latency == null
                ? new Struck(line.time(), null)
                : found(line, fault, Duration.ofNanos((long) (latency * 1e9))));
      }
    }
  }

  private Struck found(Line proof, FaultReport fault, Duration latency) {
    return IntStream.range(0, journal.lines().size())
        .filter(at -> isAlarm(journal.lines().get(at), proof.node(), fault))
        .mapToObj(at -> new Struck(journal.lines().get(at).time().minus(latency), at))
        .min(Comparator.comparing(struck -> Duration.between(struck.at, proof.time()).abs()))
        .orElse(new Struck(proof.time(), null));
  }

  private static boolean isAlarm(Line line, String victim, FaultReport fault) {
    return switch (line.event()) {
      case "worker-lost" -> sameWords(line, fault) && line.node().equals(victim);
      case "detected", "blamed" -> sameWords(line, fault);
      case "controller-changed" -> victim.startsWith("c");
      default -> false;
    };
  }

  private static boolean sameWords(Line line, FaultReport fault) {
    return fault.detectedBy() != null
        && line.text("detector").equals(fault.detectedBy().word())
        && line.step() != null
        && sameStep(line.step(), fault);
  }

  /** What audits find may be about an earlier step than the one under way. */
  private static boolean sameStep(int step, FaultReport fault) {
    Integer struck = fault.struckAtStep();
    Integer detected = fault.detectedAtStep();
    return detected != null
        && (step == detected
            || (fault.detectedBy() == Detector.AUDIT
                && struck != null
                && struck <= step
                && step <= detected));
  }

  /** Empty if the journal has no strike of that fault. */
  Optional<Struck> of(String fault) {
    return Optional.ofNullable(strikes.get(fault));
  }
}
