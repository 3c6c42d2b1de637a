package dev.redoubt.trainer.data.mixture;

import dev.redoubt.trainer.CounterRandom;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Permutation;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.data.TokenOrigin;
import dev.redoubt.trainer.data.corpus.Corpus;
import dev.redoubt.trainer.data.corpus.CorpusSource;
import dev.redoubt.trainer.data.corpus.DataReport;
import dev.redoubt.trainer.data.corpus.Document;
import dev.redoubt.trainer.data.token.ByteTokenizer;
import dev.redoubt.trainer.data.token.SentencePieceTokenizer;
import dev.redoubt.trainer.data.token.SentencePieceTraining;
import dev.redoubt.trainer.data.token.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Several sources, each cut into windows, mixed by weights that change from stage to stage, as the
 * report on Gemini (2023) has it: the share of what matters most is raised towards the end.
 *
 * <p>Which window a place of the run has is a pure function of the seed and the place. A source's
 * windows are visited in an order drawn anew for each pass over it, so none comes twice within a
 * pass. Immutable; may be shared by threads.
 */
public final class Mixture implements Samples {

  private static final long PURPOSE = 0x77696E646F7773L;

  private final List<SourceTokens> sources;
  private final Tokenizer tokenizer;
  private final DataReport report;
  private final TrainConfig train;
  private final List<Stage> stages;
  private final MixtureOrder order;
  private final long[] firsts;
  private final String digest;

  /** Both parts of the data. */
  public record Parts(Mixture training, Mixture heldOut) {}

  private Mixture(
      List<SourceTokens> sources,
      Tokenizer tokenizer,
      DataReport report,
      List<Stage> stages,
      TrainConfig train,
      String digest) {
    this.sources = List.copyOf(sources);
    this.tokenizer = tokenizer;
    this.report = report;
    this.train = train;
    this.stages = List.copyOf(stages);
    this.digest = digest;
    firsts = new long[sources.size() + 1];
    for (int i = 0; i < sources.size(); i++) {
      firsts[i + 1] = firsts[i] + sources.get(i).windows();
    }
    order = new MixtureOrder(train.seed(), borders(stages, train), weights(stages, sources));
  }

  /**
   * Reads, filters and cuts the sources.
   *
   * @throws DataException if one is not there, or too little of it is left
   */
  public static Mixture open(MixtureConfig config, TrainConfig train) throws DataException {
    Cut cut = Cut.of(config);
    return cut.mixture(true, false, config, train);
  }

  /**
   * As above, in two parts: one piece in twenty of each source is held out.
   *
   * @throws DataException if there is too little for both
   */
  public static Parts openInParts(MixtureConfig config, TrainConfig train) throws DataException {
    Cut cut = Cut.of(config);
    return new Parts(
        cut.mixture(false, false, config, train), cut.mixture(false, true, config, train));
  }

  /** Documents and the tokenizer that was made for them. */
  private record Cut(Corpus corpus, Tokenizer tokenizer) {

    static Cut of(MixtureConfig config) throws DataException {
      Corpus corpus = Corpus.build(config.corpus());
      return new Cut(corpus, tokenizer(config.tokens(), corpus));
    }

    private static Tokenizer tokenizer(MixtureConfig.Tokens tokens, Corpus corpus)
        throws DataException {
      if (tokens.pieces() == 0) {
        return new ByteTokenizer();
      }
      var file = tokens.model();
      if (file == null) {
        List<String> texts = corpus.documents().stream().map(Document::text).toList();
        file = SentencePieceTraining.train(texts, tokens.pieces(), tokens.cache());
      }
      return SentencePieceTokenizer.open(file, tokens.pieces());
    }

    Mixture mixture(boolean all, boolean heldOut, MixtureConfig config, TrainConfig train)
        throws DataException {
      List<SourceTokens> sources = new ArrayList<>();
      for (CorpusSource source : config.corpus().sources()) {
        SourceTokens.Builder builder =
            new SourceTokens.Builder(source.name(), all, heldOut, train.sequenceLength());
        for (Document document : corpus.documents()) {
          if (document.source().equals(source.name())) {
            builder.add(document, tokenizer.encode(document.text()));
          }
        }
        SourceTokens made = builder.build();
        if (made.windows() == 0) {
          throw new DataException(
              "data source '%s': the documents that are left have %d tokens%s, but one window needs sequenceLength + 1 = %d"
                  .formatted(
                      source.name(),
                      made.tokens(),
                      heldOut ? " in their held-out part" : "",
                      train.sequenceLength() + 1));
        }
        sources.add(made);
      }
      return new Mixture(
          sources, tokenizer, corpus.report(), config.stages(), train, digest(sources));
    }

    private String digest(List<SourceTokens> sources) {
      try {
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        sha.update(tokenizer.id().getBytes(StandardCharsets.UTF_8));
        sources.forEach(source -> source.digest(sha));
        return HexFormat.of().formatHex(sha.digest());
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }
  }

  /** Stages end between two steps. */
  private static long[] borders(List<Stage> stages, TrainConfig train) {
    long[] borders = new long[stages.size()];
    long samplesInStep = (long) train.microbatches() * train.batchSize();
    for (int i = 0; i < borders.length; i++) {
      borders[i] = Math.round(stages.get(i).until() * train.steps()) * samplesInStep;
    }
    return borders;
  }

  private static List<double[]> weights(List<Stage> stages, List<SourceTokens> sources) {
    return stages.stream()
        .map(
            stage ->
                sources.stream()
                    .mapToDouble(source -> stage.weights().getOrDefault(source.name(), 0.0))
                    .toArray())
        .toList();
  }

  /** The same data for a run of another length: the stages end elsewhere. */
  @Override
  public Mixture with(TrainConfig other) {
    if (other.sequenceLength() != train.sequenceLength()) {
      throw new IllegalArgumentException("windows are cut for a sequence length");
    }
    return new Mixture(sources, tokenizer, report, stages, other, digest);
  }

  @Override
  public long samples() {
    return firsts[sources.size()];
  }

  @Override
  public int vocabulary() {
    return tokenizer.vocabulary();
  }

  @Override
  public long indexOf(long step, int microbatch, int row) {
    if (step < 1) {
      throw new IndexOutOfBoundsException("steps are counted from 1, not " + step);
    }
    check("microbatch", microbatch, train.microbatches());
    check("row", row, train.batchSize());
    long batch = (step - 1) * train.microbatches() + microbatch;
    MixtureOrder.Draw draw = order.at(batch * train.batchSize() + row);
    long windows = sources.get(draw.source()).windows();
    long pass = draw.ordinal() / windows;
    long key = CounterRandom.bits(train.seed(), PURPOSE + draw.source(), pass);
    return firsts[draw.source()] + new Permutation(key, windows).apply(draw.ordinal() % windows);
  }

  private static void check(String what, int value, int limit) {
    if (value < 0 || value >= limit) {
      throw new IndexOutOfBoundsException(what + " " + value + " of " + limit);
    }
  }

  @Override
  public void sample(long index, Sample into) {
    int source = sourceOf(index);
    sources.get(source).fill(index - firsts[source], into);
  }

  @Override
  public TokenOrigin origin(long index, int token) {
    check("token", token, train.sequenceLength());
    int source = sourceOf(index);
    return sources.get(source).origin(index - firsts[source], token);
  }

  private int sourceOf(long index) {
    if (index < 0 || index >= samples()) {
      throw new IndexOutOfBoundsException("window " + index + " of " + samples());
    }
    int source = 0;
    while (index >= firsts[source + 1]) {
      source++;
    }
    return source;
  }

  /** The name of the source that a sample is of. */
  @Override
  public String source(long index) {
    return sources.get(sourceOf(index)).name();
  }

  @Override
  public String digest() {
    return digest;
  }

  @Override
  public long bytes() {
    return Integer.BYTES * sources.stream().mapToLong(SourceTokens::tokens).sum();
  }

  @Override
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** What became of every document. */
  public DataReport report() {
    return report;
  }

  @Override
  public double bytesPerToken() {
    long bytes = sources.stream().mapToLong(source -> source.bytes(tokenizer)).sum();
    long tokens = sources.stream().mapToLong(SourceTokens::tokens).sum();
    return (double) bytes / tokens;
  }

  /**
   * What a run takes of a source.
   *
   * @param tokens that the source has
   * @param windows that it is cut into
   * @param samples that the run draws of it
   * @param passes over the source that this means
   */
  public record Use(String source, long tokens, long windows, long samples, double passes) {}

  /** What the whole run takes of each source. */
  public List<Use> uses() {
    long[] counts =
        order.countsBefore((long) train.steps() * train.microbatches() * train.batchSize());
    List<Use> uses = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      SourceTokens source = sources.get(i);
      uses.add(
          new Use(
              source.name(),
              source.tokens(),
              source.windows(),
              counts[i],
              (double) counts[i] / source.windows()));
    }
    return uses;
  }

  /** The shares of the stages as they are drawn, in 256ths. */
  public List<SequencedMap<String, Integer>> shares() {
    List<SequencedMap<String, Integer>> shares = new ArrayList<>();
    for (double[] weights : weights(stages, sources)) {
      Quotas quotas = new Quotas(weights);
      SequencedMap<String, Integer> share = new LinkedHashMap<>();
      for (int i = 0; i < sources.size(); i++) {
        share.put(sources.get(i).name(), quotas.count(i));
      }
      shares.add(share);
    }
    return shares;
  }
}
