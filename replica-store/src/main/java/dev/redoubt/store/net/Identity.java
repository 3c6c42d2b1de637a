package dev.redoubt.store.net;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Who an endpoint is.
 *
 * @param incarnation greater than that of whoever had the name before
 */
record Identity(String node, long incarnation) {

  static final int NAME_CHARS_MAX = 64;

  private static final AtomicLong LAST = new AtomicLong();

  /**
   * A new incarnation of {@code node}: the wall clock in microseconds, and never the same twice.
   *
   * @throws IllegalArgumentException if it is no name
   */
  static Identity of(String node) {
    if (!isName(node)) {
      throw new IllegalArgumentException(
          "a node's name has 1 to %d letters, digits, dots, hyphens, underscores or tildes, not '%s'"
              .formatted(NAME_CHARS_MAX, node));
    }
    long now = System.currentTimeMillis() * 1000;
    return new Identity(node, LAST.updateAndGet(last -> Math.max(last + 1, now)));
  }

  static boolean isName(String node) {
    return node.matches("[A-Za-z0-9._~-]{1," + NAME_CHARS_MAX + "}");
  }
}
