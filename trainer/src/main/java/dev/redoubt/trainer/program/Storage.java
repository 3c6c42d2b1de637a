package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Base;

/** A piece of memory that one value after another may use; where it stands is planned later. */
final class Storage {

  private final String name;
  private final boolean planned;
  private final Base base;

  /**
   * Room for so many floats.
   *
   * @param planned whether it is in the workspace; parameters and gradients are the caller's
   */
  Storage(String name, boolean planned, Base base) {
    this.name = name;
    this.planned = planned;
    this.base = base;
  }

  static Storage workspace(String name, long floats) {
    return new Storage(name, true, new Base(floats));
  }

  String name() {
    return name;
  }

  boolean planned() {
    return planned;
  }

  Base base() {
    return base;
  }

  long bytes() {
    return base.floats() * Float.BYTES;
  }
}
