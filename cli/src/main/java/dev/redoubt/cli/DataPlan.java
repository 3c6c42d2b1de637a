package dev.redoubt.cli;

import dev.redoubt.cli.run.Specs;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.trainer.TokenBudget;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.data.mixture.Mixture;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The data's part of a plan.
 *
 * @param sources in their order
 * @param tokenizer bytes, or sentencepiece with its vocabulary
 * @param stages from the first step on; empty if the sources are concatenated
 * @param budget tokens that the model should see
 * @param planned tokens that the scenario trains on
 * @param reading what is in the sources; null if they were not read
 */
record DataPlan(
    List<Scenario.Source> sources,
    String tokenizer,
    List<Scenario.Stage> stages,
    TokenBudget budget,
    long planned,
    @Nullable Reading reading) {

  /**
   * What was found in the sources.
   *
   * @param uses of each source in the whole run; empty if the sources are concatenated
   * @param shares of the sources in each stage, in 256ths as they are drawn
   */
  record Reading(
      long windows,
      String digest,
      List<Mixture.Use> uses,
      List<SequencedMap<String, Integer>> shares) {}

  /**
   * Plans.
   *
   * @param read whether to open the sources, which takes as long as a run's start does
   * @throws EnvironmentException if they cannot be had here
   */
  static DataPlan of(Scenario scenario, long parameters, boolean read) throws EnvironmentException {
    Scenario.Tokenizer tokenizer = scenario.data().tokenizer();
    return new DataPlan(
        scenario.data().sources(),
        tokenizer == null || !tokenizer.isSentencePiece()
            ? bytes(scenario.data())
            : tokenizer.kind() + " of " + tokenizer.vocabulary() + " pieces",
        scenario.data().stages(),
        TokenBudget.of(scenario.model().name(), parameters),
        scenario.train().tokens(),
        read ? reading(Specs.of(scenario).data()) : null);
  }

  private static String bytes(Scenario.Data data) {
    return data.interleaved()
        ? "bytes, patches of %1$d x %1$d pixels, frames of %2$d samples at 16 kHz"
            .formatted(data.imagePatch(), data.audioFrame())
        : "bytes";
  }

  private static Reading reading(Samples data) {
    return data instanceof Mixture mixture
        ? new Reading(mixture.samples(), mixture.digest(), mixture.uses(), mixture.shares())
        : new Reading(data.samples(), data.digest(), List.of(), List.of());
  }

  void print(Terminal terminal) {
    for (Scenario.Source source : sources) {
      PlanCommand.row(
          terminal,
          "source " + source.name(),
          "%s, %s, from %s".formatted(source.kind(), source.language(), source.from()));
    }
    PlanCommand.row(terminal, "tokens", tokenizer);
    for (Scenario.Stage stage : stages) {
      String weights =
          stage.weights().entrySet().stream()
              .map(weight -> weight.getKey() + " " + weight.getValue())
              .collect(Collectors.joining(", "));
      PlanCommand.row(
          terminal, "stage", "until %s of the steps: %s".formatted(stage.until(), weights));
    }
    PlanCommand.row(
        terminal,
        "budget",
        "%d tokens are compute-optimal (20 a parameter, Hoffmann et al. 2022), %d times that for this model: %d; planned are %d, %.3f of it"
            .formatted(
                budget.optimal(),
                budget.multiple(),
                budget.tokens(),
                planned,
                (double) planned / budget.tokens()));
    Reading found = reading;
    if (found != null) {
      print(found, terminal);
    }
  }

  private static void print(Reading found, Terminal terminal) {
    PlanCommand.row(
        terminal, "data", "%d windows, digest %s".formatted(found.windows(), found.digest()));
    for (Mixture.Use use : found.uses()) {
      PlanCommand.row(
          terminal,
          "  " + use.source(),
          "%d tokens in %d windows; %d samples are drawn, %.3f passes"
              .formatted(use.tokens(), use.windows(), use.samples(), use.passes()));
    }
    for (SequencedMap<String, Integer> share : found.shares()) {
      PlanCommand.row(terminal, "  shares", share + " of 256");
    }
  }
}
