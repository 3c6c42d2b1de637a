package dev.redoubt.store.net;

import dev.redoubt.digest.DigestDescent.Ask;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * What is asked of a donor.
 *
 * @param id by which the answer is known
 * @param level of the nodes; 0 if it is about something else
 * @param indices of blocks, or of parents of nodes
 */
@SuppressWarnings("ArrayRecordComponent") // Never changed, never compared.
record Question(long id, What what, long epoch, long version, int level, int[] indices) {

  /** What is wanted. */
  enum What {
    DIGESTS(1),
    ROOT(2),
    NODES(3),
    BLOCKS(4);

    private final int number;

    What(int number) {
      this.number = number;
    }

    static What of(int number) {
      for (What what : values()) {
        if (what.number == number) {
          return what;
        }
      }
      throw new RefusedException(Refusal.OUT_OF_PLACE, "a question that is none");
    }
  }

  /** Blocks or parents in one question. */
  static final int INDICES_MAX = 2048;

  private static final int FIXED_BYTES = 3 * Long.BYTES + 2 * Integer.BYTES;
  static final int BYTES_MAX = FIXED_BYTES + INDICES_MAX * Integer.BYTES;

  int bytes() {
    return FIXED_BYTES + indices.length * Integer.BYTES;
  }

  void write(MemorySegment wire) {
    wire.set(Prefix.LONG, 0, id);
    wire.set(Prefix.LONG, 8, epoch);
    wire.set(Prefix.LONG, 16, version);
    wire.set(Prefix.INT, 24, what.number);
    wire.set(Prefix.INT, 28, level);
    for (int i = 0; i < indices.length; i++) {
      wire.set(Prefix.INT, FIXED_BYTES + (long) i * Integer.BYTES, indices[i]);
    }
  }

  static Question read(MemorySegment wire) {
    long rest = wire.byteSize() - FIXED_BYTES;
    if (rest < 0 || rest % Integer.BYTES != 0) {
      throw new RefusedException(Refusal.OUT_OF_PLACE, "a question that is none");
    }
    int[] indices = new int[(int) (rest / Integer.BYTES)];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = wire.get(Prefix.INT, FIXED_BYTES + (long) i * Integer.BYTES);
    }
    return new Question(
        wire.get(Prefix.LONG, 0),
        What.of(wire.get(Prefix.INT, 24)),
        wire.get(Prefix.LONG, 8),
        wire.get(Prefix.LONG, 16),
        wire.get(Prefix.INT, 28),
        indices);
  }

  Ask ask() {
    List<Integer> parents = Arrays.stream(indices).boxed().toList();
    return new Ask(level, parents);
  }
}
