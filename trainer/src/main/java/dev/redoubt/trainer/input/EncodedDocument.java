package dev.redoubt.trainer.input;

import dev.redoubt.trainer.data.Sample;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A document as rows: a token each, or a patch, or a frame of sound. Immutable.
 *
 * <p>Features are off-heap and hold nothing but the columns of their kind; where rows came from is
 * held for each segment, not for each row.
 */
public final class EncodedDocument {

  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String source;
  private final String name;
  private final RowShape shape;
  private final int[] tokens;
  private final List<RowSpan> spans;
  private final MemorySegment features;

  /** Takes the arrays; the caller must not write to them again. */
  EncodedDocument(
      String source,
      String name,
      RowShape shape,
      int[] tokens,
      List<RowSpan> spans,
      MemorySegment features) {
    this.source = source;
    this.name = name;
    this.shape = shape;
    this.tokens = tokens;
    this.spans = List.copyOf(spans);
    this.features = features.asReadOnly();
  }

  /** The data source it belongs to. */
  public String source() {
    return source;
  }

  /** Its path within the source. */
  public String name() {
    return name;
  }

  /** How its features are cut. */
  public RowShape shape() {
    return shape;
  }

  /** How many rows. */
  public int rows() {
    return tokens.length;
  }

  /** The token of a row, or {@link Sample#NONE}. */
  public int token(int row) {
    return tokens[row];
  }

  /** Bytes that its features take. */
  public long featureBytes() {
    return features.byteSize();
  }

  /** In the order of their rows, none empty. */
  List<RowSpan> spans() {
    return spans;
  }

  /** The array itself, to be read only. */
  int[] tokens() {
    return tokens;
  }

  /** Little-endian floats. */
  MemorySegment features() {
    return features;
  }
}
