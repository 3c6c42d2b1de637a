package dev.redoubt.node.process;

import org.jspecify.annotations.Nullable;

/**
 * By how much another process's {@link System#nanoTime()} is ahead of ours, measured by asking: the
 * answer was read between the question and its arrival here, so half of that time is the error at
 * most. On Linux both are the same clock and the offset is 0 within the error; by contract they may
 * differ.
 *
 * @param nanos to subtract from the other's times
 * @param errorNanos at most
 */
record Offset(long nanos, long errorNanos) {

  /** Out of an answer that says {@code theirs}, and the better of it and the one before. */
  static Offset of(long asked, long theirs, long answered, @Nullable Offset before) {
    long error = (answered - asked + 1) / 2;
    Offset now = new Offset(theirs - (asked + error), error);
    return before != null && before.errorNanos <= error ? before : now;
  }

  /** The same moment on our clock. */
  long ours(long theirs) {
    return theirs - nanos;
  }
}
