package dev.redoubt.trainer.data.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.data.TokenOrigin;
import dev.redoubt.trainer.data.corpus.CorpusConfig;
import dev.redoubt.trainer.data.corpus.CorpusSource;
import dev.redoubt.trainer.data.corpus.Filters;
import dev.redoubt.trainer.data.corpus.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shares are exact, windows come once in a pass, and a place alone says which window it has. */
class MixtureTest {

  private static final int STEPS = 64;
  private static final TrainConfig TRAIN = TrainConfig.defaults(3, STEPS, 4, 8, 16);

  private final Path folder;

  MixtureTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private CorpusSource source(String name, int bytes) throws IOException {
    Path file = folder.resolve(name);
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < bytes; i++) {
      text.append(name).append(' ').append(i).append('\n');
    }
    Files.writeString(file, text.substring(0, bytes));
    return new CorpusSource(name, file.toString(), Kind.PROSE, "und", 1 << 20);
  }

  private static Stage stage(double until, double a, double b) {
    SequencedMap<String, Double> weights = new LinkedHashMap<>();
    weights.put("a", a);
    weights.put("b", b);
    return new Stage(until, weights);
  }

  private MixtureConfig config(int bytesOfA, int bytesOfB, Stage... stages) throws IOException {
    Filters none = new Filters(Set.of(), 0, 0, 1000, 0, 1, List.of());
    return new MixtureConfig(
        new CorpusConfig(List.of(source("a", bytesOfA), source("b", bytesOfB)), none, 1),
        MixtureConfig.Tokens.bytes(),
        List.of(stages));
  }

  private static Map<String, Integer> counts(Mixture mixture, int fromStep, int toStep) {
    Map<String, Integer> counts = new HashMap<>();
    for (int step = fromStep; step <= toStep; step++) {
      for (int microbatch = 0; microbatch < TRAIN.microbatches(); microbatch++) {
        for (int row = 0; row < TRAIN.batchSize(); row++) {
          counts.merge(mixture.source(mixture.indexOf(step, microbatch, row)), 1, Integer::sum);
        }
      }
    }
    return counts;
  }

  @Test
  void sharesAreExactAndChangeWithTheStage() throws Exception {
    Mixture mixture = Mixture.open(config(90_000, 90_000, stage(0.5, 3, 1), stage(1, 1, 3)), TRAIN);
    // A stage of 32 steps has 1024 samples: four blocks of 256.
    assertThat(counts(mixture, 1, 32)).isEqualTo(Map.of("a", 768, "b", 256));
    assertThat(counts(mixture, 33, 64)).isEqualTo(Map.of("a", 256, "b", 768));
    assertThat(mixture.uses()).extracting(Mixture.Use::samples).containsExactly(1024L, 1024L);
  }

  @Test
  void windowsComeOnceInAPassAndThenAnew() throws Exception {
    Mixture mixture = Mixture.open(config(1601, 90_000, stage(1, 1, 1)), TRAIN);
    long windows = mixture.uses().getFirst().windows();
    assertThat(windows).isEqualTo(100);
    Map<Long, Integer> seen = new HashMap<>();
    Set<Long> pass = new HashSet<>();
    for (int step = 1; step <= STEPS; step++) {
      for (int microbatch = 0; microbatch < TRAIN.microbatches(); microbatch++) {
        for (int row = 0; row < TRAIN.batchSize(); row++) {
          long index = mixture.indexOf(step, microbatch, row);
          if (mixture.source(index).equals("a")) {
            assertThat(pass.add(index)).as("window %d twice in a pass", index).isTrue();
            seen.merge(index, 1, Integer::sum);
            if (pass.size() == windows) {
              pass.clear();
            }
          }
        }
      }
    }
    assertThat(seen).hasSize(100).allSatisfy((index, count) -> assertThat(count).isBetween(10, 11));
  }

  @Test
  void aPlaceAloneSaysWhichWindowItHas() throws Exception {
    MixtureConfig config = config(9_000, 9_000, stage(0.5, 5, 1), stage(1, 1, 5));
    Mixture one = Mixture.open(config, TRAIN);
    Mixture two = Mixture.open(config, TRAIN);
    for (int step = STEPS; step > 0; step -= 7) {
      assertThat(two.indexOf(step, 3, 5)).isEqualTo(one.indexOf(step, 3, 5));
    }
    assertThat(two.digest()).isEqualTo(one.digest());
    Mixture other = Mixture.open(config, TrainConfig.defaults(4, STEPS, 4, 8, 16));
    assertThat(counts(other, 1, 64)).isEqualTo(counts(one, 1, 64));
    assertThat(
            other.indexOf(1, 0, 0) == one.indexOf(1, 0, 0)
                && other.indexOf(1, 0, 1) == one.indexOf(1, 0, 1)
                && other.indexOf(1, 0, 2) == one.indexOf(1, 0, 2))
        .as("another seed, the same order")
        .isFalse();
  }

  @Test
  void beforeTheFirstStageEndsTheLengthOfTheRunDoesNotMatter() throws Exception {
    Mixture mixture = Mixture.open(config(9_000, 9_000, stage(0.5, 2, 1), stage(1, 1, 2)), TRAIN);
    TrainConfig longer =
        TRAIN.with(1000, TRAIN.learningRate(), TRAIN.warmupSteps(), TRAIN.schedule());
    Mixture more = mixture.with(longer);
    for (int step = 1; step <= 32; step++) {
      assertThat(more.indexOf(step, 1, 1)).isEqualTo(mixture.indexOf(step, 1, 1));
    }
    assertThat(more.uses().stream().mapToLong(Mixture.Use::samples).sum()).isEqualTo(32_000);
    assertThat(more.uses().getFirst().samples()).isBetween(15_800L, 16_200L);
  }

  @Test
  void tokensKnowWhereTheyCameFrom() throws Exception {
    Mixture mixture = Mixture.open(config(5_000, 5_000, stage(1, 1, 1)), TRAIN);
    long index = mixture.indexOf(2, 1, 3);
    Sample sample = Sample.ofText(16);
    mixture.sample(index, sample);
    TokenOrigin origin = mixture.origin(index, 5);
    byte[] file = Files.readAllBytes(folder.resolve(origin.source()));
    assertThat(origin.document()).isEqualTo(origin.source());
    assertThat(sample.tokens()[5]).isEqualTo(file[(int) origin.position()]);
    assertThat(sample.targets()[5]).isEqualTo(file[(int) origin.position() + 1]);
  }

  @Test
  void heldOutPiecesAreNotTrainedOn() throws Exception {
    Mixture.Parts parts = Mixture.openInParts(config(400_000, 400_000, stage(1, 1, 1)), TRAIN);
    long all = 2 * 400_000;
    long trained = parts.training().uses().stream().mapToLong(Mixture.Use::tokens).sum();
    long heldOut = parts.heldOut().uses().stream().mapToLong(Mixture.Use::tokens).sum();
    assertThat(trained + heldOut).isEqualTo(all);
    assertThat((double) heldOut / all).isBetween(0.03, 0.06);
    assertThat(parts.training().digest()).isNotEqualTo(parts.heldOut().digest());
    assertThat(parts.heldOut().bytesPerToken()).isEqualTo(1);
  }

  @Test
  void tooLittleOfASourceIsRefusedByItsName() throws Exception {
    MixtureConfig config = config(10, 9_000, stage(1, 1, 1));
    assertThatThrownBy(() -> Mixture.open(config, TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "data source 'a': the documents that are left have 10 tokens, but one window needs"
                + " sequenceLength + 1 = 17");
  }

  @Test
  void stagesThatMakeNoSenseAreRefused() {
    assertThatThrownBy(() -> config(99, 99, stage(0.5, 1, 1)))
        .hasMessage("the last of data.stages ends at 0.5, expected until: 1");
    assertThatThrownBy(() -> config(99, 99, stage(0.5, 1, 1), stage(0.5, 1, 1)))
        .hasMessageStartingWith("data.stages[1].until is 0.5, expected more than 0.5");
    assertThatThrownBy(() -> stage(1, 0, 0)).hasMessage("weights must not all be 0");
    assertThatThrownBy(() -> stage(1, -1, 2))
        .hasMessage("the weight of 'a' is -1.0, expected 0 or more");
    SequencedMap<String, Double> stranger = new LinkedHashMap<>(Map.of("c", 1.0));
    assertThatThrownBy(() -> config(99, 99, new Stage(1, stranger)))
        .hasMessage("data.stages[0].weights names 'c', but the sources are a, b");
  }

  @Test
  void everySourceWithAWeightIsDrawn() {
    Quotas quotas = new Quotas(new double[] {1e-6, 1, 0, 3});
    assertThat(quotas.count(0)).isEqualTo(1);
    assertThat(quotas.count(2)).isZero();
    assertThat(quotas.count(0) + quotas.count(1) + quotas.count(3)).isEqualTo(Quotas.BLOCK);
    byte[] order = quotas.order(5);
    assertThat(new String(order, StandardCharsets.ISO_8859_1).chars().filter(c -> c == 1).count())
        .isEqualTo(quotas.count(1));
  }
}
