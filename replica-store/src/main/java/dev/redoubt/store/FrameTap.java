package dev.redoubt.store;

import java.lang.foreign.MemorySegment;

/**
 * A hand on the wire: sees what is under way and may change or drop it. For network faults and
 * tests.
 *
 * <p>It is called on the receiving side before anything is verified. It may block: that delays this
 * frame and those behind it. Delay of one link alone, duplication and reordering need more than
 * this.
 */
public interface FrameTap {

  /** What becomes of a frame. */
  enum Fate {
    DELIVER,
    DROP
  }

  /** Leaves everything as it is. */
  FrameTap NONE = new FrameTap() {};

  /**
   * A frame is about to arrive.
   *
   * @param wire writable: the {@link FrameHeader#BYTES} bytes of the header, then the payload
   */
  default Fate frame(String from, String to, MemorySegment wire) {
    return Fate.DELIVER;
  }

  /**
   * A block of a transfer is about to be copied from its donor, on the donor's side: what changes
   * in the donor's memory now is sent.
   */
  default void beforeBlock(String donor, String to, long version, int block) {}

  /**
   * A block of a transfer is about to arrive.
   *
   * @param wire writable: the bytes of the block
   */
  default Fate block(String donor, String to, long version, int block, MemorySegment wire) {
    return Fate.DELIVER;
  }
}
