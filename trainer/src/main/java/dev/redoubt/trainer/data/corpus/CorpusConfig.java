package dev.redoubt.trainer.data.corpus;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is read and how it is filtered.
 *
 * @param sources at least one, with names of their own
 * @param seed of the classifiers' samples
 */
public record CorpusConfig(List<CorpusSource> sources, Filters filters, long seed) {

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if there is no source, or a name comes twice
   */
  public CorpusConfig {
    sources = List.copyOf(sources);
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("data.sources must name at least one source");
    }
    Set<String> names = new HashSet<>();
    for (CorpusSource source : sources) {
      if (!names.add(source.name())) {
        throw new IllegalArgumentException("two sources are called '" + source.name() + "'");
      }
    }
  }
}
