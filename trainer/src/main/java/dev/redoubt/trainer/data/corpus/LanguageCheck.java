package dev.redoubt.trainer.data.corpus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells languages apart by their runs of three characters, as Cavnar and Trenkle, "N-Gram-Based
 * Text Categorization" (1994), with the likelihood in place of ranks. The profiles are made from
 * the sources themselves, each by its own claim, so a source that is wrong as a whole goes
 * unnoticed; what is found is the document that is in the wrong source. With one language there is
 * nothing to tell apart.
 */
final class LanguageCheck {

  private static final int BUCKETS = 1 << 15;

  /** Characters of each document that are looked at. */
  private static final int LOOK = 4000;

  private static final int PROFILE_DOCUMENTS = 400;
  private static final int RUNS_MIN = 100;

  /** By how much another language has to be likelier, in nats for each run. */
  private static final double MARGIN = 0.15;

  private final Map<String, double[]> profiles = new LinkedHashMap<>();

  /** Makes the profiles of all languages that a document of sentences claims. */
  static LanguageCheck of(List<Document> documents) {
    Map<String, List<Document>> claims = new TreeMap<>();
    for (Document document : documents) {
      if (document.kind().isLanguage() && !document.language().equals(CorpusSource.UNKNOWN)) {
        claims.computeIfAbsent(document.language(), _ -> new ArrayList<>()).add(document);
      }
    }
    LanguageCheck check = new LanguageCheck();
    claims.forEach((language, claimed) -> check.profiles.put(language, profile(claimed)));
    return check;
  }

  private static double[] profile(List<Document> documents) {
    double[] counts = new double[BUCKETS];
    Arrays.fill(counts, 0.5);
    int every = Math.max(1, documents.size() / PROFILE_DOCUMENTS);
    for (int i = 0; i < documents.size(); i += every) {
      for (int run : runs(documents.get(i).text())) {
        counts[run]++;
      }
    }
    double total = Arrays.stream(counts).sum();
    for (int i = 0; i < counts.length; i++) {
      counts[i] = StrictMath.log(counts[i] / total);
    }
    return counts;
  }

  private static int[] runs(String text) {
    String look = Words.lower(text.substring(0, Math.min(text.length(), LOOK)));
    int[] runs = new int[Math.max(0, look.length() - 2)];
    int count = 0;
    for (int i = 0; i + 3 <= look.length(); i++) {
      if (Character.isLetter(look.charAt(i + 1))) {
        int hash = (look.charAt(i) * 31 + look.charAt(i + 1)) * 31 + look.charAt(i + 2);
        runs[count++] = (hash * 0x9E3779B1) >>> 17;
      }
    }
    return Arrays.copyOf(runs, count);
  }

  /** Which language a document has in place of the one that it claims; null if the claim stands. */
  @Nullable String other(Document document) {
    double[] own = profiles.get(document.language());
    if (own == null || profiles.size() < 2 || !document.kind().isLanguage()) {
      return null;
    }
    int[] runs = runs(document.text());
    if (runs.length < RUNS_MIN) {
      return null;
    }
    double claimed = likelihood(runs, own);
    String best = null;
    double most = claimed + MARGIN;
    for (Map.Entry<String, double[]> each : profiles.entrySet()) {
      double likelihood = likelihood(runs, each.getValue());
      if (likelihood > most) {
        most = likelihood;
        best = each.getKey();
      }
    }
    return best;
  }

  private static double likelihood(int[] runs, double[] profile) {
    double sum = 0;
    for (int run : runs) {
      sum += profile[run];
    }
    return sum / runs.length;
  }
}
