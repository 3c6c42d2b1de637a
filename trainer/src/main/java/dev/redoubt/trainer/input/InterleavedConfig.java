package dev.redoubt.trainer.input;

import dev.redoubt.trainer.data.Source;
import java.util.List;

/**
 * Folders of interleaved documents, and how the rows are cut that a model reads.
 *
 * @param sources at least one; each a folder or a Markdown file. Documents are read until their
 *     rows take {@code bytesMax} of memory; the last is read whole
 * @param shape of pictures' patches and frames of sound
 */
public record InterleavedConfig(List<Source> sources, RowShape shape) {

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if it is empty
   */
  public InterleavedConfig {
    sources = List.copyOf(sources);
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("data.sources must name at least one source");
    }
  }
}
