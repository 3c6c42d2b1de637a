package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** One place in the ring. Guarded by the lock of its store. */
final class Slot {

  enum State {
    /** Nothing of worth; readers of a discarded version may still be in it. */
    FREE,
    /** Being written; nobody else may read it. */
    OPEN,
    /** Readable. */
    SEALED
  }

  final Guard guard;
  final MemorySegment bytes;
  State state = State.FREE;
  long version = -1;
  int readers;
  @Nullable BlockDigests digests;

  Slot(Guard guard) {
    this.guard = guard;
    this.bytes = guard.bytes();
  }

  boolean holds(long wanted) {
    return state != State.FREE && version == wanted;
  }

  void open(long next) {
    state = State.OPEN;
    version = next;
    digests = null;
  }

  void free() {
    guard.revoke();
    state = State.FREE;
    version = -1;
    digests = null;
  }

  StoredVersion stored() {
    return new StoredVersion(version, bytes.asReadOnly(), digests);
  }
}
