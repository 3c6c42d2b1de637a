package dev.redoubt.trainer.data.mixture;

import dev.redoubt.trainer.data.corpus.CorpusConfig;
import dev.redoubt.trainer.data.corpus.CorpusSource;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What is trained on, cut and mixed.
 *
 * @param stages in their order, the last one until 1
 */
public record MixtureConfig(CorpusConfig corpus, Tokens tokens, List<Stage> stages) {

  /**
   * How text is cut.
   *
   * @param pieces vocabulary of SentencePiece; 0 for bytes
   * @param model a file of SentencePiece; null to train one
   * @param cache where trained models are kept
   */
  public record Tokens(int pieces, @Nullable Path model, Path cache) {

    /** Bytes. */
    public static Tokens bytes() {
      return new Tokens(0, null, Path.of(""));
    }
  }

  /**
   * Checks the stages.
   *
   * @throws IllegalArgumentException saying which stage is wrong
   */
  public MixtureConfig {
    stages = List.copyOf(stages);
    List<String> names = corpus.sources().stream().map(CorpusSource::name).toList();
    double until = 0;
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      if (stage.until() <= until) {
        throw new IllegalArgumentException(
            "data.stages[%d].until is %s, expected more than %s, where the stage before it ends"
                .formatted(i, stage.until(), until));
      }
      until = stage.until();
      for (String name : stage.weights().keySet()) {
        if (!names.contains(name)) {
          throw new IllegalArgumentException(
              "data.stages[%d].weights names '%s', but the sources are %s"
                  .formatted(i, name, String.join(", ", names)));
        }
      }
    }
    if (until != 1) {
      throw new IllegalArgumentException(
          "the last of data.stages ends at " + until + ", expected until: 1");
    }
  }

  /** One stage with these weights. */
  public static List<Stage> oneStage(SequencedMap<String, Double> weights) {
    return List.of(new Stage(1, new LinkedHashMap<>(weights)));
  }
}
