package dev.redoubt.trainer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A matrix in four bits: its lines are cut into groups of {@value #GROUP}, and each group has one
 * scale.
 *
 * <p>A line is what one product sums over: a column of a weight, or a token's row of the embedding.
 * A value is {@code q * scale}, q from -7 to 7, the scale a float16 of a seventh of the group's
 * largest magnitude; so no value is off by more than half a scale. Symmetric, since weights lie
 * about zero. Rounding is to nearest, without calibration data.
 *
 * <p>As bytes: q + 8 in a nibble, two a byte, the earlier one low; each line begins a new byte, so
 * a line of odd length ends in a nibble of zero's, 8. Lines follow each other: a weight stands
 * transposed.
 */
public final class FourBit {

  /** Values that share a scale; the last group of a line may be shorter. */
  public static final int GROUP = 32;

  private static final int LARGEST = 7;
  private static final int ZERO = 8;
  private static final int NIBBLE = 0xF;

  /** The largest value over the scale that is rounded to {@link #LARGEST}. */
  private static final double REACH = LARGEST + 0.5;

  private static final float SCALE_MAX = 65504f;
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final TensorSpec tensor;
  private final byte[] packed;
  private final short[] scales;

  private FourBit(TensorSpec tensor) {
    this.tensor = tensor;
    packed = new byte[lines(tensor) * bytesInLine(tensor)];
    scales = new short[lines(tensor) * groupsInLine(tensor)];
  }

  /**
   * Rounds a tensor to four bits.
   *
   * @param region that the tensor stands in
   * @throws IllegalArgumentException if a value is not finite or too large for any scale, naming it
   */
  public static FourBit of(MemorySegment region, TensorSpec tensor) {
    FourBit rounded = new FourBit(tensor);
    for (int line = 0; line < lines(tensor); line++) {
      for (int group = 0; group < groupsInLine(tensor); group++) {
        rounded.round(region, line, group);
      }
    }
    return rounded;
  }

  /**
   * Takes what {@link #packed} and {@link #scales} gave.
   *
   * @throws IllegalArgumentException if the lengths are not those of the tensor
   */
  public static FourBit of(TensorSpec tensor, ByteBuffer packed, ByteBuffer scales) {
    FourBit read = new FourBit(tensor);
    if (packed.remaining() != read.packed.length
        || scales.remaining() != read.scales.length * Short.BYTES) {
      throw new IllegalArgumentException(
          "%s has %d bytes of values and %d of scales where %d and %d are needed"
              .formatted(
                  tensor.name(),
                  packed.remaining(),
                  scales.remaining(),
                  read.packed.length,
                  read.scales.length * Short.BYTES));
    }
    packed.duplicate().get(read.packed);
    scales.duplicate().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(read.scales);
    return read;
  }

  /** The values, {@link #packedShape} bytes. */
  public ByteBuffer packed() {
    return ByteBuffer.wrap(packed).asReadOnlyBuffer();
  }

  /** The scales, {@link #scaleShape} float16 in little-endian order. */
  public ByteBuffer scales() {
    ByteBuffer bytes = ByteBuffer.allocate(scales.length * Short.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().put(scales);
    return bytes.asReadOnlyBuffer();
  }

  /** Lines, and bytes in a line. */
  public static List<Integer> packedShape(TensorSpec tensor) {
    return List.of(lines(tensor), bytesInLine(tensor));
  }

  /** Lines, and groups in a line. */
  public static List<Integer> scaleShape(TensorSpec tensor) {
    return List.of(lines(tensor), groupsInLine(tensor));
  }

  /** Writes the values that the four bits stand for where the tensor stands in a region. */
  public void writeTo(MemorySegment region) {
    for (int line = 0; line < lines(tensor); line++) {
      for (int i = 0; i < lineLength(tensor); i++) {
        region.set(FLOAT, at(line, i), value(line, i));
      }
    }
  }

  private float value(int line, int i) {
    int pair = packed[line * bytesInLine(tensor) + i / 2];
    int q = (i % 2 == 0 ? pair : pair >> 4) & NIBBLE;
    return (q - ZERO) * Float.float16ToFloat(scales[line * groupsInLine(tensor) + i / GROUP]);
  }

  private void round(MemorySegment region, int line, int group) {
    int from = group * GROUP;
    int to = Math.min(from + GROUP, lineLength(tensor));
    float largest = 0;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, Math.abs(finite(region, line, i)));
    }
    short scale = scale(largest);
    scales[line * groupsInLine(tensor) + group] = scale;
    for (int i = from; i < to; i++) {
      put(line, i, quantum(region.get(FLOAT, at(line, i)), Float.float16ToFloat(scale)));
    }
    if (to % 2 != 0) {
      put(line, to, 0);
    }
  }

  private float finite(MemorySegment region, int line, int i) {
    float value = region.get(FLOAT, at(line, i));
    if (!(Math.abs(value) <= LARGEST * SCALE_MAX)) {
      throw new IllegalArgumentException(
          "%s has no four bits for %s: %s is not finite, or larger than %s"
              .formatted(
                  tensor.name(),
                  value,
                  "element " + ((at(line, i) / Float.BYTES) - tensor.offset()),
                  LARGEST * SCALE_MAX));
    }
    return value;
  }

  /** The nearest float16, or the next above where it is so small that it would not reach. */
  private static short scale(float largest) {
    short scale = Float.floatToFloat16(largest / LARGEST);
    while (Float.float16ToFloat(scale) * REACH < largest) {
      scale++;
    }
    return scale;
  }

  private static int quantum(float value, float scale) {
    return scale == 0 ? 0 : (int) Math.clamp(Math.rint((double) value / scale), -LARGEST, LARGEST);
  }

  private void put(int line, int i, int q) {
    int index = line * bytesInLine(tensor) + i / 2;
    int nibble = q + ZERO;
    packed[index] |= (byte) (i % 2 == 0 ? nibble : nibble << 4);
  }

  /** In bytes from the region's start. */
  private long at(int line, int i) {
    long element =
        alongRows(tensor) ? (long) line * tensor.columns() + i : (long) i * tensor.columns() + line;
    return (tensor.offset() + element) * Float.BYTES;
  }

  private static int lines(TensorSpec tensor) {
    return alongRows(tensor) ? tensor.rows() : tensor.columns();
  }

  private static int lineLength(TensorSpec tensor) {
    return alongRows(tensor) ? tensor.columns() : tensor.rows();
  }

  private static int bytesInLine(TensorSpec tensor) {
    return (lineLength(tensor) + 1) / 2;
  }

  private static int groupsInLine(TensorSpec tensor) {
    return (lineLength(tensor) + GROUP - 1) / GROUP;
  }

  /** The embedding's rows are looked up, not summed over. */
  private static boolean alongRows(TensorSpec tensor) {
    return tensor.name().equals("embedding");
  }
}
