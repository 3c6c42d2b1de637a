package dev.redoubt.cli.page;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Writes HTML, element by element. Every text and every value of an attribute is escaped here, so
 * that nobody else has to think of it; what is not text comes out of resources of this package.
 */
final class Html {

  private static final Set<String> VOID = Set.of("meta", "br");

  private final StringBuilder page = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Opens an element.
   *
   * @param attributes names and values in turn; one with an empty value is left out
   */
  Html open(String tag, String... attributes) {
    if (attributes.length % 2 != 0) {
      throw new IllegalArgumentException("a value is missing among the attributes of " + tag);
    }
    page.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      if (!attributes[i + 1].isEmpty()) {
        page.append(' ').append(attributes[i]).append("=\"");
        page.append(escaped(attributes[i + 1])).append('"');
      }
    }
    page.append('>');
    if (!VOID.contains(tag)) {
      open.push(tag);
    }
    return this;
  }

  /** Closes the element that was opened last. */
  Html close() {
    page.append("</").append(open.pop()).append('>');
    return this;
  }

  /** Closes it, and ends the line. */
  Html closeLine() {
    return close().newLine();
  }

  Html newLine() {
    page.append('\n');
    return this;
  }

  Html text(String text) {
    page.append(escaped(text));
    return this;
  }

  /** An element with nothing but text in it. */
  Html leaf(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close();
  }

  /** Style sheets, scripts and JSON, which have rules of their own. */
  Html trusted(String text) {
    page.append(text);
    return this;
  }

  /** Control characters are in no HTML; who writes them may want to hide something. */
  static String escaped(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        case '\'' -> safe.append("&#39;");
        default -> safe.append(isControl(c) ? '\uFFFD' : c);
      }
    }
    return safe.toString();
  }

  private static boolean isControl(char c) {
    return (c < ' ' && c != '\n' && c != '\t') || (c >= 0x7F && c <= 0x9F);
  }

  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException(open + " was not closed");
    }
    return page.toString();
  }
}
