package dev.redoubt.trainer.scan;

import dev.redoubt.trainer.CounterRandom;
import java.util.Locale;

/**
 * What kernels are fed with. Defects of cores often show with some operands only (Hochschild et
 * al., "Cores that don't count", 2021; Dixit et al., "Silent Data Corruptions at Scale", 2021), so
 * there are bit patterns beside random numbers. Each number is a pure function of its place.
 */
enum Operands {
  /** Uniform in [-1, 1). */
  RANDOM {
    @Override
    float at(int operand, int index) {
      return (int) (CounterRandom.bits(KEY, operand, index) >> 40) * 0x1p-23f;
    }
  },
  /** One and minus one. */
  ONES {
    @Override
    float at(int operand, int index) {
      return (index + operand) % 3 == 0 ? -1f : 1f;
    }
  },
  /** Every other bit of the mantissa, then the others. */
  ALTERNATING_BITS {
    @Override
    float at(int operand, int index) {
      return Float.intBitsToFloat(0x3F000000 | ((index + operand) % 2 == 0 ? 0x2AAAAA : 0x555555));
    }
  },
  /** One, and one bit of the mantissa, which walks. */
  WALKING_MANTISSA {
    @Override
    float at(int operand, int index) {
      return Float.intBitsToFloat(0x3F800000 | 1 << (index * 5 + operand) % 23);
    }
  },
  /** Powers of two from 2^-20 to 2^20. */
  WALKING_EXPONENT {
    @Override
    float at(int operand, int index) {
      return Math.scalb(1f, (index * 7 + operand * 3) % 41 - 20);
    }
  },
  /** Subnormal numbers, and the smallest normal ones. */
  SUBNORMAL {
    @Override
    float at(int operand, int index) {
      return Float.intBitsToFloat(1 + (index * 9973 + operand * 127) % 0xFFFFFF);
    }
  },
  /** Random numbers of very different size, so that sums cancel and absorb. */
  MIXED_SIZES {
    @Override
    float at(int operand, int index) {
      long bits = CounterRandom.bits(KEY, 64L + operand, index);
      return Math.scalb((int) (bits >> 40) * 0x1p-23f, (int) (bits & 31) - 16);
    }
  },
  /** The powers of 1.1 up to the 53rd, which a core that was reported took for 0. */
  POWERS {
    @Override
    float at(int operand, int index) {
      return (float) StrictMath.pow(1.1, (index + 5.0 * operand) % 54);
    }
  };

  private static final long KEY = 0x5EDD0B7L;

  /**
   * A number.
   *
   * @param operand of the kernel, from 0 on
   * @param index in the operand
   */
  abstract float at(int operand, int index);

  /** As in reports: {@code walking-mantissa}. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
