package dev.redoubt.trainer.program;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.trainer.program.Region.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Cuts the gradient into buckets that become final one after the other, so that they can leave
 * while the backward pass goes on (Li et al., "PyTorch Distributed", 2020).
 *
 * <p>A bucket is whole digest blocks next to each other, of at least {@value #BYTES_MIN} bytes and
 * about a {@value #COUNT_MAX}th of the region, if the region has so many: small ones would cost
 * more in messages than they hide. Each wakes two threads, on cores that are busy computing.
 */
final class Buckets {

  private static final long BLOCK = BlockDigest.BLOCK_BYTES;
  private static final long BYTES_MIN = 1 << 20;
  private static final int COUNT_MAX = 16;

  private Buckets() {}

  /**
   * A bucket and the place in the schedule where it is final.
   *
   * @param after index of the last unit that writes into it; -1 if none does
   */
  record Ready(Bucket bucket, int after) {}

  /** All buckets, in the order in which they become final; together all of the region. */
  static List<Ready> of(Region region, List<Unit> order) {
    int[] finals = finals(region, order);
    List<Ready> ranges = new ArrayList<>();
    long least = Math.max(BYTES_MIN, finals.length * BLOCK / COUNT_MAX);
    int end = finals.length;
    int after = -1;
    for (int block = finals.length - 1; block >= 0; block--) {
      after = Math.max(after, finals[block]);
      long bytes = (end - block) * BLOCK;
      boolean whole = bytes >= least && block * BLOCK >= least;
      if (whole || block == 0) {
        ranges.add(new Ready(new Bucket(0, block * BLOCK, bytes), after));
        end = block;
        after = -1;
      }
    }
    ranges.sort(Comparator.comparingInt(Ready::after));
    List<Ready> numbered = new ArrayList<>();
    for (Ready range : ranges) {
      Bucket bucket = range.bucket();
      numbered.add(
          new Ready(new Bucket(numbered.size(), bucket.offset(), bucket.bytes()), range.after()));
    }
    return numbered;
  }

  /** For each block of the region the last unit that writes into it. */
  private static int[] finals(Region region, List<Unit> order) {
    Map<String, Integer> lastWrites = new HashMap<>();
    for (int at = 0; at < order.size(); at++) {
      for (Storage storage : order.get(at).writes) {
        if (!storage.planned()) {
          lastWrites.put(storage.name(), at);
        }
      }
    }
    int[] finals = new int[Math.toIntExact(region.floats() * Float.BYTES / BLOCK)];
    Arrays.fill(finals, -1);
    for (Entry entry : region.entries()) {
      int last = Objects.requireNonNull(lastWrites.get(entry.name()), entry.name());
      long from = entry.offset() * Float.BYTES / BLOCK;
      for (long block = from; block * BLOCK < entry.end() * Float.BYTES; block++) {
        finals[(int) block] = Math.max(finals[(int) block], last);
      }
    }
    return finals;
  }
}
