package dev.redoubt.trainer.data.corpus;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What became of every document.
 *
 * @param sources in the order of the configuration
 * @param classifiers how good each is on what it was not trained on
 * @param digest SHA-256 over all kept documents, in their order
 */
public record DataReport(List<OfSource> sources, List<Judge> classifiers, String digest) {

  /** Copies the lists. */
  public DataReport {
    sources = List.copyOf(sources);
    classifiers = List.copyOf(classifiers);
  }

  /**
   * A source. Documents that were read are those that were kept and those that a filter removed.
   *
   * @param unread files after the source had enough
   */
  public record OfSource(
      String name,
      Kind kind,
      String language,
      int read,
      long readBytes,
      int kept,
      long keptBytes,
      int unread,
      SequencedMap<String, Removed> removed) {

    /**
     * Checks the account.
     *
     * @throws IllegalStateException if a document is missing in it, which is a defect
     */
    public OfSource {
      int gone = removed.values().stream().mapToInt(Removed::count).sum();
      if (read != kept + gone) {
        throw new IllegalStateException(
            "source '%s': %d documents read, but %d kept and %d removed"
                .formatted(name, read, kept, gone));
      }
    }
  }

  /**
   * What one filter removed.
   *
   * @param reasons how often each was given
   * @param example the first document
   */
  public record Removed(int count, SequencedMap<String, Integer> reasons, String example) {}

  /**
   * A classifier; figures are null where they cannot be taken.
   *
   * @param examples that it was judged by
   */
  public record Judge(
      String name, int examples, @Nullable Double precision, @Nullable Double recall) {

    static Judge of(String name, Classifier.@Nullable Quality quality) {
      return quality == null
          ? new Judge(name, 0, null, null)
          : new Judge(
              name, quality.examples(), finite(quality.precision()), finite(quality.recall()));
    }

    private static @Nullable Double finite(double value) {
      return Double.isFinite(value) ? value : null;
    }
  }

  /** Documents over all sources: read, kept, and removed by each filter. */
  public Map<String, Integer> totals() {
    Map<String, Integer> totals = new LinkedHashMap<>();
    totals.put("read", sources.stream().mapToInt(OfSource::read).sum());
    totals.put("kept", sources.stream().mapToInt(OfSource::kept).sum());
    for (Filter filter : Filter.values()) {
      int gone =
          sources.stream()
              .map(source -> source.removed().get(filter.word()))
              .mapToInt(removed -> removed == null ? 0 : removed.count())
              .sum();
      if (gone > 0) {
        totals.put(filter.word(), gone);
      }
    }
    return totals;
  }
}
