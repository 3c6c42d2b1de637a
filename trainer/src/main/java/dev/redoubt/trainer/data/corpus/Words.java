package dev.redoubt.trainer.data.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A text cut into words and lines, once for all rules that count them. */
final class Words {

  private final List<String> words = new ArrayList<>();
  private final List<String> lines;
  private final String text;

  Words(String text) {
    this.text = text;
    lines = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    int from = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean space = i == text.length() || Character.isWhitespace(text.charAt(i));
      if (space && from >= 0) {
        words.add(text.substring(from, i));
        from = -1;
      } else if (!space && from < 0) {
        from = i;
      }
    }
  }

  List<String> words() {
    return words;
  }

  /** Without blank ones, stripped. */
  List<String> lines() {
    return lines;
  }

  double meanLength() {
    return words.stream().mapToInt(String::length).average().orElse(0);
  }

  /** The share of words with a letter in them. */
  double withLetters() {
    long count = words.stream().filter(word -> word.chars().anyMatch(Character::isLetter)).count();
    return share(count, words.size());
  }

  /** Number signs and ellipses for each word. */
  double symbols() {
    long signs = text.chars().filter(c -> c == '#' || c == '\u2026').count();
    return share(signs, words.size());
  }

  double linesThatBeginWith(String marks) {
    long count = lines.stream().filter(line -> marks.indexOf(line.charAt(0)) >= 0).count();
    return share(count, lines.size());
  }

  double linesThatEndWith(String... ends) {
    long count =
        lines.stream().filter(line -> List.of(ends).stream().anyMatch(line::endsWith)).count();
    return share(count, lines.size());
  }

  /** The share of lines that were there before. */
  double repeatedLines() {
    return share(lines.size() - lines.stream().distinct().count(), lines.size());
  }

  /** The share of characters that are in the most frequent run of {@code n} words. */
  double mostFrequent(int n) {
    Map<String, Integer> counts = new HashMap<>();
    long most = 0;
    for (int i = 0; i + n <= words.size(); i++) {
      String run = String.join(" ", words.subList(i, i + n));
      int count = counts.merge(run, 1, Integer::sum);
      if (count > 1) {
        most = Math.max(most, (long) count * (run.length() - n + 1));
      }
    }
    long characters = words.stream().mapToLong(String::length).sum();
    return share(most, characters);
  }

  private static double share(long count, long of) {
    return of == 0 ? 0 : (double) count / of;
  }

  /** For comparisons that do not care for case. */
  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
