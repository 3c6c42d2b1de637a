package dev.redoubt.cli.bench;

/**
 * Something to be measured.
 *
 * @param name for people
 * @param amount of work in one call of {@code body}: floating-point operations, or bytes
 * @param body a call of it takes microseconds to milliseconds
 */
record Work(String name, double amount, Runnable body) {

  Work {
    if (!(amount > 0)) {
      throw new IllegalArgumentException(name + " does no work: " + amount);
    }
  }
}
