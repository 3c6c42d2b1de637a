package dev.redoubt.cli.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.cli.run.TrainerModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StormFaultsTest {

  private static final String BASE =
      """
      apiVersion: redoubt/v1
      name: storm
      cluster: {pods: 3, workersPerPod: 2, spares: 1, controllers: 2}
      model: pico
      train: {steps: 3000, microbatches: 4, sequenceLength: 32, batchSize: 2}
      """;

  private final Path folder;

  StormFaultsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private Scenario scenario(String more) throws Exception {
    Path file = Files.writeString(folder.resolve("storm.yaml"), BASE + more);
    return new ScenarioLoader(new TrainerModels()).load(file);
  }

  @Test
  void theSameSeedDrawsTheSameStorm() throws Exception {
    Scenario storm = scenario("storm: {every: 3}");

    assertThat(storm.allFaults()).isEqualTo(scenario("storm: {every: 3}").allFaults());
    assertThat(storm.withSeed(9).allFaults()).isNotEqualTo(storm.allFaults());
  }

  @Test
  void itStrikesAsOftenAsAskedFromTheStepThatWasAskedFor() throws Exception {
    List<Scenario.Fault> faults = scenario("storm: {every: 3, from: 101}").allFaults();

    // 2900 steps with a probability of 1/3: 967, and a standard deviation of 25.
    assertThat(faults).hasSizeBetween(840, 1090);
    assertThat(faults).allSatisfy(fault -> assertThat(fault.at().step()).isBetween(101, 3000));
  }

  @Test
  void everyKindAndEveryRankIsDrawn() throws Exception {
    List<Scenario.Fault> faults = scenario("storm: {every: 1}").allFaults();

    assertThat(faults.stream().map(fault -> fault.inject().kind()).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder("crash", "hang", "pause", "partition", "bit-flip");
    Set<Scenario.Victim> victims = new HashSet<>();
    faults.forEach(fault -> victims.add(fault.inject().target()));
    assertThat(victims).hasSize(3 * 2 + 1).contains(new Scenario.Controller());
  }

  @Test
  void onlyTheKindsThatWereAskedForAreDrawn() throws Exception {
    assertThat(scenario("storm: {every: 2, kinds: [hang]}").allFaults())
        .isNotEmpty()
        .allSatisfy(fault -> assertThat(fault.inject()).isInstanceOf(Scenario.Hang.class));
  }

  /** 514, 84 and 14 of 612; a standard deviation of at most 20 in 3000. */
  @Test
  void aMixDrawsItsKindsAsOftenAsTheStudySays() throws Exception {
    Map<String, Long> counts =
        scenario("storm: {every: 1, from: 1, mix: llama3-mix}").allFaults().stream()
            .collect(Collectors.groupingBy(f -> f.inject().kind(), Collectors.counting()));

    assertThat(counts).containsOnlyKeys("crash", "partition", "bit-flip");
    assertThat(counts.get("crash")).isBetween(2430L, 2610L);
    assertThat(counts.get("partition")).isBetween(320L, 500L);
    assertThat(counts.get("bit-flip")).isBetween(30L, 110L);
  }

  @Test
  void aMixStandsAlone() {
    assertThatThrownBy(() -> scenario("storm: {every: 1, mix: llama3-mix, kinds: [hang]}"))
        .hasMessageContaining("stands beside kinds, expected one of them");
  }
}
