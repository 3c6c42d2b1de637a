package dev.redoubt.trainer.data.corpus;

/** What came of opening a file of a source. */
sealed interface Read {

  /** Its path within the source. */
  String name();

  /** Bytes of it that were read. */
  long bytes();

  /** A text. */
  record Text(String name, long bytes, String text) implements Read {}

  /** Nothing to train on; {@code reason} says why. */
  record Failed(String name, long bytes, Filter filter, String reason) implements Read {}
}
