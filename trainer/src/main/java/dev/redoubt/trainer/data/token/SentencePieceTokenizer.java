package dev.redoubt.trainer.data.token;

import ai.djl.sentencepiece.SpProcessor;
import ai.djl.sentencepiece.SpTokenizer;
import dev.redoubt.trainer.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Pieces of words, by a model of SentencePiece (Kudo and Richardson, 2018) with a fallback to
 * bytes, so that every text comes back as it was.
 */
public final class SentencePieceTokenizer implements Tokenizer {

  /** What every model has to give back. */
  private static final String ROUND_TRIP = "a  b\n\tc\r\n\u00E4\u4E2D\uD83D\uDE00\n\n";

  private final SpProcessor processor;
  private final Pieces pieces;
  private final String id;

  private SentencePieceTokenizer(SpProcessor processor, Pieces pieces, String id) {
    this.processor = processor;
    this.pieces = pieces;
    this.id = id;
  }

  /**
   * Opens a model.
   *
   * @param file as spm_train writes it
   * @param vocabulary of the model
   * @throws DataException if it cannot be opened, or does not give every text back
   */
  public static SentencePieceTokenizer open(Path file, int vocabulary) throws DataException {
    if (vocabulary % 4 != 0) {
      throw new DataException(
          "data.tokenizer.vocabulary is " + vocabulary + ", expected a multiple of 4");
    }
    try {
      byte[] model = Files.readAllBytes(file);
      Pieces pieces = Pieces.of(model);
      if (pieces.count() != vocabulary) {
        throw new DataException(
            "data.tokenizer: %s has %d pieces, but data.tokenizer.vocabulary is %d"
                .formatted(file, pieces.count(), vocabulary));
      }
      SpProcessor processor = new SpTokenizer(file).getProcessor();
      SentencePieceTokenizer tokenizer =
          new SentencePieceTokenizer(processor, pieces, "sentencepiece:" + sha256(model));
      tokenizer.check(file);
      return tokenizer;
    } catch (IOException | RuntimeException e) {
      throw new DataException(
          "data.tokenizer: " + file + " is no model of SentencePiece that can be read (" + e + ")",
          e);
    }
  }

  private void check(Path file) throws DataException {
    int[] tokens = encode(ROUND_TRIP);
    if (!decode(tokens).equals(ROUND_TRIP)) {
      throw new DataException(
          "data.tokenizer: "
              + file
              + " does not give text back as it was: train it with byte_fallback, without"
              + " normalisation, dummy prefix and removal of spaces");
    }
  }

  @Override
  public int vocabulary() {
    return pieces.count();
  }

  @Override
  public int[] encode(String text) {
    return processor.encode(text);
  }

  @Override
  public String decode(int[] tokens) {
    return pieces.decode(tokens);
  }

  @Override
  public String id() {
    return id;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
