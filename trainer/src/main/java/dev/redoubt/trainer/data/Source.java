package dev.redoubt.trainer.data;

/**
 * Where text comes from.
 *
 * @param name for people and reports
 * @param from {@value #JDK_SOURCES} for the sources of the running JDK, or a file or folder
 * @param bytesMax how much of it is read at most
 */
public record Source(String name, String from, long bytesMax) {

  /** Stands for {@code lib/src.zip} of the running JDK. */
  public static final String JDK_SOURCES = "jdk-sources";

  /** As much as a short run needs, and quick to open. */
  public static final long BYTES_MAX = 4L << 20;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public Source {
    if (from.isBlank()) {
      throw new IllegalArgumentException(
          "source '" + name + "': from must be " + JDK_SOURCES + ", a file or a folder");
    }
    if (bytesMax <= 0) {
      throw new IllegalArgumentException(
          "source '" + name + "': bytesMax must be positive, not " + bytesMax);
    }
  }

  /** A source of at most {@link #BYTES_MAX} bytes. */
  public static Source of(String name, String from) {
    return new Source(name, from, BYTES_MAX);
  }
}
