package dev.redoubt.cli.scenario;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A constant that scenario files and reports write as a lower-case word with hyphens. */
public interface Word {

  /** As in the files: {@code bit-flip}. */
  String word();

  /** The word for a constant: {@code BIT_FLIP} is {@code bit-flip}. */
  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The constant of a word.
   *
   * @throws IllegalArgumentException if {@code type} has no such word
   */
  static <E extends Enum<E> & Word> E parse(Class<E> type, String word) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    word + " is none of " + words(type.getEnumConstants())));
  }

  /** The words of these constants, in order. */
  static List<String> words(Word[] constants) {
    return Arrays.stream(constants).map(Word::word).toList();
  }
}
