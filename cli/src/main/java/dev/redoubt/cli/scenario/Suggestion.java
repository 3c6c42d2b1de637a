package dev.redoubt.cli.scenario;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** "Did you mean ...?" by edit distance. */
final class Suggestion {
  private Suggestion() {}

  /** A sentence to append, with a leading semicolon, or nothing if no word is near. */
  static String didYouMean(String word, Collection<String> known) {
    String wanted = plain(word);
    int near = wanted.length() < 4 ? 1 : Math.max(2, wanted.length() / 3);
    return known.stream()
        .filter(candidate -> distance(wanted, plain(candidate)) <= near)
        .min(Comparator.comparingInt((String candidate) -> distance(wanted, plain(candidate))))
        .map(candidate -> "; did you mean \"" + candidate + "\"?")
        .orElse("");
  }

  private static String plain(String word) {
    return word.toLowerCase(Locale.ROOT).replaceAll("[-_ ]", "");
  }

  /** Levenshtein's distance, in two rows. */
  static int distance(String a, String b) {
    int[] above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, Math.min(above[j], row[j - 1]) + 1);
      }
      above = row;
    }
    return above[b.length()];
  }
}
