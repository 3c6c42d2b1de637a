package dev.redoubt.trainer.program;

/**
 * Which piece of an operation an instruction computes, by numbers that are the same on every mesh:
 * {@code [slice]} of a contraction, {@code [sequence, block of queries]} of attention, {@code
 * [sequence, block, head]} of the sums over heads.
 *
 * @param dimensions how many of the numbers count; the others are 0
 * @param first from 0
 * @param second from 0
 * @param third from 0
 */
public record Tile(int dimensions, int first, int second, int third) {

  /** All of the operation. */
  public static final Tile ALL = new Tile(0, 0, 0, 0);

  static Tile of(int first) {
    return new Tile(1, first, 0, 0);
  }

  static Tile of(int first, int second) {
    return new Tile(2, first, second, 0);
  }

  static Tile of(int first, int second, int third) {
    return new Tile(3, first, second, third);
  }

  /** Such as {@code [1,3]}; empty if it is all of the operation. */
  @Override
  public String toString() {
    return switch (dimensions) {
      case 0 -> "";
      case 1 -> "[" + first + "]";
      case 2 -> "[" + first + "," + second + "]";
      default -> "[" + first + "," + second + "," + third + "]";
    };
  }
}
