package dev.redoubt.trainer.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Where windows stand in memory, which may be told later and told anew: a program is compiled over
 * bases and runs on the parameters of one version, then on those of the next, without new windows.
 *
 * <p>Windows check their bounds against its size when they are made, and {@link #bind} accepts no
 * segment that is smaller, so a window never reaches beyond its segment. Not thread-safe.
 */
public final class Base {

  private static final long FLOAT = Float.BYTES;

  private final long floats;
  private @Nullable MemorySegment segment;
  private long address;

  /** Room for so many floats, not bound yet. */
  public Base(long floats) {
    if (floats < 0) {
      throw new IllegalArgumentException("a base of " + floats + " floats");
    }
    this.floats = floats;
  }

  static Base of(MemorySegment segment) {
    Base base = new Base(segment.byteSize() / FLOAT);
    base.bind(segment);
    return base;
  }

  /**
   * From now on all windows over this base look at the segment.
   *
   * @throws IllegalArgumentException if it is on the heap, or too small
   */
  public void bind(MemorySegment to) {
    if (!to.isNative()) {
      throw new IllegalArgumentException("a kernel works on native memory, not on a heap segment");
    }
    if (to.byteSize() / FLOAT < floats) {
      throw new IllegalArgumentException(
          "a segment of " + to.byteSize() + " bytes where " + floats * FLOAT + " are needed");
    }
    segment = to;
    address = to.address();
  }

  /** The number of floats that windows may see. */
  public long floats() {
    return floats;
  }

  /** What it is bound to, of at least {@link #floats}. */
  public MemorySegment segment() {
    MemorySegment bound = segment;
    if (bound == null) {
      throw new IllegalStateException("a base of " + floats + " floats is not bound to memory");
    }
    return bound;
  }

  /** The address of the first float; refused when the arena is closed. */
  long address() {
    if (!segment().scope().isAlive()) {
      throw new IllegalStateException("the arena of " + floats + " floats is closed");
    }
    return address;
  }
}
