package dev.redoubt.cli.report;

import dev.redoubt.cli.scenario.Detector;
import dev.redoubt.cli.scenario.Effect;
import dev.redoubt.cli.scenario.Response;
import dev.redoubt.cli.scenario.Scenario.Worker;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What happened in a run, as the engine measured it, before anybody judges. Null is a figure that
 * could not be taken.
 *
 * @param ending how the run ended
 * @param endingReason one sentence; empty for a completed run
 * @param stepsDone steps that were committed
 * @param goldenDigest of a fault-free run with the same seed, model and data
 * @param finalDigests of each pod that lived to the end, such as {@code pod0}, in order
 * @param dataDigest of the training text
 * @param modelParameters how many numbers the parameters are
 * @param faults one for each fault of the scenario, in its order
 * @param falseAlarms alarms that no fault explains
 * @param stepSeconds null if no step was done
 * @param exposedCommunication null if no step was committed
 * @param memory null if the run was too short to tell, or the operating system does not
 * @param audits null if nothing was to be audited
 * @param speculation null if no rank could be late
 * @param scan null if machines were not scanned
 * @param diagnoses of those that were blamed and computed their part of the step again
 * @param goodput useful time over elapsed time from the first planned step on
 */
public record RunOutcome(
    Ending ending,
    String endingReason,
    int stepsDone,
    @Nullable String goldenDigest,
    SequencedMap<String, String> finalDigests,
    @Nullable String dataDigest,
    long modelParameters,
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

  public RunOutcome {
    finalDigests = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(finalDigests));
    faults = List.copyOf(faults);
    diagnoses = List.copyOf(diagnoses);
    evictions = List.copyOf(evictions);
    recoveries = List.copyOf(recoveries);
    nodes = List.copyOf(nodes);
  }

  /**
   * What spares computed again before it counted.
   *
   * @param fraction that was asked for
   * @param spans that were drawn, in the steps that count
   * @param audited of these
   * @param unaudited of these: nobody could
   * @param stepsNotWhole steps with a span that was drawn and not audited
   * @param fetchSeconds median of what an auditor took in a step to have the version before it;
   *     null if nothing was audited
   * @param computeSeconds median of what it took for a span
   * @param waitedSeconds median of what a step, done and attested, waited for its audits; where
   *     they lag, of the time for which the training stood still when those of a step were over
   */
  public record Audits(
      double fraction,
      int spans,
      int audited,
      int unaudited,
      int stepsNotWhole,
      @Nullable Double fetchSeconds,
      @Nullable Double computeSeconds,
      @Nullable Double waitedSeconds) {}

  /**
   * What spares did for late ranks.
   *
   * @param factor that was asked for
   * @param limits that ranks let pass
   * @param spans that were given to a spare too
   * @param relieved of these: the spare's sum counted, the late rank never came to its own
   * @param same both came to the same sum
   * @param different they did not
   * @param inVain the spare could not
   * @param afterSeconds median of the time from a step's order to the spare's; null if there was
   *     none
   * @param commitSeconds median of the time from the spare's order to the commit of the step
   */
  public record Speculation(
      double factor,
      int limits,
      int spans,
      int relieved,
      int same,
      int different,
      int inVain,
      @Nullable Double afterSeconds,
      @Nullable Double commitSeconds) {}

  /**
   * Known-answer tests that workers gave their own machines.
   *
   * @param rounds of all tests without a wrong answer: one of each machine that joined, and those
   *     of spares while they waited
   * @param tests in these, and up to a wrong answer
   * @param wrong machines that gave one
   */
  public record Scans(int rounds, long tests, int wrong) {}

  /** How a run can end. */
  public enum Ending {
    /** All steps were committed. */
    COMPLETED,
    /** No whole copy of some shard was left. */
    LOST,
    /** Nobody could say who was wrong, and the run stopped rather than loop. */
    UNDECIDABLE,
    /** It was not over when the time that the scenario gives it was. */
    OUT_OF_TIME,
    /** The user stopped it. */
    INTERRUPTED
  }

  /**
   * What became of one fault.
   *
   * @param id from the scenario
   * @param kind {@code crash} or {@code bit-flip}
   * @param struck whether there is proof that it struck
   * @param struckAtStep null if it did not
   * @param evidence the proof, or why there is none
   * @param detected whether an alarm was raised because of it
   * @param detectedBy the layer that saw it first
   * @param latencySeconds from the strike to the first alarm
   * @param blamed the worker that was named, such as {@code pod0/rank0}
   * @param blamedRight whether that was the worker that the fault hit
   */
  public record FaultReport(
      String id,
      String kind,
      boolean struck,
      @Nullable Integer struckAtStep,
      String evidence,
      boolean detected,
      @Nullable Detector detectedBy,
      @Nullable Integer detectedAtStep,
      @Nullable Double latencySeconds,
      @Nullable String blamed,
      @Nullable Boolean blamedRight,
      Response response,
      @Nullable Effect effect) {}

  /**
   * What came out when a worker that was blamed computed its part of the step again.
   *
   * @param kind transient, persistent or undecidable
   * @param operation the first whose output differed; null if none did
   * @param row of that output, and {@code column} in it, where it differed first; null if none did
   * @param bits that differed there
   */
  public record Diagnosis(
      String worker,
      int step,
      String kind,
      @Nullable String operation,
      @Nullable Integer microbatch,
      @Nullable Integer row,
      @Nullable Integer column,
      List<Integer> bits,
      String evidence) {
    public Diagnosis {
      bits = List.copyOf(bits);
    }
  }

  /** A worker that lost its rank for misconduct. */
  public record Eviction(String worker, int step, String reason) {
    /** With the worker written as in all reports. */
    public static Eviction of(Worker worker, int step, String reason) {
      return new Eviction(worker.toString(), step, reason);
    }
  }

  /**
   * One recovery.
   *
   * @param kind such as {@code spare}, {@code repair}, {@code dissolve}, {@code rewind}
   * @param stepsRepeated steps that were done again because of it
   */
  public record Recovery(String kind, int step, double seconds, int stepsRepeated) {}

  /** Median and 99th percentile. */
  public record Quantiles(double p50, double p99) {}

  /**
   * Communication that no computing hid, as a share of the step from the worker's order to its new
   * version.
   *
   * @param median over the steps, of all workers together
   * @param worstWorker who waited most, such as {@code pod1/rank0}
   * @param worst the median over the steps of that worker
   * @param bytesPerStep that all workers sent, median over the steps
   */
  public record ExposedCommunication(
      double median, String worstWorker, double worst, long bytesPerStep) {}

  /** Where the time went, in seconds. */
  public record Ledger(
      double useful, double detect, double recover, double repeat, double stalled, double startup) {
    /** Everything, start-up included. */
    public double total() {
      return useful + detect + recover + repeat + stalled + startup;
    }
  }

  /**
   * Where the time of one worker went, in seconds: as in {@link Ledger} while it had a rank.
   *
   * @param standby without a rank
   * @param gone from its loss to the end of the run
   */
  public record NodeTime(
      String node,
      double useful,
      double detect,
      double recover,
      double repeat,
      double stalled,
      double startup,
      double standby,
      double gone) {
    /** From its start to the end of the run. */
    public double total() {
      return useful + detect + recover + repeat + stalled + startup + standby + gone;
    }
  }

  /** The training loss of the first and of the last committed step. */
  public record Loss(double first, double last) {
    /** The part of the first loss that is gone at the end. */
    public double fallsBy() {
      return (first - last) / first;
    }
  }

  /**
   * The resident sets of all processes of the run together.
   *
   * @param firstBytes median over the second tenth of the steps
   * @param lastBytes median over the last tenth
   */
  public record Memory(long firstBytes, long lastBytes) {
    /** By which part of the first it has grown; negative if it is less. */
    public double growsBy() {
      return (double) (lastBytes - firstBytes) / firstBytes;
    }
  }

  /**
   * The account of the samples.
   *
   * @param used different samples in committed steps
   * @param duplicated samples in more than one committed step
   * @param sources the same for each source of the data
   */
  public record Samples(long expected, long used, long duplicated, List<OfSource> sources) {
    public Samples {
      sources = List.copyOf(sources);
    }

    /** Without an account of the sources. */
    public Samples(long expected, long used, long duplicated) {
      this(expected, used, duplicated, List.of());
    }
  }

  /** The account of one source's samples. */
  public record OfSource(String source, long expected, long used) {}
}
