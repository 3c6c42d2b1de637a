package dev.redoubt.trainer.input;

import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.HeldOut;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.data.Source;
import dev.redoubt.trainer.data.TokenOrigin;
import dev.redoubt.trainer.data.VisitingOrder;
import dev.redoubt.trainer.data.token.ByteTokenizer;
import dev.redoubt.trainer.data.token.Tokenizer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Interleaved documents as a trainer reads them: windows of bytes of text, patches of pictures and
 * frames of sound.
 *
 * <p>To judge a model one window in twenty is held out. Windows overlap by one token, which is a
 * target of the first and is read by the second; so no token is a target of both parts. Immutable;
 * may be shared by threads.
 */
public final class InterleavedSamples implements Samples {

  private static final int HELD_OUT_EVERY = 20;
  private static final Tokenizer BYTES = new ByteTokenizer();

  private enum Part {
    ALL,
    TRAINING,
    HELD_OUT
  }

  private final InterleavedCorpus corpus;
  private final String digest;
  private final TrainConfig train;
  private final Part part;
  private final long samples;

  private InterleavedSamples(
      InterleavedCorpus corpus, String digest, TrainConfig train, Part part) {
    this.corpus = corpus;
    this.digest = digest;
    this.train = train;
    this.part = part;
    long heldOut = corpus.windows() / HELD_OUT_EVERY;
    samples =
        switch (part) {
          case ALL -> corpus.windows();
          case TRAINING -> corpus.windows() - heldOut;
          case HELD_OUT -> heldOut;
        };
  }

  /**
   * Reads the sources.
   *
   * @throws DataException if one cannot be used, or there is too little for one window; the message
   *     names the file
   */
  public static InterleavedSamples open(InterleavedConfig config, TrainConfig train)
      throws DataException {
    InterleavedCorpus corpus = read(config, train.sequenceLength());
    return new InterleavedSamples(corpus, corpus.digest(), train, Part.ALL);
  }

  /**
   * As above, in two parts.
   *
   * @throws DataException if one cannot be used, or there is too little for both parts
   */
  public static HeldOut openInParts(InterleavedConfig config, TrainConfig train)
      throws DataException {
    InterleavedCorpus corpus = read(config, train.sequenceLength());
    if (corpus.windows() < HELD_OUT_EVERY) {
      throw new DataException(
          "the documents have %d windows of sequenceLength = %d, but to hold one out %d are needed: add documents or shorten train.sequenceLength"
              .formatted(corpus.windows(), train.sequenceLength(), HELD_OUT_EVERY));
    }
    String digest = corpus.digest();
    return new HeldOut(
        new InterleavedSamples(corpus, digest, train, Part.TRAINING),
        new InterleavedSamples(corpus, digest, train, Part.HELD_OUT));
  }

  private static InterleavedCorpus read(InterleavedConfig config, int sequenceLength)
      throws DataException {
    RowEncoder encoder = new RowEncoder(config.shape(), TextTokens.BYTES);
    List<EncodedDocument> documents = new ArrayList<>();
    for (Source source : config.sources()) {
      try {
        read(source, encoder, documents);
      } catch (InputException e) {
        throw new DataException("data source '" + source.name() + "': " + e.getMessage(), e);
      }
    }
    try {
      return InterleavedCorpus.of(documents, sequenceLength);
    } catch (InputException e) {
      throw new DataException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void read(Source source, RowEncoder encoder, List<EncodedDocument> into)
      throws InputException {
    InterleavedFolder folder =
        InterleavedFolder.open(source.name(), path(source), InputLimits.DEFAULTS);
    long bytes = 0;
    for (int i = 0; i < folder.documents().size() && bytes < source.bytesMax(); i++) {
      EncodedDocument document = encoder.encode(folder.read(i));
      bytes += memory(document);
      into.add(document);
    }
  }

  private static Path path(Source source) throws InputException {
    if (source.from().equals(Source.JDK_SOURCES)) {
      throw new InputException(
          source.from(),
          "is no folder of interleaved documents: name a folder with Markdown files");
    }
    try {
      return Path.of(source.from());
    } catch (InvalidPathException e) {
      throw new InputException(source.from(), "is not a path", e);
    }
  }

  private static long memory(EncodedDocument document) {
    return (long) document.rows() * Integer.BYTES + document.featureBytes();
  }

  private long window(long index) {
    if (index < 0 || index >= samples) {
      throw new IndexOutOfBoundsException("window " + index + " of " + samples);
    }
    return switch (part) {
      case ALL -> index;
      case TRAINING -> index + index / (HELD_OUT_EVERY - 1);
      case HELD_OUT -> index * HELD_OUT_EVERY + HELD_OUT_EVERY - 1;
    };
  }

  @Override
  public long samples() {
    return samples;
  }

  @Override
  public int vocabulary() {
    return BYTES.vocabulary();
  }

  @Override
  public int imagePatch() {
    return corpus.shape().imagePatch();
  }

  @Override
  public int audioFrame() {
    return corpus.shape().audioFrame();
  }

  @Override
  public long indexOf(long step, int microbatch, int row) {
    return VisitingOrder.windowOf(train, samples, step, microbatch, row);
  }

  @Override
  public void sample(long index, Sample into) {
    corpus.fill(window(index), into);
  }

  @Override
  public TokenOrigin origin(long index, int token) {
    Origin origin = corpus.origin(window(index), token);
    long position =
        origin.place() instanceof Place.InText text ? text.fromByte() : TokenOrigin.NO_TEXT;
    return new TokenOrigin(
        origin.source(), origin.document(), position, origin.file(), words(origin));
  }

  private static String words(Origin origin) {
    String line = "line " + origin.line() + ", ";
    return switch (origin.place()) {
      case Place.InText text -> "bytes " + text.fromByte() + "-" + (text.toByte() - 1);
      case Place.InPicture patch -> line + "row " + patch.y() + ", column " + patch.x();
      case Place.InVideo patch ->
          String.format(
              Locale.ROOT,
              "%sframe %d at %.3f s, row %d, column %d",
              line,
              patch.frame(),
              patch.seconds(),
              patch.y(),
              patch.x());
      case Place.InSound sound ->
          String.format(Locale.ROOT, "%s%.4f-%.4f s", line, sound.fromSeconds(), sound.toSeconds());
    };
  }

  /** A table that shows where the rows of a sample came from, a line for each segment. */
  public String show(long index) {
    return corpus.show(window(index), TextTokens.BYTES);
  }

  /** Of the rows of all documents, whichever part this is. */
  @Override
  public String digest() {
    return digest;
  }

  @Override
  public Tokenizer tokenizer() {
    return BYTES;
  }

  /** Tokens; patches and frames are outside of the heap. */
  @Override
  public long bytes() {
    return corpus.rows() * Integer.BYTES;
  }
}
