package dev.redoubt.node.process;

import org.jspecify.annotations.Nullable;

/**
 * Whose word counts. Several processes may believe that they are the controller, one of them
 * wrongly; a higher epoch is the newer one's, and from its first note on the older one is deposed.
 */
final class Acting {

  private @Nullable String name;
  private long epoch = Long.MIN_VALUE;

  /** Whether a note counts that {@code node} wrote in {@code noteEpoch}. */
  boolean counts(String node, long noteEpoch) {
    if (node.equals(name)) {
      epoch = Math.max(epoch, noteEpoch);
      return true;
    }
    if (noteEpoch <= epoch) {
      return false;
    }
    name = node;
    epoch = noteEpoch;
    return true;
  }

  /** It has ended: whoever speaks next is the controller. */
  void gone(String node) {
    if (node.equals(name)) {
      name = null;
      epoch = Long.MIN_VALUE;
    }
  }

  /** Whether nobody has more right to speak as the controller. */
  boolean isActing(String node) {
    return name == null || node.equals(name);
  }
}
