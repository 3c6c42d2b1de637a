package dev.redoubt.trainer.data;

import dev.redoubt.trainer.TrainConfig;
import java.io.ByteArrayOutputStream;

/**
 * A text in two parts: what is trained on, and what the model never sees, by which it is judged.
 *
 * <p>One piece in twenty, spread over the whole text, is held out: the end of a text alone would be
 * of another kind, such as the last modules of the JDK. A pure function of the text.
 *
 * @param training nineteen pieces of twenty
 * @param heldOut the others
 */
public record HeldOut(Samples training, Samples heldOut) {

  private static final int EVERY = 20;
  private static final int PIECE_BYTES = 1 << 16;

  /**
   * Reads the sources and divides them.
   *
   * @throws DataException if one cannot be read or there is too little text for both parts
   */
  public static HeldOut open(DataConfig data, TrainConfig train) throws DataException {
    Text.Content text = Text.read(data);
    return of(text.bytes(), text.origins(), train);
  }

  /**
   * Divides a text.
   *
   * @throws DataException if it is too short
   */
  public static HeldOut of(byte[] text, TrainConfig train) throws DataException {
    return of(text, TextOrigins.ofOne("text"), train);
  }

  private static HeldOut of(byte[] text, TextOrigins origins, TrainConfig train)
      throws DataException {
    int window = train.sequenceLength() + 1;
    if (text.length / EVERY < window) {
      throw new DataException(
          "the data has %d bytes, but to hold out a twentieth of it %d are needed, for one window of sequenceLength + 1 = %d: add text to data.sources or shorten train.sequenceLength"
              .formatted(text.length, (long) window * EVERY, window));
    }
    int pieces = EVERY * Math.max(1, text.length / (EVERY * PIECE_BYTES));
    Part training = new Part(text.length);
    Part heldOut = new Part(text.length / EVERY + 1);
    for (int piece = 0; piece < pieces; piece++) {
      int from = border(text, piece, pieces);
      int to = border(text, piece + 1, pieces);
      (piece % EVERY == EVERY - 1 ? heldOut : training).add(text, origins, from, to);
    }
    return new HeldOut(training.dataset(train), heldOut.dataset(train));
  }

  /** One of the two parts, while it grows. */
  private static final class Part {

    private final ByteArrayOutputStream bytes;
    private final TextOrigins origins = new TextOrigins();

    Part(int size) {
      bytes = new ByteArrayOutputStream(size);
    }

    void add(byte[] text, TextOrigins from, int begin, int end) {
      origins.append(bytes.size(), from, begin, end);
      bytes.write(text, begin, end - begin);
    }

    Dataset dataset(TrainConfig train) throws DataException {
      return Dataset.of(bytes.toByteArray(), origins, train);
    }
  }

  private static int border(byte[] text, int piece, int pieces) {
    return (int) ((long) text.length * piece / pieces);
  }
}
