package dev.redoubt.trainer.input;

import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.kernel.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Documents one after the other, cut into windows as a text is: of as many rows as a sequence has,
 * and one to look ahead, by which windows overlap. So every row but the first is a target once, if
 * it is a token; patches and frames are never targets, but the token behind them is.
 *
 * <p>Immutable; may be shared by threads.
 */
public final class InterleavedCorpus {

  private final List<EncodedDocument> documents;
  private final List<RowSpan> spans;
  private final int[] documentOf;
  private final long[] firstRows;
  private final RowShape shape;
  private final int sequenceLength;
  private final long rows;
  private final MemorySegment zeros;

  private InterleavedCorpus(List<EncodedDocument> documents, RowShape shape, int sequenceLength) {
    this.documents = documents;
    this.shape = shape;
    this.sequenceLength = sequenceLength;
    List<RowSpan> all = new ArrayList<>();
    documents.forEach(document -> all.addAll(document.spans()));
    spans = List.copyOf(all);
    documentOf = new int[spans.size()];
    firstRows = new long[spans.size()];
    rows = index();
    zeros = Arena.ofAuto().allocate((long) shape.columns() * Float.BYTES, Float.BYTES).asReadOnly();
  }

  /**
   * Puts documents together.
   *
   * @param documents in their order, encoded alike; those without rows do not matter
   * @throws InputException if they have too few rows for one window
   */
  public static InterleavedCorpus of(List<EncodedDocument> documents, int sequenceLength)
      throws InputException {
    if (sequenceLength < 1) {
      throw new IllegalArgumentException("sequenceLength must be positive, not " + sequenceLength);
    }
    List<EncodedDocument> kept = documents.stream().filter(one -> one.rows() > 0).toList();
    long rows = kept.stream().mapToLong(EncodedDocument::rows).sum();
    if (rows <= sequenceLength) {
      throw new InputException(
          documents.isEmpty() ? "interleaved data" : documents.getFirst().source(),
          "%d documents have %d rows, but one window needs sequenceLength + 1 = %d"
              .formatted(documents.size(), rows, sequenceLength + 1));
    }
    RowShape shape = kept.getFirst().shape();
    for (EncodedDocument document : kept) {
      if (!document.shape().equals(shape)) {
        throw new IllegalArgumentException(
            document.name() + " has rows of " + document.shape() + ", others of " + shape);
      }
    }
    return new InterleavedCorpus(kept, shape, sequenceLength);
  }

  private long index() {
    long first = 0;
    int span = 0;
    for (int d = 0; d < documents.size(); d++) {
      for (RowSpan one : documents.get(d).spans()) {
        documentOf[span] = d;
        firstRows[span++] = first + one.firstRow();
      }
      first += documents.get(d).rows();
    }
    return first;
  }

  /** How many rows all documents have. */
  public long rows() {
    return rows;
  }

  /** How many windows there are. */
  public long windows() {
    return (rows - 1) / sequenceLength;
  }

  /** How features are cut. */
  public RowShape shape() {
    return shape;
  }

  /** Rows in a window, without the one to look ahead. */
  public int sequenceLength() {
    return sequenceLength;
  }

  /**
   * Reads one window. Allocates nothing.
   *
   * @param window below {@link #windows}
   * @param into of the sequence length; with features of {@link RowShape#columns} columns, or
   *     without any if there are none in the corpus
   */
  public void fill(long window, Sample into) {
    check(window, into);
    long first = window * sequenceLength;
    long end = first + sequenceLength;
    long row = first;
    for (int span = spanOf(first); row < end; span++) {
      RowSpan one = spans.get(span);
      int from = (int) (row - firstRows[span]);
      int count = (int) Math.min(one.rows() - from, end - row);
      copy(span, from, count, into, (int) (row - first));
      row += count;
    }
    System.arraycopy(into.tokens(), 1, into.targets(), 0, sequenceLength - 1);
    into.targets()[sequenceLength - 1] = token(end);
  }

  private void check(long window, Sample into) {
    if (window < 0 || window >= windows()) {
      throw new IndexOutOfBoundsException("window " + window + " of " + windows());
    }
    if (into.tokens().length != sequenceLength) {
      throw new IllegalArgumentException(
          "a window has %d rows, not %d".formatted(sequenceLength, into.tokens().length));
    }
    Matrix features = into.features();
    int columns = features == null ? 0 : features.columns();
    if (columns != shape.columns()) {
      throw new IllegalArgumentException(
          "rows have features of %d columns, not %d".formatted(shape.columns(), columns));
    }
  }

  private void copy(int span, int from, int count, Sample into, int at) {
    RowSpan one = spans.get(span);
    EncodedDocument document = documents.get(documentOf[span]);
    System.arraycopy(document.tokens(), one.firstRow() + from, into.tokens(), at, count);
    Matrix features = into.features();
    if (features == null) {
      return;
    }
    for (int i = 0; i < count; i++) {
      copyFeatures(one, document, from + i, features, at + i);
    }
  }

  private void copyFeatures(
      RowSpan span, EncodedDocument document, int row, Matrix features, int at) {
    int image = shape.imageColumns();
    int audio = shape.audioFrame();
    switch (span.kind()) {
      case TEXT -> features.put(at, 0, zeros, 0, image + audio);
      case IMAGE, VIDEO -> {
        long float0 = span.firstFloat() + (long) row * image;
        features.put(at, 0, document.features(), float0, image);
        features.put(at, image, zeros, 0, audio);
      }
      case AUDIO -> {
        long float0 = span.firstFloat() + (long) row * audio;
        features.put(at, 0, zeros, 0, image);
        features.put(at, image, document.features(), float0, audio);
      }
    }
  }

  private int token(long row) {
    int span = spanOf(row);
    int inDocument = spans.get(span).firstRow() + (int) (row - firstRows[span]);
    return documents.get(documentOf[span]).token(inDocument);
  }

  /** The span that holds a row of the corpus. */
  private int spanOf(long row) {
    int found = Arrays.binarySearch(firstRows, row);
    return found >= 0 ? found : -found - 2;
  }

  /**
   * Where a row of a window came from.
   *
   * @param row below the sequence length
   */
  public Origin origin(long window, int row) {
    if (window < 0 || window >= windows() || row < 0 || row >= sequenceLength) {
      throw new IndexOutOfBoundsException("row %d of window %d".formatted(row, window));
    }
    long at = window * sequenceLength + row;
    int span = spanOf(at);
    RowSpan one = spans.get(span);
    EncodedDocument document = documents.get(documentOf[span]);
    Place place = one.places().at((int) (at - firstRows[span]));
    return new Origin(
        document.source(), document.name(), one.line(), one.index(), one.kind(), one.file(), place);
  }

  /**
   * A table that shows where the rows of a window came from, a line for each segment.
   *
   * @param text what the tokens say
   */
  public String show(long window, TextTokens text) {
    return OriginTable.of(this, window, text);
  }

  /** What a document says of the segment of a row; null if the row is a token. */
  @Nullable String alt(long window, int row) {
    RowSpan span = spans.get(spanOf(window * sequenceLength + row));
    return span.kind() == Segment.Kind.TEXT ? null : span.alt();
  }

  int token(long window, int row) {
    return token(window * sequenceLength + row);
  }

  /**
   * SHA-256 of all rows, tokens and features, in lower-case hexadecimal: on what a run trained.
   * Names and places are no part of it.
   */
  public String digest() {
    RowDigest digest = new RowDigest(shape);
    documents.forEach(digest::add);
    return digest.hexadecimal();
  }
}
