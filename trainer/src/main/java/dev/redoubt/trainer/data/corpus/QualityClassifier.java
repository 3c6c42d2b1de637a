package dev.redoubt.trainer.data.corpus;

import dev.redoubt.trainer.CounterRandom;
import dev.redoubt.trainer.data.corpus.Classifier.Example;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells text from what text turns into when it breaks, as Brown et al., "Language Models are
 * Few-Shot Learners" (2020), tell reference text from the web's. There is no labelled web here, so
 * the negatives are made: passages of the same documents with their words shuffled, characters
 * exchanged, markup strewn in, or a phrase repeated. One for sentences and one for code.
 *
 * <p>The limit: it knows these four ways of being broken, and no other.
 */
final class QualityClassifier {

  private static final int PASSAGE = 600;
  private static final int PASSAGES_MAX = 600;
  private static final int PASSAGES_MIN = 20;
  private static final int HELD_OUT_EVERY = 5;
  private static final int LOOKED_AT = 4;
  private static final double MIDDLE = 0.5;
  private static final long PURPOSE = 0x7175616C6974L;

  private final @Nullable Classifier classifier;
  private final Classifier.@Nullable Quality quality;

  private QualityClassifier(@Nullable Classifier classifier, Classifier.@Nullable Quality quality) {
    this.classifier = classifier;
    this.quality = quality;
  }

  /** Trains on passages of documents that passed the rules; too few of them give none. */
  static QualityClassifier train(List<Document> documents, long seed) {
    List<String> passages = passages(documents);
    if (passages.size() < PASSAGES_MIN) {
      return new QualityClassifier(null, null);
    }
    List<Example> training = new ArrayList<>();
    List<Example> heldOut = new ArrayList<>();
    for (int i = 0; i < passages.size(); i++) {
      List<Example> into = i % HELD_OUT_EVERY == 0 ? heldOut : training;
      into.add(new Example(Classifier.features(passages.get(i)), true));
      into.add(new Example(Classifier.features(broken(passages.get(i), seed, i)), false));
    }
    Classifier classifier = Classifier.train(training, seed);
    return new QualityClassifier(classifier, classifier.judge(heldOut, MIDDLE));
  }

  private static List<String> passages(List<Document> documents) {
    List<String> passages = new ArrayList<>();
    int every = Math.max(1, documents.size() / PASSAGES_MAX);
    for (int i = 0; i < documents.size(); i += every) {
      String text = documents.get(i).text();
      int from = Math.max(0, text.length() / 2 - PASSAGE / 2);
      passages.add(text.substring(from, Math.min(text.length(), from + PASSAGE)));
    }
    return passages;
  }

  static String broken(String passage, long seed, int index) {
    return switch (index % 4) {
      case 0 -> shuffled(passage, seed, index);
      case 1 -> exchanged(passage, seed, index);
      case 2 -> strewn(passage, seed, index);
      default -> repeated(passage);
    };
  }

  private static int draw(long seed, int index, int at, int below) {
    long bits = CounterRandom.bits(seed, PURPOSE + index, at) >>> 1;
    return (int) (bits % below);
  }

  private static String shuffled(String passage, long seed, int index) {
    String[] words = passage.split("\\s+", -1);
    for (int i = words.length - 1; i > 0; i--) {
      int other = draw(seed, index, i, i + 1);
      String word = words[i];
      words[i] = words[other];
      words[other] = word;
    }
    return String.join(" ", words);
  }

  private static String exchanged(String passage, long seed, int index) {
    StringBuilder out = new StringBuilder(passage);
    for (int i = 0; i < out.length(); i++) {
      if (draw(seed, index, i, 4) == 0 && !Character.isSurrogate(out.charAt(i))) {
        out.setCharAt(i, (char) ('!' + draw(seed, index + 1, i, 90)));
      }
    }
    return out.toString();
  }

  private static String strewn(String passage, long seed, int index) {
    String[] tags = {"<div>", "</td>", "&nbsp;", "{{", "}}", "|", "<br/>", "href=", "[[", "]]"};
    StringBuilder out = new StringBuilder();
    String[] words = passage.split("\\s+", -1);
    for (int i = 0; i < words.length; i++) {
      out.append(tags[draw(seed, index, i, tags.length)]).append(words[i]).append(' ');
    }
    return out.toString();
  }

  private static String repeated(String passage) {
    String phrase = passage.substring(0, Math.min(passage.length(), 40));
    return phrase.isEmpty() ? phrase : phrase.repeat(PASSAGE / phrase.length() + 1);
  }

  /**
   * How good a document is, 0 to 1: the mean over some of its passages; 1 if nothing was trained.
   */
  double score(Document document) {
    Classifier judge = classifier;
    if (judge == null) {
      return 1;
    }
    String text = document.text();
    int passages = Math.clamp(text.length() / PASSAGE, 1, LOOKED_AT);
    double sum = 0;
    for (int i = 0; i < passages; i++) {
      int from = (int) ((long) text.length() * i / passages);
      String passage = text.substring(from, Math.min(text.length(), from + PASSAGE));
      sum += judge.score(Classifier.features(passage));
    }
    return sum / passages;
  }

  /** On passages that it was not trained on; null if there were too few to train. */
  Classifier.@Nullable Quality quality() {
    return quality;
  }
}
