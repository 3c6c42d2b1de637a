package dev.redoubt.core;

import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/**
 * The arithmetic of sums on the numbers that stand for versions in a {@link World}: a shard's 64
 * bits are cut into a stripe for each other rank, the last of which may be shorter.
 *
 * @param ranks of a pod, at least 2
 */
record Stripes(int ranks) {

  private int width() {
    return (Long.SIZE + ranks - 2) / (ranks - 1);
  }

  /** Where the stripe of a shard begins that goes to {@code holder}. */
  private int from(int shard, int holder) {
    return Math.floorMod(holder - shard - 1, ranks) * width();
  }

  private long mask(int shard, int holder) {
    int bits = Math.min(width(), Long.SIZE - from(shard, holder));
    return bits == Long.SIZE ? -1 : (1L << bits) - 1;
  }

  private long stripe(int shard, int holder, long content) {
    return content >>> from(shard, holder) & mask(shard, holder);
  }

  private IntStream others(int index) {
    return IntStream.range(0, ranks).filter(other -> other != index);
  }

  /** What {@code holder} keeps of the shards of all others. */
  long sum(int holder, IntToLongFunction shards) {
    return others(holder)
        .mapToLong(shard -> stripe(shard, holder, shards.applyAsLong(shard)))
        .reduce(0, (a, b) -> a ^ b);
  }

  /** A shard from everything else. */
  long restore(int lost, IntToLongFunction shards, IntToLongFunction sums) {
    return others(lost)
        .mapToLong(
            holder -> {
              long terms =
                  others(holder)
                      .filter(shard -> shard != lost)
                      .mapToLong(shard -> stripe(shard, holder, shards.applyAsLong(shard)))
                      .reduce(0, (a, b) -> a ^ b);
              long stripe = (sums.applyAsLong(holder) ^ terms) & mask(lost, holder);
              return stripe << from(lost, holder);
            })
        .reduce(0, (a, b) -> a | b);
  }
}
