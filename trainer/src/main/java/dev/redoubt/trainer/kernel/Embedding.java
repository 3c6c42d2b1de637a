package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

/** Rows of a table by token, and the sum of their gradients. */
public final class Embedding {

  /** Stands for a token where there is none. */
  public static final int NONE = -1;

  private static final long FLOAT = Float.BYTES;

  private Embedding() {}

  /**
   * {@code out[r, :] = table[tokens[r], :]}, or zeros where the token is {@link #NONE}.
   *
   * @throws IndexOutOfBoundsException if a token is not in the table
   */
  public static void forward(Matrix table, int[] tokens, Matrix out) {
    out.checkShape(out.rows(), table.columns());
    for (int row = 0; row < out.rows(); row++) {
      if (tokens[row] == NONE) {
        Memory.zero(out.row(row), out.columns() * FLOAT);
      } else {
        copy(token(table, tokens[row]), out.row(row), out.columns());
      }
    }
  }

  static void copy(long from, long to, int n) {
    int whole = Memory.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      var x = fromMemorySegment(SPECIES, ALL, (from & ANY) + i * FLOAT, LITTLE_ENDIAN);
      x.intoMemorySegment(ALL, (to & ANY) + i * FLOAT, LITTLE_ENDIAN);
    }
    for (int i = whole; i < n; i++) {
      Memory.set(to + i * FLOAT, Memory.get(from + i * FLOAT));
    }
  }

  /** Overwrites {@code dTable}: each row is the sum over its tokens, in row order. */
  public static void backward(Matrix dOut, int[] tokens, Matrix dTable) {
    dOut.checkShape(dOut.rows(), dTable.columns());
    Elementwise.zero(dTable);
    for (int row = 0; row < dOut.rows(); row++) {
      if (tokens[row] != NONE) {
        Elementwise.add(token(dTable, tokens[row]), dOut.row(row), dOut.columns());
      }
    }
  }

  private static long token(Matrix table, int token) {
    if (token < 0 || token >= table.rows()) {
      throw new IndexOutOfBoundsException("token " + token + " of a table of " + table.rows());
    }
    return table.row(token);
  }
}
