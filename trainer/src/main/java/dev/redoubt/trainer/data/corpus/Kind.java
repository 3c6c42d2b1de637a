package dev.redoubt.trainer.data.corpus;

import java.util.Locale;

/** What a source consists of; code is judged by other rules than sentences. */
public enum Kind {
  /** Running text. */
  PROSE,
  /** Manual pages, with or without their roff markup. */
  MANUAL,
  /** Programs. */
  CODE;

  /** As in scenario files and reports. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether its documents are sentences of a natural language. */
  boolean isLanguage() {
    return this != CODE;
  }
}
