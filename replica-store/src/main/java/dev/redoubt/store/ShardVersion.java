package dev.redoubt.store;

/**
 * The number under which a version of another's shard is asked for.
 *
 * <p>Whoever asks for a plain version means the donor's own shard. The index of a shard goes above
 * the version, into bits that no count of steps reaches, so that guests need no other question on
 * the wire, and a donor without guests simply does not have what is asked for. A sum of stripes of
 * others goes by the index of the rank that keeps it, which has no guest of its own shard.
 */
public final class ShardVersion {

  /** Versions are below this. */
  public static final long VERSION_MAX = (1L << 48) - 1;

  private static final int SHIFT = 48;
  private static final int SHARDS_MAX = 1 << 14;

  private ShardVersion() {}

  /** The number of a version of a shard. */
  public static long of(int shard, long version) {
    if (shard < 0 || shard >= SHARDS_MAX || version < 0 || version > VERSION_MAX) {
      throw new IllegalArgumentException("no version " + version + " of a shard " + shard);
    }
    return (shard + 1L) << SHIFT | version;
  }

  /** Whether it is a version of a shard that was said, and not one of the donor's own. */
  static boolean saysShard(long number) {
    return number > VERSION_MAX;
  }

  static int shard(long number) {
    return (int) (number >>> SHIFT) - 1;
  }

  static long version(long number) {
    return number & VERSION_MAX;
  }
}
