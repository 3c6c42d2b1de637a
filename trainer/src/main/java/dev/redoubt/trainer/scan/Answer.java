package dev.redoubt.trainer.scan;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a kernel's results come to: a digest of all, and one of each lane, the results whose index
 * is the same modulo {@value #LANES}. Where one lane of a vector unit is broken, the lanes say
 * which.
 *
 * @param all of all results, in order
 * @param lanes of each lane
 */
record Answer(long all, List<Integer> lanes) {

  /** Of the widest vectors that there are today. */
  static final int LANES = 16;

  private static final long PRIME = 0x9FB21C651E98DF25L;
  private static final HexFormat HEX = HexFormat.of();

  Answer {
    lanes = List.copyOf(lanes);
  }

  /** Digests results, in scalar arithmetic of whole numbers. */
  static Answer of(int[] results) {
    long all = results.length;
    long[] lanes = new long[LANES];
    for (int i = 0; i < results.length; i++) {
      all = absorb(all, results[i]);
      lanes[i % LANES] = absorb(lanes[i % LANES], results[i]);
    }
    return new Answer(all, Arrays.stream(lanes).mapToObj(lane -> (int) (lane >>> 32)).toList());
  }

  private static long absorb(long running, int word) {
    long mixed = (Long.rotateLeft(running, 31) ^ (word & 0xFFFF_FFFFL)) * PRIME;
    return mixed ^ mixed >>> 29;
  }

  /** The lanes that differ. */
  List<Integer> lanesUnlike(Answer other) {
    return IntStream.range(0, LANES)
        .filter(lane -> !lanes.get(lane).equals(other.lanes.get(lane)))
        .boxed()
        .toList();
  }

  /** A line of the resource. */
  String text() {
    StringBuilder text = new StringBuilder(HEX.toHexDigits(all));
    lanes.forEach(lane -> text.append(' ').append(HEX.toHexDigits(lane)));
    return text.toString();
  }

  /** Reads what {@link #text} wrote. */
  static Answer parse(String text) {
    String[] words = text.split(" ", -1);
    if (words.length != LANES + 1) {
      throw new IllegalArgumentException(
          "an answer has " + (LANES + 1) + " numbers, not " + words.length);
    }
    return new Answer(
        HexFormat.fromHexDigitsToLong(words[0]),
        Arrays.stream(words).skip(1).map(HexFormat::fromHexDigits).toList());
  }
}
