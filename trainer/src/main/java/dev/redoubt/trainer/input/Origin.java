package dev.redoubt.trainer.input;

/**
 * Where one row came from.
 *
 * @param source the data source
 * @param document its path within the source
 * @param line of the document on which the segment begins
 * @param segment of the document, from 0
 * @param kind of the segment
 * @param file that holds the segment; empty for text, which the document holds itself
 * @param place in the segment
 */
public record Origin(
    String source,
    String document,
    int line,
    int segment,
    Segment.Kind kind,
    String file,
    Place place) {}
