package dev.redoubt.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.core.Mesh;
import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.DataFault;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Site;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.program.ProductChecks;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Drawn flips, tried with and without detectors. */
class InjectionTrialTest {

  private static final ModelConfig TINY = new ModelConfig("tiny", 1, 16, 4, 4, 32, 256, 64);
  private static final TrainConfig TRAIN = TrainConfig.defaults(7, 9, 6, 1, 8);
  private static final Detectors ALL = new Detectors(1, 1, true, 0, ProductChecks.NONE);

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

  private static InjectionTrial trial(Detectors... arms) {
    return new InjectionTrial(cluster, protocol(), List.of(arms), 2);
  }

  private static InjectionDraw draw(FaultClass kind) {
    List<Stratum> turns =
        kind.sites().stream()
            .map(site -> new Stratum(kind, site, 0, kind == FaultClass.TOKEN ? 7 : 31))
            .toList();
    return new InjectionDraw(1, turns, Places.of(TINY, TRAIN), 3, 4, 7);
  }

  @ParameterizedTest
  @EnumSource(names = {"MEMORY", "UPDATE", "REDUCED", "ATTESTATION"})
  void everyFlipInAStateIsFoundInItsStepBlamedAndMended(FaultClass kind) {
    for (int index = 0; index < 24; index++) {
      DataFault flip = draw(kind).fault(index);
      Outcome outcome = trial(ALL).run(flip).getFirst();
      assertThat(outcome.activated()).isTrue();
      assertThat(outcome.detectedAtStep()).isEqualTo(flip.when().step());
      assertThat(outcome.blamed()).isEqualTo(flip.target().toString());
      assertThat(outcome.blamedRight()).isTrue();
      assertThat(outcome.response()).isEqualTo(Response.REPAIRED);
      assertThat(outcome.effect()).isEqualTo(outcome.harm() ? Effect.CORRECTED : Effect.MASKED);
      assertThat(trial(ALL).run(flip)).containsExactly(outcome);
    }
  }

  @Test
  void withoutDetectorsWhatHarmsEscapes() {
    int harmful = 0;
    for (int index = 0; index < 24; index++) {
      Outcome outcome = trial(Detectors.NONE).run(draw(FaultClass.MEMORY).fault(index)).getFirst();
      harmful += outcome.harm() ? 1 : 0;
      assertThat(outcome.detectedBy()).isNull();
      assertThat(outcome.response()).isEqualTo(Response.NONE);
      assertThat(outcome.effect()).isEqualTo(outcome.harm() ? Effect.ESCAPED : Effect.MASKED);
      assertThat(outcome.golden()).isNotEqualTo(outcome.harm());
    }
    assertThat(harmful).isPositive().isLessThan(24);
  }

  @Test
  void stateDigestsAloneSeeNoGradient() {
    Detectors digests = new Detectors(1, 1, false, 0, ProductChecks.NONE);
    for (int index = 0; index < 12; index++) {
      Outcome outcome = trial(digests).run(draw(FaultClass.GRADIENT).fault(index)).getFirst();
      assertThat(outcome.activated()).isTrue();
      assertThat(outcome.detectedBy()).isNull();
    }
  }

  /** With a spare that audits every span, whatever was computed wrong is found or does no harm. */
  @ParameterizedTest
  @EnumSource(names = {"GRADIENT", "ACTIVATION", "PRODUCT", "CORE", "TOKEN"})
  void whatIsComputedWrongIsFoundByAuditsBlamedAndNamed(FaultClass kind) {
    int found = 0;
    Map<String, Detectors> arms =
        Map.of("audits", new Detectors(1, 0, false, 1, ProductChecks.NONE));
    try (InjectionBench bench = bench(arms, protocol(new Mesh(3, 1, 2)), draw(kind))) {
      for (int index = 0; index < 24; index++) {
        InjectionRow row = bench.run(index).getFirst();
        Outcome outcome = row.outcome();
        assertThat(outcome.golden()).as(row.csv()).isTrue();
        assertThat(row.found() || !outcome.harm()).as(row.csv()).isTrue();
        if (row.found()) {
          found++;
          assertThat(outcome.detectedBy()).isEqualTo("audit");
          assertThat(outcome.blamedRight()).as(row.csv()).isTrue();
          assertThat(row.diagnosis()).as(row.csv()).isEqualTo(new Diagnosis(true, true, true));
        }
      }
    }
    assertThat(found).isGreaterThan(12);
  }

  /** High bits, that is: a change below the threshold of its product is not seen. */
  @ParameterizedTest
  @EnumSource(names = {"PRODUCT", "CORE"})
  void aWrongProductIsFoundByItsOwnWorkerAndNoWrongSumIsCommitted(FaultClass kind) {
    Detectors checked = new Detectors(1, 0, false, 0, ProductChecks.ALL);
    Site site = kind.sites().getFirst();
    InjectionDraw draw =
        new InjectionDraw(
            1, List.of(new Stratum(kind, site, 26, 30)), Places.of(TINY, TRAIN), 3, 4, 7);
    int found = 0;
    try (InjectionBench bench = bench(Map.of("abft", checked), protocol(), draw)) {
      for (int index = 0; index < 24; index++) {
        InjectionRow row = bench.run(index).getFirst();
        Outcome outcome = row.outcome();
        if (row.found()) {
          found++;
          assertThat(outcome.detectedBy()).isEqualTo("abft");
          assertThat(outcome.blamedRight()).as(row.csv()).isTrue();
          assertThat(outcome.golden()).as(row.csv()).isTrue();
          assertThat(row.diagnosis()).as(row.csv()).isEqualTo(new Diagnosis(true, true, true));
        }
      }
    }
    assertThat(found).isGreaterThan(12);
  }

  @Test
  void withoutTheChecksTheSameProductsEscape() {
    Detectors digests = new Detectors(1, 0, false, 0, ProductChecks.NONE);
    InjectionDraw draw =
        new InjectionDraw(
            1,
            List.of(new Stratum(FaultClass.PRODUCT, Site.PRODUCT, 26, 30)),
            Places.of(TINY, TRAIN),
            3,
            4,
            7);
    int escaped = 0;
    for (int index = 0; index < 24; index++) {
      Outcome outcome = trial(digests).run(draw.fault(index)).getFirst();
      assertThat(outcome.detectedBy()).isNull();
      escaped += outcome.effect() == Effect.ESCAPED ? 1 : 0;
    }
    assertThat(escaped).isGreaterThan(12);
  }

  /** A trial begins late, to save time; a run from the first step comes to the same end. */
  @ParameterizedTest
  @EnumSource
  void whereARunBeginsChangesNothing(FaultClass kind) {
    for (int index = 0; index < 12; index++) {
      DataFault flip = draw(kind).fault(index);
      int last = (int) flip.when().step() + 2;
      FaultPlan faults = new FaultPlan(List.of(flip));
      SimulatedRun whole = cluster.run(ALL.in(protocol(), 0, last, 0), faults);
      SimulatedRun bare = cluster.run(Detectors.NONE.in(protocol(), 0, last, 0), faults);
      assertThat(trial(ALL).run(flip)).containsExactly(Outcome.of(whole, bare));
    }
  }

  @Test
  void aRowIsReadAsItWasWritten() {
    Map<String, Detectors> arms = new TreeMap<>(Map.of("all", ALL, "none", Detectors.NONE));
    List<InjectionRow> rows = new ArrayList<>();
    try (InjectionBench bench = bench(arms)) {
      for (long index = 0; index < 8; index++) {
        rows.addAll(bench.run(index));
      }
    }
    assertThat(rows).hasSize(16);
    assertThat(rows).allSatisfy(row -> assertThat(InjectionRow.parse(row.csv())).isEqualTo(row));
    assertThatThrownBy(() -> InjectionRow.parse("1,2")).hasMessageContaining("23 cells, not 2");
    String torn = rows.getFirst().csv().replace("true", "tru");
    assertThatThrownBy(() -> InjectionRow.parse(torn)).hasMessageContaining("contradicts itself");
  }

  /** The rows are the same, and in the same order, on any number of threads. */
  @Test
  void threadsChangeNothing() throws Exception {
    assertThat(rows(3)).hasSize(40).isEqualTo(rows(1));
  }

  private static List<String> rows(int threads) throws InterruptedException {
    List<String> lines = new ArrayList<>();
    new InOrder<List<InjectionRow>>(threads, () -> bench(Map.of("all", ALL)))
        .run(0, 40, (index, rows) -> rows.forEach(row -> lines.add(row.csv())));
    return lines;
  }

  private static InjectionBench bench(Map<String, Detectors> arms) {
    return bench(arms, protocol(), draw(FaultClass.MEMORY));
  }

  private static InjectionBench bench(
      Map<String, Detectors> arms, ProtocolConfig protocol, InjectionDraw draw) {
    return new InjectionBench(
        new InjectionBench.Setting(
            TINY, TRAIN, data, golden, protocol, draw, new LinkedHashMap<>(arms), 2));
  }

  @Test
  void cleanTrainingsDifferAndRaiseNoAlarm() throws Exception {
    CleanTrial trial = new CleanTrial(protocol(), ProductChecks.ALL, TINY, TRAIN, data);
    CleanRow first = trial.run(0);
    CleanRow second = trial.run(1);
    assertThat(first.seed()).isNotEqualTo(second.seed());
    assertThat(List.of(first, second))
        .allSatisfy(
            row -> {
              assertThat(row.alarms()).isZero();
              assertThat(row.golden()).isTrue();
              assertThat(CleanRow.parse(row.csv())).isEqualTo(row);
            });
    assertThat(trial.run(0)).isEqualTo(first);
  }

  @Test
  void theCostOfDetectorsIsMeasuredInPairs() {
    DetectorCost cost = DetectorCost.measure(cluster, protocol(), ALL, 4);
    assertThat(cost.pairs()).isEqualTo(4);
    assertThat(cost.low()).isPositive().isLessThanOrEqualTo(cost.ratio());
    assertThat(cost.high()).isGreaterThanOrEqualTo(cost.ratio());
    assertThat(cost.nanosOfStep()).isPositive();
  }

  private static ProtocolConfig protocol() {
    return protocol(new Mesh(3, 1, 0));
  }

  private static ProtocolConfig protocol(Mesh mesh) {
    return new ProtocolConfig(
        mesh,
        TRAIN.steps(),
        TRAIN.microbatches(),
        4,
        1,
        1,
        true,
        false,
        5,
        3,
        new ProtocolConfig.Timeouts(60_000, 30_000, 30_000, 2_000));
  }
}
