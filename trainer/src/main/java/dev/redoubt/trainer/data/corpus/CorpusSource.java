package dev.redoubt.trainer.data.corpus;

import dev.redoubt.trainer.data.Source;

/**
 * Where documents come from.
 *
 * @param name for reports and mixtures; unique
 * @param from {@value Source#JDK_SOURCES} for the sources of the running JDK, or a file or folder
 * @param language of its sentences or programs, such as en, de, java; {@value #UNKNOWN} if unknown
 * @param bytesMax of text that is kept at most; what comes after it is not read
 */
public record CorpusSource(String name, String from, Kind kind, String language, long bytesMax) {

  /** The language of a source that does not say. */
  public static final String UNKNOWN = "und";

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public CorpusSource {
    if (name.isBlank() || from.isBlank() || language.isBlank()) {
      throw new IllegalArgumentException(
          "source '%s': name, from and language must not be blank".formatted(name));
    }
    if (bytesMax < 1) {
      throw new IllegalArgumentException(
          "source '%s': bytesMax must be positive, not %d".formatted(name, bytesMax));
    }
  }
}
