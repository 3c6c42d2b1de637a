package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The last versions of one shard, off-heap, in a ring of slots.
 *
 * <p>One thread, the training thread, writes: {@link #begin} hands out the slot for the next
 * version, {@link #seal} makes it readable, {@link #discardAfter} throws away what a rewind undoes.
 * Any thread may read, under a {@link Lease}: a count of readers for each slot, all under one lock
 * that is never held while memory is digested. A slot with readers is not written: {@code begin}
 * and {@code replaceBlock} wait for them, for a bounded time. A read-write lock for each slot was
 * rejected, since a lease may be closed by another thread than took it.
 *
 * <p>Versions at or above the {@link #pin pinned} one are never recycled. The newest sealed version
 * is not either, since the next one is made from it.
 */
public final class VersionStore implements AutoCloseable {

  private static final long NOTHING_PINNED = Long.MAX_VALUE;

  /** Of all stores in this process that are open: to be looked at from outside. */
  private static final LongAdder BYTES_HELD = new LongAdder();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition readerLeft = lock.newCondition();
  private final Arena arena;
  private final long shardBytes;
  private final Duration patience;
  private final List<Slot> slots;
  private long pinned = NOTHING_PINNED;
  private boolean closed;

  /**
   * A store of {@code versions} slots that waits up to ten seconds for readers.
   *
   * @see #VersionStore(long, int, Duration)
   */
  public VersionStore(long shardBytes, int versions) {
    this(shardBytes, versions, Duration.ofSeconds(10));
  }

  /**
   * Takes the memory for all versions at once, filled with zeros.
   *
   * @param shardBytes bytes of one version, a positive multiple of 8
   * @param versions how many to keep, at least 2: one that is read and one that is written
   * @param patience how long a writer waits for the readers of a slot
   * @throws StoreException if there is not so much memory; the message says how many bytes
   */
  public VersionStore(long shardBytes, int versions, Duration patience) {
    this(shardBytes, versions, patience, Protection.VIEWS);
  }

  /**
   * As {@link #VersionStore(long, int, Duration)}, with a choice of what keeps sealed versions from
   * being written.
   *
   * @throws StoreException also if the platform cannot protect as wanted
   */
  public VersionStore(long shardBytes, int versions, Duration patience, Protection protection) {
    if (shardBytes <= 0 || shardBytes % Long.BYTES != 0) {
      throw new IllegalArgumentException(
          "a shard has a positive multiple of 8 bytes, not " + shardBytes);
    }
    if (versions < 2) {
      throw new IllegalArgumentException("a store keeps at least 2 versions, not " + versions);
    }
    protection
        .unavailable()
        .ifPresent(
            why -> {
              throw new StoreException(why);
            });
    this.shardBytes = shardBytes;
    this.patience = patience;
    this.arena = Arena.ofShared();
    this.slots = allocate(arena, shardBytes, versions, protection);
    BYTES_HELD.add(shardBytes * versions);
  }

  private static List<Slot> allocate(
      Arena arena, long shardBytes, int versions, Protection protection) {
    try {
      return IntStream.range(0, versions)
          .mapToObj(slot -> new Slot(Guard.allocate(protection, arena, shardBytes)))
          .toList();
    } catch (OutOfMemoryError e) {
      arena.close();
      throw new StoreException(
          "no memory for %d versions of %d bytes: %s"
              .formatted(versions, shardBytes, e.getMessage()),
          e);
    }
  }

  /** Bytes of all slots of all stores that are open in this process. */
  public static long bytesHeld() {
    return BYTES_HELD.sum();
  }

  /** Bytes of one version. */
  public long shardBytes() {
    return shardBytes;
  }

  /**
   * The slot to write {@code version} into. It holds whatever was there before. A version that was
   * begun and not sealed is begun again in the same slot.
   *
   * @throws StoreException if the version is sealed already, if only a pinned, newer or the newest
   *     version could make room, or if the slot is still being read after the store's patience; the
   *     version stays begun then, and may be begun again
   */
  public MemorySegment begin(long version) {
    lock.lock();
    try {
      Slot slot = slotFor(version);
      long former = slot.version;
      slot.open(version);
      awaitReaders(slot, former);
      return slot.guard.open();
    } finally {
      lock.unlock();
    }
  }

  private Slot slotFor(long version) {
    checkOpen();
    Optional<Slot> same = slots.stream().filter(slot -> slot.holds(version)).findFirst();
    if (same.isPresent()) {
      if (same.get().state == Slot.State.SEALED) {
        throw new StoreException("version " + version + " is sealed; discard it first");
      }
      return same.get();
    }
    return slots.stream()
        .filter(slot -> slot.state == Slot.State.FREE)
        .min(Comparator.comparingInt(slot -> slot.readers))
        .orElseGet(() -> oldest(version));
  }

  private Slot oldest(long version) {
    List<Slot> sealed = sealed();
    if (sealed.size() < 2) {
      throw new StoreException("no slot for version " + version + ": all others are being written");
    }
    Slot oldest = sealed.getFirst();
    if (oldest.version >= pinned) {
      throw new StoreException(
          "no slot for version %d: the oldest kept is %d, and versions from %d on are pinned"
              .formatted(version, oldest.version, pinned));
    }
    if (oldest.version > version) {
      throw new StoreException(
          "no slot for version %d: the oldest kept is %d, which is newer"
              .formatted(version, oldest.version));
    }
    return oldest;
  }

  /**
   * Makes a begun version readable.
   *
   * @param digests of its bytes, or null when digests are off
   * @throws StoreException if the version was not begun
   */
  public void seal(long version, @Nullable BlockDigests digests) {
    lock.lock();
    try {
      Slot slot = require(version, Slot.State.OPEN);
      checkCount(digests);
      slot.guard.seal();
      slot.digests = digests;
      slot.state = Slot.State.SEALED;
    } finally {
      lock.unlock();
    }
  }

  /** Gives the slot of a begun version back unsealed; a version that was not begun is no error. */
  public void abandon(long version) {
    lock.lock();
    try {
      slots.stream()
          .filter(slot -> slot.state == Slot.State.OPEN && slot.version == version)
          .forEach(Slot::free);
    } finally {
      lock.unlock();
    }
  }

  /** From now on no version at or above {@code version} is recycled. */
  public void pin(long version) {
    lock.lock();
    try {
      pinned = version;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Throws away every newer version, begun or sealed. Leases on them stay valid; their slots are
   * written again only after the last one is closed.
   *
   * @throws StoreException if the pinned version is newer
   */
  public void discardAfter(long version) {
    lock.lock();
    try {
      if (pinned != NOTHING_PINNED && pinned > version) {
        throw new StoreException(
            "cannot go back to version %d: version %d is pinned".formatted(version, pinned));
      }
      slots.stream()
          .filter(slot -> slot.state != Slot.State.FREE && slot.version > version)
          .forEach(Slot::free);
    } finally {
      lock.unlock();
    }
  }

  /** Throws away every older version, as {@link #discardAfter} does every newer one. */
  public void discardBefore(long version) {
    lock.lock();
    try {
      slots.stream()
          .filter(slot -> slot.state != Slot.State.FREE && slot.version < version)
          .forEach(Slot::free);
    } finally {
      lock.unlock();
    }
  }

  /**
   * A sealed version, without a lease: the bytes are valid for the thread that writes, until it
   * makes this version go. Other threads use {@link #lease}.
   */
  public Optional<StoredVersion> find(long version) {
    lock.lock();
    try {
      return sealedSlot(version).map(Slot::stored);
    } finally {
      lock.unlock();
    }
  }

  /** The newest sealed version, if there is one; valid as that of {@link #find} is. */
  public Optional<StoredVersion> newest() {
    lock.lock();
    try {
      List<Slot> sealed = sealed();
      return sealed.isEmpty() ? Optional.empty() : Optional.of(sealed.getLast().stored());
    } finally {
      lock.unlock();
    }
  }

  /** The sealed versions, oldest first. */
  public List<Long> versions() {
    lock.lock();
    try {
      return sealed().stream().map(slot -> slot.version).toList();
    } finally {
      lock.unlock();
    }
  }

  /** Holds a sealed version for reading, from any thread; empty if there is no such version. */
  public Optional<Lease> lease(long version) {
    lock.lock();
    try {
      return sealedSlot(version).map(this::leaseOf);
    } finally {
      lock.unlock();
    }
  }

  private Lease leaseOf(Slot slot) {
    slot.readers++;
    return new Lease(slot.stored(), () -> leave(slot));
  }

  private void leave(Slot slot) {
    lock.lock();
    try {
      slot.readers--;
      readerLeft.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Digests what the memory of a sealed version holds now; compared with the digests as sealed it
   * shows rot.
   *
   * @throws StoreException if there is no such version
   */
  public BlockDigests reread(long version) {
    try (Lease lease = lease(version).orElseThrow(() -> missing(version, Slot.State.SEALED))) {
      return BlockDigests.read(lease.stored().bytes());
    }
  }

  /**
   * Overwrites one block of a sealed version with verified bytes: a repair.
   *
   * @param bytes exactly the block
   * @throws StoreException if there is no such version, or if it is still being read after the
   *     store's patience
   */
  public void replaceBlock(long version, int block, MemorySegment bytes) {
    long length = BlockDigests.length(block, shardBytes);
    if (bytes.byteSize() != length) {
      throw new IllegalArgumentException(
          "block %d has %d bytes, not %d".formatted(block, length, bytes.byteSize()));
    }
    lock.lock();
    try {
      Slot slot = require(version, Slot.State.SEALED);
      awaitReaders(slot, version);
      if (!slot.holds(version)) {
        throw missing(version, Slot.State.SEALED);
      }
      slot.guard.write(bytes, BlockDigests.offset(block));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Replaces the digests of a sealed version after a repair.
   *
   * @throws StoreException if there is no such version
   */
  public void reseal(long version, @Nullable BlockDigests digests) {
    lock.lock();
    try {
      checkCount(digests);
      Slot slot = require(version, Slot.State.SEALED);
      slot.guard.seal();
      slot.digests = digests;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The writable bytes of a sealed version, past every lock: the door through which faults are
   * injected. Only injectors and tests go through it. Protected pages are left writable until the
   * version is sealed anew or goes.
   *
   * @throws StoreException if there is no such version
   */
  public MemorySegment tamper(long version) {
    lock.lock();
    try {
      Slot slot = require(version, Slot.State.SEALED);
      slot.guard.unlock();
      return slot.bytes;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives the memory back.
   *
   * @throws StoreException if a version is still being read after the store's patience; the memory
   *     is then kept
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      for (Slot slot : slots) {
        long version = slot.version;
        slot.free();
        awaitReaders(slot, version);
        slot.guard.unlock();
      }
      if (arena.scope().isAlive()) {
        arena.close();
        BYTES_HELD.add(-shardBytes * slots.size());
      }
    } finally {
      lock.unlock();
    }
  }

  private void awaitReaders(Slot slot, long version) {
    long nanos = patience.toNanos();
    try {
      while (slot.readers > 0) {
        if (nanos <= 0) {
          throw new StoreException(
              "version %d is still being read by %d after %s"
                  .formatted(version, slot.readers, patience));
        }
        nanos = readerLeft.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted while version " + version + " was being read", e);
    }
  }

  private List<Slot> sealed() {
    return slots.stream()
        .filter(slot -> slot.state == Slot.State.SEALED)
        .sorted(Comparator.comparingLong(slot -> slot.version))
        .toList();
  }

  private Optional<Slot> sealedSlot(long version) {
    return slots.stream()
        .filter(slot -> slot.state == Slot.State.SEALED && slot.version == version)
        .findFirst();
  }

  private Slot require(long version, Slot.State state) {
    checkOpen();
    return slots.stream()
        .filter(slot -> slot.state == state && slot.version == version)
        .findFirst()
        .orElseThrow(() -> missing(version, state));
  }

  private StoreException missing(long version, Slot.State state) {
    String what = state == Slot.State.OPEN ? " was not begun" : " is not kept";
    return new StoreException("version " + version + what + "; kept: " + versions());
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreException("the store is closed");
    }
  }

  private void checkCount(@Nullable BlockDigests digests) {
    if (digests != null && digests.count() != BlockDigests.count(shardBytes)) {
      throw new IllegalArgumentException(
          "%d digests for %d blocks".formatted(digests.count(), BlockDigests.count(shardBytes)));
    }
  }
}
