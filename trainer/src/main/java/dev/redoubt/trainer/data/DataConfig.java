package dev.redoubt.trainer.data;

import java.util.List;

/**
 * The text that is trained on: all sources, one after the other.
 *
 * @param sources at least one
 */
public record DataConfig(List<Source> sources) {

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if it is empty
   */
  public DataConfig {
    sources = List.copyOf(sources);
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("data.sources must name at least one source");
    }
  }

  /** The sources of the running JDK. */
  public static DataConfig jdkSources() {
    return new DataConfig(List.of(Source.of("code", Source.JDK_SOURCES)));
  }
}
