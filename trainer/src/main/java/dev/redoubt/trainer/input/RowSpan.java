package dev.redoubt.trainer.input;

/**
 * The rows of one segment, which follow each other.
 *
 * @param index of the segment in its document, from 0
 * @param line of the document on which the segment begins
 * @param file that holds the segment; empty for text, which the document holds itself
 * @param alt what the document says of it; empty for text
 * @param firstRow in the document
 * @param rows how many
 * @param firstFloat of its features among those of the document
 */
record RowSpan(
    Segment.Kind kind,
    int index,
    int line,
    String file,
    String alt,
    int firstRow,
    int rows,
    long firstFloat,
    Places places) {}
