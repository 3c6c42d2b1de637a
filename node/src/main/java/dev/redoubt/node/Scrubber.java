package dev.redoubt.node;

import dev.redoubt.core.Message;
import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.store.StoredVersion;
import dev.redoubt.store.VersionStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads stored versions again, the older ones that nobody else reads, within a budget of bytes a
 * second (as patrol scrubbers of memory do).
 *
 * <p>A version is read block by block, over several steps if the budget wants it; what it holds is
 * reported when its last block was read. A block that differs from what it was sealed with makes
 * the rest of its version be read at once, whatever the budget, so that the report does not wait;
 * that is paid back later. A version that is dropped before it was read to its end is never judged:
 * a budget has to be large enough for what the ring holds. One thread, the one that writes the
 * store.
 */
final class Scrubber {

  /** No budget: all stored versions, each time. */
  static final long UNLIMITED = 0;

  private static final double NANOS = 1e9;

  private final VersionStore store;
  private final long bytesPerSecond;
  private final long started;

  /** Bytes that were read since the beginning, less what was forgone. */
  private double spent;

  private @Nullable Pass pass;

  /** A version that is being read. */
  private static final class Pass {
    final long version;
    final BlockDigests sealed;
    final long[] found;
    int next;

    Pass(long version, BlockDigests sealed) {
      this.version = version;
      this.sealed = sealed;
      this.found = new long[sealed.count()];
    }

    boolean isDone() {
      return next == found.length;
    }
  }

  /**
   * Begins to save up.
   *
   * @param bytesPerSecond at most, on average; {@link #UNLIMITED} = no limit
   * @param now in nanoseconds, on the clock of all later calls
   */
  Scrubber(VersionStore store, long bytesPerSecond, long now) {
    this.store = store;
    this.bytesPerSecond = bytesPerSecond;
    this.started = now;
  }

  /**
   * Reads on, in turn through the versions before {@code step}, each at most once.
   *
   * @return what was found in those that were read to their end
   */
  List<Message.StoredDigest> scrub(long step, long now) {
    List<StoredVersion> due = due(step);
    double most = (double) due.size() * store.shardBytes();
    double allowed = bytesPerSecond == UNLIMITED ? most : saved(most, now);
    List<Message.StoredDigest> found = new ArrayList<>();
    for (int turn = 0; turn < due.size() && allowed > 0; turn++) {
      Pass reading = take(due);
      allowed -= read(reading, allowed);
      if (reading.isDone()) {
        found.add(new Message.StoredDigest(reading.version, BlockDigests.of(reading.found).root()));
      }
    }
    found.sort(Comparator.comparingLong(Message.StoredDigest::version));
    return List.copyOf(found);
  }

  /** What may be read now; idle time beyond one round of the ring is not saved up. */
  private double saved(double most, long now) {
    double earned = (now - started) / NANOS * bytesPerSecond;
    spent = Math.max(spent, earned - most);
    return earned - spent;
  }

  private List<StoredVersion> due(long step) {
    return store.versions().stream()
        .filter(version -> version < step)
        .sorted()
        .flatMap(version -> store.find(version).stream())
        .filter(stored -> stored.digests() != null)
        .toList();
  }

  /** The version under way if it is still the same one, or else the next in the ring. */
  private Pass take(List<StoredVersion> due) {
    Pass known = pass;
    long after = known == null ? Long.MIN_VALUE : known.version;
    StoredVersion chosen = due.getFirst();
    for (StoredVersion stored : due) {
      if (known != null
          && !known.isDone()
          && known.version == stored.version()
          && known.sealed.equals(sealed(stored))) {
        return known;
      }
      if (stored.version() > after && chosen.version() <= after) {
        chosen = stored;
      }
    }
    Pass next = new Pass(chosen.version(), sealed(chosen));
    pass = next;
    return next;
  }

  private static BlockDigests sealed(StoredVersion stored) {
    BlockDigests digests = stored.digests();
    if (digests == null) {
      throw new IllegalStateException("version " + stored.version() + " has no digests");
    }
    return digests;
  }

  /** Reads on in a version; returns the bytes that it took. */
  private double read(Pass reading, double allowed) {
    StoredVersion stored = store.find(reading.version).orElseThrow();
    double taken = 0;
    boolean differs = false;
    while (!reading.isDone()) {
      int block = reading.next;
      long offset = BlockDigests.offset(block);
      long length = BlockDigests.length(block, stored.bytes().byteSize());
      if (!differs && taken + length > allowed) {
        break;
      }
      reading.found[block] = BlockDigest.of(stored.bytes(), offset, length);
      differs |= reading.found[block] != reading.sealed.block(block);
      reading.next++;
      taken += length;
    }
    spent += taken;
    return taken;
  }
}
