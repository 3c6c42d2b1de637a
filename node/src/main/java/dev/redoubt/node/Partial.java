package dev.redoubt.node;

import dev.redoubt.store.Payload;
import dev.redoubt.trainer.Trainer;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sum of the gradients over a node of the microbatch tree: a worker's own in one buffer, or
 * another's in the parts in which it came. What came stays where the fabric has put it: it was
 * verified there, and is read once more only, when the tree is finished.
 *
 * @param parts in the order of their offsets; together all of it
 * @param loss the sum of the losses
 */
record Partial(List<Part> parts, double loss) {

  /** So much is added at a time: what was just copied is in the cache still. */
  private static final long PIECE_BYTES = 1 << 18;

  /**
   * A part of a sum.
   *
   * @param offset where it begins in the sum, in bytes
   * @param arrived what it came in; null for a buffer of this worker
   */
  record Part(long offset, MemorySegment bytes, @Nullable Payload arrived) {

    static Part of(long offset, Payload arrived) {
      return new Part(offset, arrived.bytes(), arrived);
    }

    long end() {
      return offset + bytes.byteSize();
    }

    /** The bytes of it from {@code start} up to {@code end} of the sum. */
    private MemorySegment within(long start, long end) {
      return bytes.asSlice(start - offset, end - start);
    }

    void giveBack(Buffers buffers) {
      if (arrived == null) {
        buffers.give(bytes);
      } else {
        arrived.giveBack();
      }
    }
  }

  /** Takes over the list. */
  Partial {
    parts = List.copyOf(parts);
  }

  /** A sum in one buffer of this worker. */
  Partial(MemorySegment gradient, double loss) {
    this(List.of(new Part(0, gradient, null)), loss);
  }

  boolean isInOnePart() {
    return parts.size() == 1;
  }

  /**
   * All of it.
   *
   * @throws IllegalStateException if it is in several parts
   */
  MemorySegment gradient() {
    if (!isInOnePart()) {
      throw new IllegalStateException("this sum is in " + parts.size() + " parts");
    }
    return parts.getFirst().bytes();
  }

  void copyTo(MemorySegment into) {
    copyTo(into, 0, into.byteSize());
  }

  private void copyTo(MemorySegment into, long from, long to) {
    for (Part part : parts) {
      long start = Math.max(from, part.offset());
      long end = Math.min(to, part.end());
      if (start < end) {
        into.asSlice(start, end - start).copyFrom(part.within(start, end));
      }
    }
  }

  /** {@code into = into + this}. */
  void addTo(MemorySegment into) {
    addTo(into, 0, into.byteSize());
  }

  private void addTo(MemorySegment into, long from, long to) {
    for (Part part : parts) {
      long start = Math.max(from, part.offset());
      long end = Math.min(to, part.end());
      if (start < end) {
        Trainer.add(into.asSlice(start, end - start), part.within(start, end));
      }
    }
  }

  /** {@code into = this + other}: one node of the tree. */
  void plus(Partial other, MemorySegment into) {
    long all = into.byteSize();
    for (long at = 0; at < all; at += PIECE_BYTES) {
      long end = Math.min(all, at + PIECE_BYTES);
      copyTo(into, at, end);
      other.addTo(into, at, end);
    }
  }

  /** Nobody reads it any more. */
  void giveBack(Buffers buffers) {
    parts.forEach(part -> part.giveBack(buffers));
  }
}
