package dev.redoubt.trainer.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * All of native memory as one segment, read and written by raw address.
 *
 * <p>One static segment keeps the vector loads monomorphic, whatever segments the callers hold; a
 * bounds check at each load made the matrix product three times slower. The price: nothing here
 * stops a wrong address. So only kernels use it, on addresses that come from a checked {@link
 * Matrix}.
 *
 * <p>It has no loads and stores of vectors, on purpose: kernels call the JDK's own, which the
 * compiler is forced to inline. A method of ours that takes or returns a vector is inlined only
 * where the calling method is still small enough, which depends on what was compiled before it;
 * where it is not, every vector is boxed, and the kernel is some 30 times slower in one run and not
 * in the next.
 */
final class Memory {

  /** The property that overrides the width of the vectors, in bits. */
  static final String VECTOR_BITS = "redoubt.vector.bits";

  static final VectorSpecies<Float> SPECIES = species(System.getProperty(VECTOR_BITS));
  static final int LANES = SPECIES.length();

  /** Bytes in one vector. */
  static final int STEP = LANES * Float.BYTES;

  @SuppressWarnings("restricted")
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * A mask that changes no address. It tells the compiler that a sum of a masked address and a
   * small offset is within {@link #ALL}, so that the check of that is gone.
   */
  static final long ANY = (1L << 56) - 1;

  private Memory() {}

  static VectorSpecies<Float> species(@Nullable String bits) {
    return switch (bits) {
      case null ->
          FloatVector.SPECIES_PREFERRED.vectorBitSize() > 512
              ? FloatVector.SPECIES_512
              : FloatVector.SPECIES_PREFERRED;
      case "128" -> FloatVector.SPECIES_128;
      case "256" -> FloatVector.SPECIES_256;
      case "512" -> FloatVector.SPECIES_512;
      default ->
          throw new IllegalArgumentException(
              VECTOR_BITS + " must be 128, 256 or 512, not '" + bits + "'");
    };
  }

  /** How many of {@code n} elements fill whole vectors. */
  static int whole(int n) {
    return n - n % LANES;
  }

  static float get(long address) {
    return ALL.get(FLOAT, address);
  }

  static void set(long address, float value) {
    ALL.set(FLOAT, address, value);
  }

  /** Copies floats to the heap. */
  static void copy(long address, float[] to, int at, int count) {
    MemorySegment.copy(ALL, FLOAT, address, to, at, count);
  }

  static void zero(long address, long bytes) {
    ALL.asSlice(address, bytes).fill((byte) 0);
  }
}
