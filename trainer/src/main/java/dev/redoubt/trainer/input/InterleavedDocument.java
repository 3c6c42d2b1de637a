package dev.redoubt.trainer.input;

import java.util.List;

/**
 * Segments in the order in which they are read.
 *
 * @param source the data source it belongs to
 * @param name its path within the source, with slashes
 * @param segments perhaps none
 */
public record InterleavedDocument(String source, String name, List<Segment> segments) {

  /** Copies the list. */
  public InterleavedDocument {
    segments = List.copyOf(segments);
  }
}
