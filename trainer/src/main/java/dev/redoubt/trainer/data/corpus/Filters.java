package dev.redoubt.trainer.data.corpus;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Which filters look, and how strictly. The rules for sentences follow Rae et al., "Scaling
 * Language Models: Methods, Analysis and Insights from Training Gopher" (2021), table A1, with
 * three numbers of our own, for manual pages and short texts: fewer words (theirs are 50), longer
 * words on average (10), and fewer words with a letter (80 %). Those for code follow Chen et al.,
 * "Evaluating Large Language Models Trained on Code" (2021).
 *
 * @param on the filters that look; {@link Filter#UNREADABLE} and {@link Filter#ENCODING} always do
 * @param wordsMin of a document of sentences
 * @param linesMin of a program
 * @param lineCharactersMax longest line
 * @param qualityMin least score of the quality classifier, 0 to 1
 * @param safetyMax largest share of a document's paragraphs that the safety classifier may flag
 * @param blocklist words that no document may have, beside those that come with Redoubt
 */
public record Filters(
    Set<Filter> on,
    int wordsMin,
    int linesMin,
    int lineCharactersMax,
    double qualityMin,
    double safetyMax,
    List<String> blocklist) {

  /** All of them. */
  public static final Filters DEFAULTS =
      new Filters(EnumSet.allOf(Filter.class), 30, 5, 1000, 0.35, 0.3, List.of());

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public Filters {
    on = Set.copyOf(on);
    blocklist = List.copyOf(blocklist);
    if (wordsMin < 0 || linesMin < 0 || lineCharactersMax < 1) {
      throw new IllegalArgumentException(
          "filters: wordsMin %d and linesMin %d must not be negative, lineCharactersMax %d must be positive"
              .formatted(wordsMin, linesMin, lineCharactersMax));
    }
    if (!(qualityMin >= 0 && qualityMin <= 1 && safetyMax >= 0 && safetyMax <= 1)) {
      throw new IllegalArgumentException(
          "filters: qualityMin %s and safetyMax %s must be within 0 and 1"
              .formatted(qualityMin, safetyMax));
    }
  }

  boolean has(Filter filter) {
    return on.contains(filter);
  }
}
