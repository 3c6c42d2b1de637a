package dev.redoubt.store;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The {@link Protection} of one slot's memory. Guarded by the lock of its store. */
final class Guard {

  private static final long ALIGNMENT_BYTES = 64;

  private final Protection protection;
  private final MemorySegment bytes;
  private @Nullable Arena writer;
  private @Nullable MemorySegment writable;
  private boolean readOnlyPages;

  private Guard(Protection protection, MemorySegment bytes) {
    this.protection = protection;
    this.bytes = bytes;
  }

  /** Memory of the store's arena, of which the slot has the first bytes; nobody has the rest. */
  static Guard allocate(Protection protection, Arena arena, long shardBytes) {
    if (protection != Protection.PAGES) {
      return new Guard(protection, arena.allocate(shardBytes, ALIGNMENT_BYTES));
    }
    MemorySegment pages = arena.allocate(Pages.roundUp(shardBytes), Pages.bytes());
    return new Guard(protection, pages.asSlice(0, shardBytes));
  }

  MemorySegment bytes() {
    return bytes;
  }

  /** What a writer gets; the same segment until the next {@link #seal} or {@link #revoke}. */
  @SuppressWarnings("restricted")
  MemorySegment open() {
    unlock();
    if (protection == Protection.VIEWS) {
      return bytes;
    }
    MemorySegment given = writable;
    if (given == null) {
      writer = Arena.ofShared();
      given = bytes.reinterpret(writer, null);
      writable = given;
    }
    return given;
  }

  /** From now on nobody writes. */
  void seal() {
    revoke();
    if (protection == Protection.PAGES && !readOnlyPages) {
      Pages.protect(bytes, false);
      readOnlyPages = true;
    }
  }

  /** Closes what {@link #open} gave. */
  void revoke() {
    if (writer != null) {
      writer.close();
      writer = null;
      writable = null;
    }
  }

  /** Makes all pages writable, for the store itself. */
  void unlock() {
    if (readOnlyPages) {
      Pages.protect(bytes, true);
      readOnlyPages = false;
    }
  }

  /** Writes a part of sealed memory, and leaves everything as protected as it was. */
  void write(MemorySegment source, long offset) {
    MemorySegment part = bytes.asSlice(offset, source.byteSize());
    if (!readOnlyPages) {
      part.copyFrom(source);
      return;
    }
    Pages.protect(part, true);
    try {
      part.copyFrom(source);
    } finally {
      Pages.protect(part, false);
    }
  }
}
