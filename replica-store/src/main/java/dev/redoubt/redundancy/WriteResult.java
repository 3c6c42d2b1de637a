package dev.redoubt.redundancy;

import java.nio.file.Path;

/** How the writing of a checkpoint ended. */
public sealed interface WriteResult {

  /** The version that was to be written. */
  long version();

  /**
   * The file is on the disk, under its name, for good.
   *
   * @param bytes of the file
   */
  record Written(long version, Path file, long bytes) implements WriteResult {}

  /**
   * It is not sure that there is such a file; if there is one it is whole. Those written before are
   * as they were.
   *
   * @param reason what failed, and what it would have taken
   */
  record NotWritten(long version, String reason) implements WriteResult {}
}
