package dev.redoubt.node;

import dev.redoubt.core.Note;
import org.jspecify.annotations.Nullable;

/**
 * Whose word counts. Several members may believe that they are the controller, one of them wrongly.
 * A controller that has a majority behind it says so, in an epoch above all before it; from then on
 * the older one is deposed.
 */
final class Acting {

  private @Nullable String name;
  private long epoch = Long.MIN_VALUE;
  private int reigns;

  /** Whether a note counts that {@code node} wrote. */
  boolean counts(String node, Note note) {
    if (node.equals(name)) {
      epoch = Math.max(epoch, note.epoch());
      return true;
    }
    if (note instanceof Note.Waiting || note instanceof Note.Refused) {
      // Said before anybody stands behind it: it counts where there is no other, and proves
      // nothing.
      return name == null;
    }
    if (note.epoch() <= epoch) {
      return false;
    }
    name = node;
    epoch = note.epoch();
    reigns++;
    return true;
  }

  /** It has ended: whoever speaks next is the controller. Its epochs are over all the same. */
  void gone(String node) {
    if (node.equals(name)) {
      name = null;
    }
  }

  /** Whether there is nobody whose word counts. */
  boolean isNobody() {
    return name == null;
  }

  /** How often somebody has begun to lead. */
  int reigns() {
    return reigns;
  }

  /** Whether nobody has more right to speak as the controller. */
  boolean isActing(String node) {
    return name == null || node.equals(name);
  }
}
