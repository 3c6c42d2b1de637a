package dev.redoubt.fault;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Cells of 32 bits in a row that a fault can change: a tensor's floats, token ids. */
public interface Cells {

  /** How many there are. */
  long size();

  /** The bits of one, from 0. */
  int get(long index);

  /** Overwrites one. */
  void set(long index, int bits);

  /**
   * A part of a memory region.
   *
   * @param byteOffset of the first, a multiple of 4
   * @throws IndexOutOfBoundsException if the region has not so many
   */
  static Cells of(MemorySegment region, long byteOffset, long size) {
    MemorySegment part = region.asSlice(byteOffset, size * Integer.BYTES);
    return new Cells() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public int get(long index) {
        return part.get(ValueLayout.JAVA_INT_UNALIGNED, index * Integer.BYTES);
      }

      @Override
      public void set(long index, int bits) {
        part.set(ValueLayout.JAVA_INT_UNALIGNED, index * Integer.BYTES, bits);
      }
    };
  }
}
