package dev.redoubt.node.process;

import java.util.ArrayList;
import java.util.List;

/**
 * Uses up the heap of this JVM, by allocating until nothing is left. The launcher's JVMs end at the
 * first allocation that fails, whichever thread asked for it ({@code -XX:+ExitOnOutOfMemoryError}).
 */
final class Exhaustion {

  /** Of a JVM that ends so. */
  static final int EXIT_CODE = 3;

  /** Small enough that next to nothing is left over. */
  private static final int CHUNK_BYTES = 64 << 10;

  private static final List<byte[]> HELD = new ArrayList<>();

  private Exhaustion() {}

  static void begin() {
    Thread.ofPlatform().daemon().name("exhaustion").start(Exhaustion::fill);
  }

  private static void fill() {
    while (true) {
      HELD.add(new byte[CHUNK_BYTES]);
    }
  }
}
