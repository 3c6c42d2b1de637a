package dev.redoubt.trainer.data.corpus;

import dev.redoubt.trainer.data.DataException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The documents that are worth training on, in the order of the sources and of their names: a pure
 * function of the files' bytes and the configuration.
 */
public final class Corpus {

  private final List<Document> documents;
  private final List<Removal> removals;
  private final DataReport report;

  /** A document that is not trained on. */
  public record Removal(String source, String document, Filter filter, String reason) {}

  private Corpus(List<Document> documents, List<Removal> removals, DataReport report) {
    this.documents = List.copyOf(documents);
    this.removals = List.copyOf(removals);
    this.report = report;
  }

  /**
   * Reads and filters.
   *
   * @throws DataException if a source is not there, or none of its documents is kept
   */
  public static Corpus build(CorpusConfig config) throws DataException {
    return new Building(config).build();
  }

  /** What is kept. */
  public List<Document> documents() {
    return documents;
  }

  /** What is not, in the order in which it was found. */
  public List<Removal> removals() {
    return removals;
  }

  /** The account. */
  public DataReport report() {
    return report;
  }

  /** A build under way: each pass looks at what the one before it left. */
  private static final class Building {

    private final CorpusConfig config;
    private final Filters filters;
    private final Map<String, Account> accounts = new LinkedHashMap<>();
    private final List<Removal> removals = new ArrayList<>();
    private List<Document> left = new ArrayList<>();

    Building(CorpusConfig config) {
      this.config = config;
      this.filters = config.filters();
      config.sources().forEach(source -> accounts.put(source.name(), new Account()));
    }

    Corpus build() throws DataException {
      for (CorpusSource source : config.sources()) {
        read(source);
      }
      rules();
      LanguageCheck languages = LanguageCheck.of(left);
      pass(
          Filter.LANGUAGE,
          document -> {
            String other = languages.other(document);
            return other == null ? null : "more like " + other;
          });
      List<DataReport.Judge> judges = new ArrayList<>();
      quality(judges);
      safety(judges);
      duplicates();
      for (CorpusSource source : config.sources()) {
        checkKept(source);
      }
      return new Corpus(left, removals, new DataReport(report(), judges, digest()));
    }

    private void read(CorpusSource source) throws DataException {
      Account account = account(source.name());
      account.unread =
          SourceFiles.read(
              source,
              read -> {
                account.read++;
                account.readBytes += read.bytes();
                switch (read) {
                  case Read.Failed failed ->
                      remove(source.name(), failed.name(), failed.filter(), failed.reason());
                  case Read.Text text -> left.add(document(source, text));
                }
                return account.readBytes < source.bytesMax();
              });
    }

    private static Document document(CorpusSource source, Read.Text read) {
      boolean markup = source.kind() == Kind.MANUAL && Roff.isMarkup(read.text());
      String text = markup ? Roff.text(read.text()) : read.text();
      return new Document(source.name(), read.name(), source.kind(), source.language(), text);
    }

    /** Why a document goes; null if it stays. */
    private interface Look {
      @Nullable String reason(Document document);
    }

    private void pass(Filter filter, Look look) {
      if (!filters.has(filter)) {
        return;
      }
      List<Document> kept = new ArrayList<>();
      for (Document document : left) {
        String reason = look.reason(document);
        if (reason == null) {
          kept.add(document);
        } else {
          remove(document.source(), document.name(), filter, reason);
        }
      }
      left = kept;
    }

    /** One document at a time through all three, so that its words are cut once. */
    private void rules() {
      Heuristics heuristics = new Heuristics(filters);
      List<Document> kept = new ArrayList<>();
      for (Document document : left) {
        Words words = new Words(document.text());
        if (!removed(Filter.LENGTH, document, heuristics.length(document, words))
            && !removed(Filter.SYMBOLS, document, heuristics.symbols(document, words))
            && !removed(Filter.REPETITION, document, heuristics.repetition(document, words))) {
          kept.add(document);
        }
      }
      left = kept;
    }

    private boolean removed(Filter filter, Document document, @Nullable String reason) {
      if (reason == null || !filters.has(filter)) {
        return false;
      }
      remove(document.source(), document.name(), filter, reason);
      return true;
    }

    private void quality(List<DataReport.Judge> judges) {
      if (!filters.has(Filter.QUALITY)) {
        return;
      }
      QualityClassifier sentences = quality(true, judges);
      QualityClassifier code = quality(false, judges);
      pass(
          Filter.QUALITY,
          document -> {
            QualityClassifier judge = document.kind().isLanguage() ? sentences : code;
            return judge.score(document) < filters.qualityMin()
                ? "a score below " + filters.qualityMin()
                : null;
          });
    }

    private QualityClassifier quality(boolean language, List<DataReport.Judge> judges) {
      List<Document> of =
          left.stream().filter(document -> document.kind().isLanguage() == language).toList();
      QualityClassifier judge = QualityClassifier.train(of, config.seed());
      judges.add(
          DataReport.Judge.of(
              language ? "quality of sentences" : "quality of code", judge.quality()));
      return judge;
    }

    private void safety(List<DataReport.Judge> judges) {
      if (!filters.has(Filter.BLOCKLIST) && !filters.has(Filter.SAFETY)) {
        return;
      }
      Safety safety = Safety.of(filters, config.seed());
      judges.add(DataReport.Judge.of("safety", safety.quality()));
      pass(Filter.BLOCKLIST, safety::blocked);
      pass(
          Filter.SAFETY,
          document ->
              safety.harmful(document) > filters.safetyMax()
                  ? "paragraphs that look like fraud"
                  : null);
    }

    /** Spaces and case do not make another text. */
    private void duplicates() {
      Map<String, Document> first = new LinkedHashMap<>();
      pass(
          Filter.DUPLICATE,
          document -> {
            String normal = Words.lower(document.text()).replaceAll("\\s+", " ").strip();
            Document other = first.putIfAbsent(sha256(normal), document);
            if (other == null) {
              return null;
            }
            return other.source().equals(document.source())
                ? "the same text in this source"
                : "the same text in source " + other.source();
          });
    }

    private void remove(String source, String document, Filter filter, String reason) {
      removals.add(new Removal(source, document, filter, reason));
      account(source).remove(filter, reason, document);
    }

    private Account account(String source) {
      return Objects.requireNonNull(accounts.get(source));
    }

    private void checkKept(CorpusSource source) throws DataException {
      if (left.stream().anyMatch(document -> document.source().equals(source.name()))) {
        return;
      }
      Account account = account(source.name());
      throw new DataException(
          "data source '%s': none of its %d documents is fit to train on: %s"
              .formatted(source.name(), account.read, account.words()));
    }

    private List<DataReport.OfSource> report() {
      List<DataReport.OfSource> sources = new ArrayList<>();
      for (CorpusSource source : config.sources()) {
        Account account = account(source.name());
        List<Document> kept =
            left.stream().filter(document -> document.source().equals(source.name())).toList();
        sources.add(
            new DataReport.OfSource(
                source.name(),
                source.kind(),
                source.language(),
                account.read,
                account.readBytes,
                kept.size(),
                kept.stream().mapToLong(Building::bytes).sum(),
                account.unread,
                account.removed()));
      }
      return sources;
    }

    private static long bytes(Document document) {
      return document.text().getBytes(StandardCharsets.UTF_8).length;
    }

    private String digest() {
      MessageDigest digest = digester();
      for (Document document : left) {
        for (String part : List.of(document.source(), document.name(), document.text())) {
          digest.update(part.getBytes(StandardCharsets.UTF_8));
          digest.update((byte) 0);
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    }

    private static String sha256(String text) {
      return HexFormat.of().formatHex(digester().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static MessageDigest digester() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }
  }

  /** Of one source. */
  private static final class Account {

    private int read;
    private long readBytes;
    private int unread;
    private final Map<Filter, LinkedHashMap<String, Integer>> reasons = new EnumMap<>(Filter.class);
    private final Map<Filter, String> examples = new EnumMap<>(Filter.class);

    void remove(Filter filter, String reason, String document) {
      reasons.computeIfAbsent(filter, _ -> new LinkedHashMap<>()).merge(reason, 1, Integer::sum);
      examples.putIfAbsent(filter, document);
    }

    SequencedMap<String, DataReport.Removed> removed() {
      SequencedMap<String, DataReport.Removed> removed = new LinkedHashMap<>();
      reasons.forEach(
          (filter, counts) ->
              removed.put(
                  filter.word(),
                  new DataReport.Removed(
                      counts.values().stream().mapToInt(Integer::intValue).sum(),
                      counts,
                      examples.getOrDefault(filter, ""))));
      return removed;
    }

    String words() {
      List<String> words = new ArrayList<>();
      reasons.forEach(
          (filter, counts) ->
              counts.forEach(
                  (reason, count) -> words.add(count + " " + filter.word() + " (" + reason + ")")));
      return words.isEmpty() ? "there is none" : String.join(", ", words);
    }
  }
}
