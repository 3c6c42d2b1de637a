package dev.redoubt.trainer.data.corpus;

import java.util.Locale;

/** What can remove a document, in the order in which they look. */
public enum Filter {
  /** Links, files that cannot be opened, damaged or huge archives. */
  UNREADABLE,
  /** Binary files and bytes that are no UTF-8. */
  ENCODING,
  /** Too short, or lines too long. */
  LENGTH,
  /** What is no text: symbols, tables, generated files. */
  SYMBOLS,
  /** The same lines or words again and again. */
  REPETITION,
  /** Another language than the source says. */
  LANGUAGE,
  /** The classifier finds it no better than noise. */
  QUALITY,
  /** Secrets, and words on the blocklist. */
  BLOCKLIST,
  /** The classifier finds it harmful. */
  SAFETY,
  /** The same text as an earlier document. */
  DUPLICATE;

  /** As in reports. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
