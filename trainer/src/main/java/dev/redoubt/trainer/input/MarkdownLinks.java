package dev.redoubt.trainer.input;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the image links {@code ![alt](target)} of a Markdown text, after the rules of CommonMark,
 * as far as they matter here: backslashes, inline code and fenced code hide a link; a target may
 * stand in angle brackets, have balanced parentheses, percent signs and a title behind it.
 *
 * <p>A link stands on one line. Links by reference ({@code ![alt][name]}), indented code and HTML
 * are taken as text.
 */
final class MarkdownLinks {

  /**
   * One link.
   *
   * @param from its first character in the text
   * @param to behind its last
   * @param line from 1
   */
  record Link(int from, int to, int line, String alt, String target) {}

  private static final int NOWHERE = -1;
  private static final int FENCE = 3;
  private static final String ESCAPABLE = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

  private final String text;
  private final List<Link> links = new ArrayList<>();
  private String fence = "";
  private int line;
  private int at;
  private int end;

  private MarkdownLinks(String text) {
    this.text = text;
  }

  /** All links in their order. */
  static List<Link> in(String text) {
    return new MarkdownLinks(text).all();
  }

  private List<Link> all() {
    int from = 0;
    while (from < text.length()) {
      int newline = text.indexOf('\n', from);
      end = newline < 0 ? text.length() : newline;
      line++;
      at = from;
      if (!fenced()) {
        scan();
      }
      from = end + 1;
    }
    return links;
  }

  /** Whether the line is part of fenced code. */
  private boolean fenced() {
    int start = at;
    while (start < end && start - at < FENCE && text.charAt(start) == ' ') {
      start++;
    }
    char mark = start < end ? text.charAt(start) : ' ';
    int length = mark == '`' || mark == '~' ? run(start) : 0;
    String rest = text.substring(start + length, end);
    if (fence.isEmpty()) {
      boolean opens = length >= FENCE && (mark == '~' || rest.indexOf('`') < 0);
      fence = opens ? text.substring(start, start + length) : "";
      return opens;
    }
    if (length >= fence.length() && mark == fence.charAt(0) && rest.isBlank()) {
      fence = "";
    }
    return true;
  }

  /** How many times a character stands there. */
  private int run(int start) {
    int to = start;
    while (to < end && text.charAt(to) == text.charAt(start)) {
      to++;
    }
    return to - start;
  }

  private void scan() {
    while (at < end) {
      switch (text.charAt(at)) {
        case '\\' -> at += 2;
        case '`' -> code();
        case '!' -> link();
        default -> at++;
      }
    }
  }

  /** Goes behind inline code, or behind the backticks if nothing closes it. */
  private void code() {
    int length = run(at);
    at += length;
    for (int close = at; close < end; close++) {
      if (text.charAt(close) == '`') {
        int found = run(close);
        if (found == length) {
          at = close + found;
          return;
        }
        close += found - 1;
      }
    }
  }

  private void link() {
    int from = at;
    at++;
    if (at >= end || text.charAt(at) != '[') {
      return;
    }
    int closed = closing(at, '[', ']');
    if (closed == NOWHERE || closed + 1 >= end || text.charAt(closed + 1) != '(') {
      return;
    }
    String alt = text.substring(at + 1, closed);
    int target = blanks(closed + 2);
    boolean angle = target < end && text.charAt(target) == '<';
    int targetEnd = angle ? text.indexOf('>', target) : bare(target);
    int close = targetEnd < 0 ? NOWHERE : behindTitle(angle ? targetEnd + 1 : targetEnd);
    if (close == NOWHERE || close >= end) {
      return;
    }
    String written = text.substring(angle ? target + 1 : target, targetEnd);
    links.add(new Link(from, close + 1, line, alt, decoded(written)));
    at = close + 1;
  }

  /** The bracket that closes the one at {@code open}, or nowhere on this line. */
  private int closing(int open, char opening, char closing) {
    int depth = 0;
    for (int i = open; i < end; i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == opening) {
        depth++;
      } else if (c == closing && --depth == 0) {
        return i;
      }
    }
    return NOWHERE;
  }

  private int blanks(int from) {
    int i = from;
    while (i < end && (text.charAt(i) == ' ' || text.charAt(i) == '\t')) {
      i++;
    }
    return i;
  }

  /**
   * The end of a target without angle brackets: a blank, or the parenthesis that is not its own.
   */
  private int bare(int from) {
    int depth = 0;
    for (int i = from; i < end; i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '(') {
        depth++;
      } else if (c == ' ' || c == '\t' || (c == ')' && depth-- == 0)) {
        return i;
      }
    }
    return NOWHERE;
  }

  /** The closing parenthesis, perhaps behind a title. */
  private int behindTitle(int from) {
    int i = blanks(from);
    if (i < end && i > from && (text.charAt(i) == '"' || text.charAt(i) == '\'')) {
      int quote = text.indexOf(text.charAt(i), i + 1);
      i = quote < 0 ? end : blanks(quote + 1);
    }
    return i < end && text.charAt(i) == ')' ? i : NOWHERE;
  }

  /** Without backslashes and percent signs. */
  private static String decoded(String written) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int i = 0;
    while (i < written.length()) {
      int code = written.charAt(i) == '%' ? hexadecimal(written, i + 1) : NOWHERE;
      if (code != NOWHERE) {
        bytes.write(code);
        i += 3;
        continue;
      }
      if (written.charAt(i) == '\\'
          && i + 1 < written.length()
          && ESCAPABLE.indexOf(written.charAt(i + 1)) >= 0) {
        i++;
      }
      int next = written.offsetByCodePoints(i, 1);
      bytes.writeBytes(written.substring(i, next).getBytes(StandardCharsets.UTF_8));
      i = next;
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static int hexadecimal(String text, int from) {
    if (from + 2 > text.length()) {
      return NOWHERE;
    }
    int high = Character.digit(text.charAt(from), 16);
    int low = Character.digit(text.charAt(from + 1), 16);
    return high < 0 || low < 0 ? NOWHERE : high * 16 + low;
  }
}
