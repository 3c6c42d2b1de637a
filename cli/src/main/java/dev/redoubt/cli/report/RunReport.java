package dev.redoubt.cli.report;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.redoubt.cli.report.RunOutcome.Audits;
import dev.redoubt.cli.report.RunOutcome.Diagnosis;
import dev.redoubt.cli.report.RunOutcome.Eviction;
import dev.redoubt.cli.report.RunOutcome.ExposedCommunication;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.report.RunOutcome.Ledger;
import dev.redoubt.cli.report.RunOutcome.Loss;
import dev.redoubt.cli.report.RunOutcome.Memory;
import dev.redoubt.cli.report.RunOutcome.NodeTime;
import dev.redoubt.cli.report.RunOutcome.Quantiles;
import dev.redoubt.cli.report.RunOutcome.Recovery;
import dev.redoubt.cli.report.RunOutcome.Samples;
import dev.redoubt.cli.report.RunOutcome.Scans;
import dev.redoubt.cli.report.RunOutcome.Speculation;
import dev.redoubt.cli.scenario.Scenario;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code summary.json}: the stable contract of a run directory. A key may be added; a change of
 * meaning raises {@link #SCHEMA}. A figure that could not be taken is null, never absent.
 *
 * @param reason one plain sentence; empty if the run passed
 * @param steps that the scenario asked for
 * @param stepsDone that were committed
 * @param finalDigest of the pods, or of the first pod that differs from golden
 * @param bitIdentical whether every pod ended on the golden bits
 */
@JsonPropertyOrder({
  "schema",
  "scenario",
  "verdict",
  "reason",
  "seed",
  "steps",
  "stepsDone",
  "goldenDigest",
  "finalDigest",
  "bitIdentical",
  "finalDigests",
  "dataDigest",
  "modelParameters",
  "expectations",
  "faults",
  "falseAlarms",
  "audits",
  "speculation",
  "scan",
  "diagnoses",
  "evictions",
  "recoveries",
  "stepSeconds",
  "exposedCommunication",
  "ledgerSeconds",
  "goodput",
  "loss",
  "samples",
  "memory",
  "nodes"
})
public record RunReport(
    int schema,
    String scenario,
    Verdict verdict,
    String reason,
    long seed,
    int steps,
    int stepsDone,
    @Nullable String goldenDigest,
    @Nullable String finalDigest,
    boolean bitIdentical,
    SequencedMap<String, String> finalDigests,
    @Nullable String dataDigest,
    long modelParameters,
    List<Expectation> expectations,
    List<FaultReport> faults,
    int falseAlarms,
    @Nullable Audits audits,
    @Nullable Speculation speculation,
    @Nullable Scans scan,
    List<Diagnosis> diagnoses,
    List<Eviction> evictions,
    List<Recovery> recoveries,
    @Nullable Quantiles stepSeconds,
    @Nullable ExposedCommunication exposedCommunication,
    Ledger ledgerSeconds,
    @Nullable Double goodput,
    @Nullable Loss loss,
    Samples samples,
    @Nullable Memory memory,
    List<NodeTime> nodes) {

  /** Summaries of early versions have no diagnoses. */
  public RunReport {
    diagnoses = Objects.requireNonNullElse(diagnoses, List.of());
  }

  /** The version of the format. */
  public static final int SCHEMA = 1;

  /** Judges a run. */
  public static RunReport of(Scenario scenario, RunOutcome outcome) {
    List<Expectation> expectations = Expectations.evaluate(scenario, outcome);
    Judgement judgement = Judgement.of(outcome, expectations);
    FinalBits bits = FinalBits.of(outcome);
    return new RunReport(
        SCHEMA,
        scenario.name(),
        judgement.verdict(),
        judgement.reason(),
        scenario.seed(),
        scenario.train().steps(),
        outcome.stepsDone(),
        outcome.goldenDigest(),
        bits.shown(),
        bits.golden(),
        outcome.finalDigests(),
        outcome.dataDigest(),
        outcome.modelParameters(),
        expectations,
        outcome.faults(),
        outcome.falseAlarms(),
        outcome.audits(),
        outcome.speculation(),
        outcome.scan(),
        outcome.diagnoses(),
        outcome.evictions(),
        outcome.recoveries(),
        outcome.stepSeconds(),
        outcome.exposedCommunication(),
        outcome.ledgerSeconds(),
        outcome.goodput(),
        outcome.loss(),
        outcome.samples(),
        outcome.memory(),
        outcome.nodes());
  }
}
