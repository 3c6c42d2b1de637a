package dev.redoubt.cli.scenario;

import dev.redoubt.cli.scenario.ModelCatalog.Dimensions;
import dev.redoubt.fault.DefectiveCore.Unit;
import dev.redoubt.fault.Pattern;
import dev.redoubt.fault.Recurrence;
import dev.redoubt.fault.Trouble;
import dev.redoubt.trainer.program.ProductChecks;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A scenario with every default filled in: what {@link ScenarioLoader} gives after all checks.
 *
 * <p>The defaults themselves are in {@code docs/scenario.schema.json} and nowhere else, so that an
 * editor, the documentation and the command cannot disagree.
 *
 * @param seed at least 0
 * @param faults in the order of the file
 * @param storm more faults, drawn from the seed; null if there are none
 */
public record Scenario(
    String name,
    String description,
    long seed,
    Mode mode,
    Cluster cluster,
    Model model,
    Data data,
    Train train,
    Redundancy redundancy,
    Detect detect,
    List<Fault> faults,
    @Nullable Storm storm,
    Timeouts timeouts,
    Expect expect) {

  /** The only version of the file format. */
  public static final String API_VERSION = "redoubt/v1";

  public Scenario {
    faults = List.copyOf(faults);
  }

  /** The same scenario with another seed. */
  public Scenario withSeed(long other) {
    return with(other, faults);
  }

  /** The same scenario, in which more breaks. */
  public Scenario withFaults(List<Fault> more) {
    List<Fault> all = new ArrayList<>(faults);
    all.addAll(more);
    return with(seed, all);
  }

  private Scenario with(long itsSeed, List<Fault> itsFaults) {
    return new Scenario(
        name,
        description,
        itsSeed,
        mode,
        cluster,
        model,
        data,
        train,
        redundancy,
        detect,
        itsFaults,
        storm,
        timeouts,
        expect);
  }

  /** What is to break: the faults that are named, and those that the storm draws. */
  public List<Fault> allFaults() {
    if (storm == null) {
      return faults;
    }
    List<Fault> all = new ArrayList<>(faults);
    all.addAll(StormFaults.draw(this, storm));
    return List.copyOf(all);
  }

  /**
   * Machines: {@code pods * workersPerPod} ranks and the spares.
   *
   * @param controllers members that can be the controller; one of them acts
   * @param port of the first controller on loopback, the other controllers and then the workers
   *     take those after it; 0 is any free ones
   * @param returnsAfter so many committed steps after its loss every machine is back; null if they
   *     stay away
   * @param tls whether members talk only to those with a certificate of the run's own authority
   */
  public record Cluster(
      int pods,
      int workersPerPod,
      int spares,
      int controllers,
      int port,
      @Nullable Integer returnsAfter,
      boolean tls) {
    public int workers() {
      return pods * workersPerPod + spares;
    }
  }

  /**
   * The model, its dimensions resolved.
   *
   * @param name of the preset, or a name for the reports
   */
  public record Model(String name, Dimensions dimensions) {}

  /**
   * Texts. Without tokenizer, stages and filters their bytes are concatenated in order; otherwise
   * their documents are filtered, cut and mixed.
   *
   * @param tokenizer null if none is named
   * @param stages empty if none are named
   * @param filters null if none are named
   * @param imagePatch pixels on a side of a picture's patch, in interleaved documents
   * @param audioFrame samples in a frame of their sound
   */
  public record Data(
      List<Source> sources,
      @Nullable Tokenizer tokenizer,
      List<Stage> stages,
      @Nullable Filters filters,
      int imagePatch,
      int audioFrame) {
    public Data {
      sources = List.copyOf(sources);
      stages = List.copyOf(stages);
    }

    /** Whether documents are filtered, cut and mixed. */
    public boolean mixed() {
      return tokenizer != null || !stages.isEmpty() || filters != null;
    }

    /** Whether the sources are of interleaved documents: all of them, or none. */
    public boolean interleaved() {
      return sources.getFirst().isInterleaved();
    }
  }

  /**
   * How text is cut.
   *
   * @param vocabulary of SentencePiece; 256 for bytes
   * @param model the absolute path of a model of SentencePiece; null to train one
   */
  public record Tokenizer(String kind, int vocabulary, @Nullable String model) {
    /** The kind that cuts by a model. */
    public static final String SENTENCE_PIECE = "sentencepiece";

    public boolean isSentencePiece() {
      return kind.equals(SENTENCE_PIECE);
    }
  }

  /** A part of the run with weights of its own, until a share of the steps. */
  public record Stage(double until, SequencedMap<String, Double> weights) {}

  /**
   * How strictly documents are filtered.
   *
   * @param off filters that do not look
   * @param blocklist words that no document may have
   */
  public record Filters(
      List<String> off,
      int wordsMin,
      int linesMin,
      int lineCharactersMax,
      double qualityMin,
      double safetyMax,
      List<String> blocklist) {
    public Filters {
      off = List.copyOf(off);
      blocklist = List.copyOf(blocklist);
    }
  }

  /**
   * A text.
   *
   * @param from {@link #JDK_SOURCES} or an absolute path
   * @param bytesMax at most so many bytes are read
   * @param kind prose, manual, code or interleaved
   * @param language such as en, or und
   * @param weight in the mixture, where there are no stages
   */
  public record Source(
      String name, String from, long bytesMax, String kind, String language, double weight) {
    /** The sources that come with the JDK. */
    public static final String JDK_SOURCES = "jdk-sources";

    /** The kind of Markdown with pictures, sounds and folders of frames. */
    public static final String INTERLEAVED = "interleaved";

    public boolean isInterleaved() {
      return kind.equals(INTERLEAVED);
    }

    public boolean isJdkSources() {
      return from.equals(JDK_SOURCES);
    }
  }

  /**
   * The training with AdamW.
   *
   * @param sequenceLength tokens in a sample
   * @param batchSize samples in a microbatch
   * @param overlap whether communication is hidden behind computing; the bits are the same
   */
  public record Train(
      int steps,
      int microbatches,
      int sequenceLength,
      int batchSize,
      double learningRate,
      int warmupSteps,
      double weightDecay,
      double beta1,
      double beta2,
      double epsilon,
      double clipNorm,
      boolean overlap) {

    /** Samples that a complete run uses, each once. */
    public long samples() {
      return (long) steps * microbatches * batchSize;
    }

    public long tokens() {
      return samples() * sequenceLength;
    }
  }

  /**
   * Where the copies are.
   *
   * @param keepVersions at least 2
   * @param copies of each shard in the memory of buddies; 0 where there are none
   * @param diskEverySteps a version goes to disk after so many steps; null if none does
   */
  public record Redundancy(
      Scheme scheme, int keepVersions, int copies, @Nullable Integer diskEverySteps) {

    /** The pods are the copies. */
    public Redundancy(Scheme scheme, int keepVersions) {
      this(scheme, keepVersions, 0, null);
    }

    /** Whether the ranks of a pod keep something of each other's shards. */
    public boolean guests() {
      return scheme == Scheme.BUDDY || scheme == Scheme.PARITY;
    }
  }

  /**
   * The layers of detection.
   *
   * @param stateDigestEvery steps; 0 is off
   * @param scrubEvery steps; 0 is off
   * @param scrubBytesPerSecond that a worker reads at most; 0 is no limit
   * @param strikesToEvict at least 1
   * @param auditFraction of the steps' spans that spares compute again, up to 1; 0 is off
   * @param auditLagSteps that may be done before their audits are over; 0: each step waits for its
   *     own
   * @param abft which matrix products workers check by checksums
   * @param slow when a spare does the work of a late rank too; null if never
   * @param scan whether machines are scanned before they join, and as spares
   * @param membership whether a loss is seen by links that break and by the cluster's membership
   * @param deadlines whether who is silent for too long is given up
   * @param diagnosis whether who was blamed for a step computes it once more, beside others
   */
  public record Detect(
      int stateDigestEvery,
      boolean frameDigest,
      boolean screens,
      int scrubEvery,
      long scrubBytesPerSecond,
      int strikesToEvict,
      double auditFraction,
      int auditLagSteps,
      ProductChecks abft,
      @Nullable Lateness slow,
      boolean scan,
      boolean membership,
      boolean deadlines,
      boolean diagnosis) {

    public boolean stateDigest() {
      return stateDigestEvery > 0;
    }

    public boolean audits() {
      return auditFraction > 0;
    }

    public boolean scrub() {
      return scrubEvery > 0;
    }
  }

  /**
   * When a rank is late.
   *
   * @param factor times what its sums usually take
   * @param millisMin nobody is late before
   * @param evictAfter so many times in a row
   */
  public record Lateness(double factor, long millisMin, int evictAfter) {}

  /**
   * Faults at random.
   *
   * @param every so many steps one on average
   * @param from the first step that may be struck
   * @param kinds that are drawn, each as often, where there is no mix
   * @param mix how often each kind is drawn; null: those of {@code kinds}
   * @param keepPods a fault is held back while fewer whole pods are there
   */
  public record Storm(
      int every, int from, List<StormKind> kinds, @Nullable StormMix mix, int keepPods) {
    public Storm {
      kinds = List.copyOf(kinds);
    }
  }

  /** Something that breaks. */
  public record Fault(String id, At at, Inject inject) {}

  /**
   * When a fault strikes.
   *
   * @param step counted from 1; after the last step the fault cannot strike
   */
  public record At(int step, Phase phase) {}

  /** Whom a fault strikes. */
  public sealed interface Victim permits Worker, Spare, Controller {}

  /** A worker without a rank, counted from 0 in the order in which they would get one. */
  public record Spare(int number) implements Victim {
    /** As in reports: {@code spare0}. */
    @Override
    public String toString() {
      return "spare" + number;
    }
  }

  /** The controller that acts when the time comes. */
  public record Controller() implements Victim {
    @Override
    public String toString() {
      return "controller";
    }
  }

  /** A worker by its place in the mesh, both counted from 0. */
  public record Worker(int pod, int rank) implements Victim {
    /** As in reports: {@code pod0/rank0}. */
    @Override
    public String toString() {
      return "pod" + pod + "/rank" + rank;
    }
  }

  /** What breaks. */
  public sealed interface Inject {
    /** The word in the file. */
    String kind();

    Victim target();
  }

  /**
   * The machine is gone at once.
   *
   * @param returnsAfter so many committed steps later it is back, empty; null if it stays away
   * @param outOfMemory whether it ends because its memory is used up
   */
  public record Crash(Victim target, @Nullable Integer returnsAfter, boolean outOfMemory)
      implements Inject {
    @Override
    public String kind() {
      return outOfMemory ? "out-of-memory" : "crash";
    }
  }

  /** The machine stands still for good. */
  public record Hang(Victim target) implements Inject {
    @Override
    public String kind() {
      return "hang";
    }
  }

  /** The machine is asked to leave, and does. */
  public record Drain(Worker target) implements Inject {
    @Override
    public String kind() {
      return "drain";
    }
  }

  /** The machine stands still for a while. */
  public record Pause(Victim target, double seconds) implements Inject {
    @Override
    public String kind() {
      return "pause";
    }
  }

  /**
   * The machine computes slowly.
   *
   * @param steps null is to the end
   */
  public record Slow(Worker target, double factor, @Nullable Integer steps) implements Inject {
    @Override
    public String kind() {
      return "slow";
    }
  }

  /**
   * The network is cut between some machines and all the others.
   *
   * @param with more of those that are cut off
   * @param seconds null is for good
   */
  public record Partition(
      Victim target, List<Victim> with, Direction direction, @Nullable Double seconds)
      implements Inject {
    public Partition {
      with = List.copyOf(with);
    }

    @Override
    public String kind() {
      return "partition";
    }
  }

  /** Something goes wrong at a worker's end of the wire. */
  public record Network(Worker target, Trouble trouble) implements Inject {
    @Override
    public String kind() {
      return trouble.kind();
    }
  }

  /**
   * Data of a worker change by a pattern.
   *
   * @param tensor or operation; empty for tokens
   * @param element the first one
   * @param microbatch as for a flip
   * @param age as for a flip
   * @param everywhere whether every machine that computes that microbatch does it wrong
   */
  public record Corruption(
      Worker target,
      Site site,
      String tensor,
      long element,
      @Nullable Integer microbatch,
      @Nullable Integer age,
      Pattern pattern,
      Recurrence lasts,
      boolean everywhere)
      implements Inject {
    @Override
    public String kind() {
      return everywhere ? "software-bug" : "corruption";
    }
  }

  /**
   * A core of the machine is defective.
   *
   * @param lane 0 to 15
   * @param mask of the bits that it flips
   * @param operandMask of the bits of an operand that must match; 0 is whatever they are
   * @param operandPattern that they must match
   */
  public record DefectiveCore(
      Victim target,
      Unit unit,
      int lane,
      int mask,
      int operandMask,
      int operandPattern,
      Recurrence lasts)
      implements Inject {
    @Override
    public String kind() {
      return "defective-core";
    }
  }

  /**
   * One bit of a worker's memory changes.
   *
   * @param tensor or operation; empty for tokens and digests
   * @param element index in the flattened tensor
   * @param bit 0 to 31; of a digest 0 to 63
   * @param microbatch of a gradient, an activation, a token; null is the first that the pod
   *     computes
   * @param age of a stored copy, in steps older than the newest version; null elsewhere
   */
  public record BitFlip(
      Worker target,
      Site site,
      String tensor,
      long element,
      int bit,
      @Nullable Integer microbatch,
      @Nullable Integer age)
      implements Inject {
    @Override
    public String kind() {
      return "bit-flip";
    }
  }

  /**
   * Waits, in milliseconds and seconds.
   *
   * @param runSecondsMax for the whole run, once all have joined; null: for ever
   */
  public record Timeouts(
      long stallMillisMax, long joinMillisMax, @Nullable Integer runSecondsMax) {}

  /**
   * What must come out; null is not named in the file.
   *
   * @param finalState if null, golden is checked all the same
   * @param faults by id, in the order of the file
   */
  public record Expect(
      @Nullable FinalState finalState,
      SequencedMap<String, FaultExpectation> faults,
      @Nullable Integer falseAlarms,
      @Nullable Bound goodput,
      @Nullable Integer evictions,
      @Nullable Bound lossFallsBy,
      @Nullable Bound memoryGrowsBy) {

    public Expect {
      faults = Ordered.copyOf(faults);
    }

    /** Whether the file asks for nothing, so that only the invariants are checked. */
    public boolean isEmpty() {
      return finalState == null
          && faults.values().stream().allMatch(FaultExpectation::isEmpty)
          && falseAlarms == null
          && goodput == null
          && evictions == null
          && lossFallsBy == null
          && memoryGrowsBy == null;
    }
  }

  /** What must become of one fault; null is not checked. */
  public record FaultExpectation(
      @Nullable Detected detected,
      @Nullable Detector detectedBy,
      @Nullable Worker blamed,
      @Nullable Response response,
      @Nullable Effect effect) {

    boolean isEmpty() {
      return detected == null
          && detectedBy == null
          && blamed == null
          && response == null
          && effect == null;
    }
  }

  /**
   * Whether a fault must be seen.
   *
   * @param wanted false: it must go unseen
   * @param withinSteps from the strike to the first alarm; null is at any time
   */
  public record Detected(boolean wanted, @Nullable Integer withinSteps) {}
}
