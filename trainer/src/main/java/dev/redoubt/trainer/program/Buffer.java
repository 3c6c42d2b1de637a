package dev.redoubt.trainer.program;

/**
 * A value's place in the workspace.
 *
 * @param name of the value
 * @param offset in bytes from the workspace's start, aligned to a cache line
 * @param bytes whole cache lines
 * @param from index of the first operation that uses it, in the order of the schedule
 * @param to index of the last one
 */
public record Buffer(String name, long offset, long bytes, int from, int to) {

  long end() {
    return offset + bytes;
  }
}
