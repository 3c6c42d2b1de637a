package dev.redoubt.trainer.data.corpus;

import dev.redoubt.trainer.data.corpus.Classifier.Example;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What must not be learnt by heart, and what must not be learnt: secrets by their form, words of a
 * blocklist, and paragraphs that a classifier takes for fraud. It was trained on the small labelled
 * set that comes with Redoubt, in English: a first line, and no more.
 */
final class Safety {

  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\\s+[A-Za-z0-9+/=]{16}");
  private static final Pattern ACCESS_KEY =
      Pattern.compile("\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b|\\bgh[pousr]_[A-Za-z0-9]{36}\\b");
  private static final Pattern CARD =
      Pattern.compile("(?<![\\w.])[3-6]\\d{3}([ -])\\d{4}\\1\\d{4}\\1\\d{4}(?![\\w.])");

  private static final int HELD_OUT_EVERY = 4;
  private static final int PARAGRAPH_MIN = 40;
  private static final double THRESHOLD = 0.7;

  private final @Nullable Pattern blocked;
  private final Classifier classifier;
  private final Classifier.Quality quality;

  private Safety(@Nullable Pattern blocked, Classifier classifier, Classifier.Quality quality) {
    this.blocked = blocked;
    this.classifier = classifier;
    this.quality = quality;
  }

  static Safety of(Filters filters, long seed) {
    List<String> words = new ArrayList<>(lines("blocklist.txt"));
    words.addAll(filters.blocklist());
    List<Example> training = new ArrayList<>();
    List<Example> heldOut = new ArrayList<>();
    List<String> labelled = lines("safety.tsv");
    for (int i = 0; i < labelled.size(); i++) {
      String[] fields = labelled.get(i).split("\t", 2);
      if (fields.length != 2 || !(fields[0].equals("unsafe") || fields[0].equals("safe"))) {
        throw new IllegalStateException(
            "safety.tsv: not 'safe' or 'unsafe', tab, text: " + labelled.get(i));
      }
      Example example = new Example(Classifier.features(fields[1]), fields[0].equals("unsafe"));
      (i % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 ? heldOut : training).add(example);
    }
    Classifier classifier = Classifier.train(training, seed);
    return new Safety(blocked(words), classifier, classifier.judge(heldOut, 0.5));
  }

  private static @Nullable Pattern blocked(List<String> words) {
    if (words.isEmpty()) {
      return null;
    }
    String any = String.join("|", words.stream().map(Safety::normal).map(Pattern::quote).toList());
    return Pattern.compile("(?<![\\p{L}\\p{N}])(?:" + any + ")(?![\\p{L}\\p{N}])");
  }

  /** Compatible forms are one, and case does not matter. */
  private static String normal(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
  }

  /** Lines of a resource; those that begin with a number sign are for people. */
  private static List<String> lines(String resource) {
    try (InputStream in = Safety.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " belongs to Redoubt and is not there");
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What a document has that must not be learnt by heart; null if nothing. The text is not told.
   */
  @Nullable String blocked(Document document) {
    String text = document.text();
    if (PRIVATE_KEY.matcher(text).find()) {
      return "a private key";
    }
    if (ACCESS_KEY.matcher(text).find()) {
      return "an access key";
    }
    Matcher cards = CARD.matcher(text);
    while (cards.find()) {
      if (luhn(cards.group())) {
        return "a card number";
      }
    }
    return blocked != null && blocked.matcher(normal(text)).find()
        ? "a word on the blocklist"
        : null;
  }

  /** The check digit of card numbers (ISO/IEC 7812-1). */
  static boolean luhn(String number) {
    int sum = 0;
    int place = 0;
    for (int i = number.length() - 1; i >= 0; i--) {
      if (Character.isDigit(number.charAt(i))) {
        int digit = number.charAt(i) - '0';
        int value = place++ % 2 == 0 ? digit : 2 * digit;
        sum += value > 9 ? value - 9 : value;
      }
    }
    return sum % 10 == 0;
  }

  /** The share of a document's paragraphs that look like fraud. */
  double harmful(Document document) {
    if (!document.kind().isLanguage()) {
      return 0;
    }
    int flagged = 0;
    int paragraphs = 0;
    for (String paragraph : document.text().split("\n\\s*\n", -1)) {
      if (paragraph.length() >= PARAGRAPH_MIN) {
        paragraphs++;
        flagged += classifier.score(Classifier.features(paragraph)) >= THRESHOLD ? 1 : 0;
      }
    }
    return paragraphs == 0 ? 0 : (double) flagged / paragraphs;
  }

  /** On labelled lines that it was not trained on. */
  Classifier.Quality quality() {
    return quality;
  }
}
