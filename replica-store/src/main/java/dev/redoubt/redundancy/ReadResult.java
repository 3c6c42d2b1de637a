package dev.redoubt.redundancy;

import dev.redoubt.digest.BlockDigests;
import java.nio.file.Path;
import java.util.List;

/** How the reading of a checkpoint ended. */
public sealed interface ReadResult {

  /** Files that were tried and not trusted, in the order in which they were tried. */
  List<Refused> refused();

  /**
   * A file that is not what was asked for.
   *
   * @param reason what is wrong with it, and what was expected
   */
  record Refused(Path file, String reason) {}

  /** The memory has the version, verified block by block and as a whole. */
  record Restored(long version, BlockDigests digests, List<Refused> refused) implements ReadResult {
    public Restored {
      refused = List.copyOf(refused);
    }
  }

  /** No file could be trusted, or there is none. What the memory holds is of no use. */
  record Nothing(List<Refused> refused) implements ReadResult {
    public Nothing {
      refused = List.copyOf(refused);
    }
  }
}
