package dev.redoubt.trainer.data;

import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.token.ByteTokenizer;
import dev.redoubt.trainer.data.token.Tokenizer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Text as bytes, cut into windows, and the order in which a run visits them.
 *
 * <p>A window has one token more than a sequence, because each token is predicted from those before
 * it; windows overlap by that one token, so every byte but the first is predicted once. Immutable;
 * may be shared by threads.
 */
public final class Dataset implements Samples {

  /** Bytes as tokens. */
  public static final int VOCABULARY = 256;

  private static final int BYTE = 0xFF;
  private static final Tokenizer BYTES = new ByteTokenizer();

  private final byte[] bytes;
  private final TextOrigins origins;
  private final TrainConfig train;
  private final long samples;

  private Dataset(byte[] bytes, TextOrigins origins, TrainConfig train) {
    this.bytes = bytes;
    this.origins = origins;
    this.train = train;
    this.samples = (bytes.length - 1L) / train.sequenceLength();
  }

  /**
   * Reads the sources.
   *
   * @throws DataException if one cannot be read or there is too little text; the message says what
   *     to do
   */
  public static Dataset open(DataConfig data, TrainConfig train) throws DataException {
    Text.Content text = Text.read(data);
    return of(text.bytes(), text.origins(), train);
  }

  /**
   * Takes the text itself.
   *
   * @throws DataException if it is too short for one window
   */
  public static Dataset of(byte[] text, TrainConfig train) throws DataException {
    return of(text, TextOrigins.ofOne("text"), train);
  }

  static Dataset of(byte[] text, TextOrigins origins, TrainConfig train) throws DataException {
    if (text.length <= train.sequenceLength()) {
      throw new DataException(
          "the data has %d bytes, but one window needs sequenceLength + 1 = %d: add text to data.sources or shorten train.sequenceLength"
              .formatted(text.length, train.sequenceLength() + 1));
    }
    return new Dataset(text.clone(), origins, train);
  }

  /** The same text, in the order of another seed. */
  @Override
  public Dataset with(TrainConfig other) {
    if (other.sequenceLength() != train.sequenceLength()) {
      throw new IllegalArgumentException(
          "windows of %d tokens, not %d".formatted(train.sequenceLength(), other.sequenceLength()));
    }
    return new Dataset(bytes, origins, other);
  }

  @Override
  public Tokenizer tokenizer() {
    return BYTES;
  }

  /** The length of the text. */
  @Override
  public long bytes() {
    return bytes.length;
  }

  /** The number of windows. */
  @Override
  public long samples() {
    return samples;
  }

  /**
   * Reads one window.
   *
   * @param index below {@link #samples}
   * @param tokens filled; of length sequenceLength + 1
   */
  public void sample(long index, int[] tokens) {
    checkWindow(index);
    if (tokens.length != train.sequenceLength() + 1) {
      throw new IllegalArgumentException(
          "a window has " + (train.sequenceLength() + 1) + " tokens, not " + tokens.length);
    }
    int from = Math.toIntExact(index * train.sequenceLength());
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = bytes[from + i] & BYTE;
    }
  }

  /**
   * Reads one window as the model does: each token, and the one that follows it.
   *
   * @param index below {@link #samples}
   * @param into of the sequence length
   */
  @Override
  public void sample(long index, Sample into) {
    int[] window = new int[train.sequenceLength() + 1];
    sample(index, window);
    System.arraycopy(window, 0, into.tokens(), 0, into.tokens().length);
    System.arraycopy(window, 1, into.targets(), 0, into.targets().length);
  }

  @Override
  public long indexOf(long step, int microbatch, int row) {
    return VisitingOrder.windowOf(train, samples, step, microbatch, row);
  }

  private void checkWindow(long index) {
    if (index < 0 || index >= samples) {
      throw new IndexOutOfBoundsException("window " + index + " of " + samples);
    }
  }

  private static void check(String what, int value, int limit) {
    if (value < 0 || value >= limit) {
      throw new IndexOutOfBoundsException(what + " " + value + " of " + limit);
    }
  }

  @Override
  public int vocabulary() {
    return VOCABULARY;
  }

  @Override
  public TokenOrigin origin(long index, int token) {
    checkWindow(index);
    check("token", token, train.sequenceLength());
    return origins.at(Math.toIntExact(index * train.sequenceLength()) + token);
  }

  /** SHA-256 of all the bytes, in lower-case hexadecimal: on what a run trained. */
  @Override
  public String digest() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
