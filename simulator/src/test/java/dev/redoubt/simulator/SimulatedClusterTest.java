package dev.redoubt.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Audits;
import dev.redoubt.core.Detector;
import dev.redoubt.core.Mesh;
import dev.redoubt.core.Note;
import dev.redoubt.core.Note.Twice;
import dev.redoubt.core.Patience;
import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import dev.redoubt.trainer.GoldenRun;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Dataset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Three pods on one thread: golden without faults, and again after each flip that is seen. */
class SimulatedClusterTest {

  private static final ModelConfig TINY = new ModelConfig("tiny", 1, 16, 4, 4, 32, 256, 64);
  private static final TrainConfig TRAIN = TrainConfig.defaults(7, 8, 6, 1, 8);
  private static final Target VICTIM = new Target(1, 0);
  private static final String TENSOR = "blocks.0.ffn.up";

  private static Dataset data;
  private static GoldenVersions golden;
  private static SimulatedCluster cluster;

  @BeforeAll
  static void train() throws Exception {
    byte[] text =
        "the quick brown fox jumps over the lazy dog. "
            .repeat(40)
            .getBytes(StandardCharsets.US_ASCII);
    data = Dataset.of(text, TRAIN);
    golden = new GoldenVersions(TINY, TRAIN, data);
    cluster = new SimulatedCluster(TINY, TRAIN, data, golden);
  }

  @AfterAll
  static void close() {
    cluster.close();
    golden.close();
  }

  private static ProtocolConfig protocol(int digestEvery, int scrubEvery, boolean screens) {
    return protocol(0, digestEvery, scrubEvery, screens);
  }

  private static ProtocolConfig protocol(
      int spares, int digestEvery, int scrubEvery, boolean screens) {
    return new ProtocolConfig(
        new Mesh(3, 1, spares),
        TRAIN.steps(),
        TRAIN.microbatches(),
        4,
        digestEvery,
        scrubEvery,
        screens,
        false,
        5,
        3,
        new ProtocolConfig.Timeouts(60_000, 30_000, 30_000, 2_000));
  }

  private static SimulatedRun run(ProtocolConfig protocol, Fault... faults) {
    return cluster.run(protocol, new FaultPlan(List.of(faults)));
  }

  private static BitFlip flip(Site site, long step) {
    When when = new When(step, Phase.COMPUTE);
    return switch (site) {
      case GRADIENT ->
          BitFlip.inGradient("flip", when, VICTIM, TENSOR, 17, 22, OptionalInt.empty());
      case STORED_COPY -> BitFlip.inStoredCopy("flip", when, VICTIM, TENSOR, 17, 22, 1);
      case PARAMETERS, FIRST_MOMENTS, SECOND_MOMENTS ->
          BitFlip.inState("flip", when, VICTIM, site, TENSOR, 17, 22);
      case ACTIVATIONS, PRODUCT, TOKENS, REDUCED_GRADIENT, DIGEST, AUDIT ->
          throw new IllegalArgumentException("struck by InjectionTrialTest");
    };
  }

  @Test
  void withoutFaultsItEndsOnTheBitsOfTheGoldenRun() throws Exception {
    SimulatedRun run = run(protocol(1, 1, true));
    assertThat(run.endsGolden()).isTrue();
    assertThat(run.alarms()).isEmpty();
    assertThat(run.golden()).isEqualTo(GoldenRun.run(TINY, TRAIN, data, 1, _ -> {}).finalDigest());
  }

  @Test
  void itCanBeginAtAGoldenVersion() {
    SimulatedRun run = run(protocol(1, 1, true).from(5));
    assertThat(run.endsGolden()).isTrue();
    assertThat(run.notes())
        .filteredOn(Note.StepCommitted.class::isInstance)
        .extracting(note -> ((Note.StepCommitted) note).step())
        .containsExactly(6L, 7L, 8L);
  }

  @ParameterizedTest
  @EnumSource(names = {"PARAMETERS", "FIRST_MOMENTS", "SECOND_MOMENTS", "STORED_COPY"})
  void aFlipInAStateIsFoundInItsStepBlamedAndMended(Site site) {
    SimulatedRun run = run(protocol(1, 1, true), flip(site, 4));
    assertThat(run.strikes()).hasSize(1);
    assertThat(run.alarms()).isNotEmpty().allMatch(alarm -> alarm.step() == 4);
    assertThat(run.blames())
        .isNotEmpty()
        .allSatisfy(blame -> assertThat(String.valueOf(blame.worker())).isEqualTo(struck(run)));
    assertThat(run.endsGolden()).isTrue();
  }

  private static String struck(SimulatedRun run) {
    return run.strikes().getFirst().node();
  }

  @Test
  void aStoredCopyIsSeenByTheScrub() {
    SimulatedRun run = run(protocol(1, 1, true), flip(Site.STORED_COPY, 4));
    assertThat(run.alarms()).extracting(Note.Detected::detector).contains(Detector.SCRUB);
  }

  @Test
  void aGradientBeforeTheReduceEscapesTheStateDigests() {
    SimulatedRun run = run(protocol(1, 1, true), flip(Site.GRADIENT, 4));
    assertThat(run.strikes()).hasSize(1);
    assertThat(run.alarms()).isEmpty();
    assertThat(run.endsGolden()).isFalse();
  }

  @Test
  void auditsFindItBeforeItCounts() {
    ProtocolConfig audited = protocol(1, 1, 0, true).with(new Audits(1, 7));
    SimulatedRun run = run(audited, flip(Site.GRADIENT, 4));
    assertThat(run.strikes()).hasSize(1);
    assertThat(run.alarms())
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.detector()).isEqualTo(Detector.AUDIT);
              assertThat(alarm.step()).isEqualTo(4);
            });
    assertThat(run.blames())
        .singleElement()
        .satisfies(blame -> assertThat(String.valueOf(blame.worker())).isEqualTo(struck(run)));
    assertThat(run.endsGolden()).isTrue();
  }

  /** Ten times as slow: it is relieved, and evicted at the third time in a row. */
  @Test
  void aSlowRankIsRelievedAndGoesAtTheThirdTime() {
    Slow crawls = new Slow("slow", new When(4, Phase.COMPUTE), VICTIM, 10, Integer.MAX_VALUE);
    SimulatedRun run = run(patient(), crawls);
    assertThat(run.strikes()).hasSize(1);
    assertThat(run.alarms())
        .isNotEmpty()
        .allSatisfy(alarm -> assertThat(alarm.detector()).isEqualTo(Detector.SLOW));
    assertThat(run.notes())
        .filteredOn(Note.DoneTwice.class::isInstance)
        .isNotEmpty()
        .allSatisfy(note -> assertThat(((Note.DoneTwice) note).result()).isEqualTo(Twice.RELIEVED));
    assertThat(run.notes())
        .filteredOn(Note.Evicted.class::isInstance)
        .singleElement()
        .satisfies(
            note -> assertThat(((Note.Evicted) note).worker().name()).isEqualTo(struck(run)));
    assertThat(run.endsGolden()).isTrue();
  }

  /** Just late: its own sum counts, the spare's comes second and is the same. */
  @Test
  void whoIsJustLateStays() {
    Slow late = new Slow("slow", new When(4, Phase.COMPUTE), VICTIM, 3.5, 1);
    SimulatedRun run = run(patient(), late);
    assertThat(run.notes())
        .filteredOn(Note.DoneTwice.class::isInstance)
        .singleElement()
        .satisfies(note -> assertThat(((Note.DoneTwice) note).result()).isEqualTo(Twice.SAME));
    assertThat(run.notes()).noneMatch(Note.Evicted.class::isInstance);
    assertThat(run.notes()).noneMatch(Note.WorkerLost.class::isInstance);
    assertThat(run.endsGolden()).isTrue();
  }

  private static ProtocolConfig patient() {
    return protocol(1, 1, 0, true).with(new Patience(2, 0, 3));
  }

  @Test
  void withoutStateDigestsAFlipInTheParametersEscapes() {
    SimulatedRun run = run(protocol(0, 0, false), flip(Site.PARAMETERS, 4));
    assertThat(run.strikes()).hasSize(1);
    assertThat(run.alarms()).isEmpty();
    assertThat(run.endsGolden()).isFalse();
  }
}
