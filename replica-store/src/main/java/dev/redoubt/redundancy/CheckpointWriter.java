package dev.redoubt.redundancy;

import dev.redoubt.digest.BlockDigests;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes checkpoints on a thread of its own, off a snapshot: the training thread pays for one copy
 * in memory and goes on.
 *
 * <p>One snapshot, one file at a time. A checkpoint that comes due while the one before is still
 * being written is refused, not queued: queued snapshots would take memory without bound on a slow
 * disk, and waiting would make the disk's pace that of the training. Holding the version in its
 * store instead of copying it was rejected: a slow disk would then hold up the ring of slots.
 */
public final class CheckpointWriter implements AutoCloseable {

  private final CheckpointFolder folder;
  private final Consumer<WriteResult> results;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment snapshot;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final ExecutorService thread;
  private boolean closed;

  /**
   * Takes the memory of the snapshot.
   *
   * @param folder that nobody else writes into for the same shard
   * @param results called on the writer's thread, once for each checkpoint that was taken
   */
  public CheckpointWriter(CheckpointFolder folder, Consumer<WriteResult> results) {
    this.folder = folder;
    this.results = results;
    this.snapshot = arena.allocate(folder.shardBytes(), 64);
    this.thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("checkpoint").factory());
  }

  /**
   * Takes a snapshot, to be written soon. What the memory holds afterwards does not matter.
   *
   * @param shard of the folder's size
   * @param digests of its blocks as they should be, so that rot before the copy shows when the file
   *     is read; null: they are taken from the snapshot
   * @return false if the checkpoint before is still being written; then nothing was taken
   * @throws IllegalStateException if the writer is closed
   */
  public synchronized boolean offer(
      long version, MemorySegment shard, @Nullable BlockDigests digests) {
    if (closed) {
      throw new IllegalStateException("the checkpoint writer is closed");
    }
    if (shard.byteSize() != snapshot.byteSize()) {
      throw new IllegalArgumentException(
          "a shard has %d bytes, not %d".formatted(snapshot.byteSize(), shard.byteSize()));
    }
    if (!busy.compareAndSet(false, true)) {
      return false;
    }
    snapshot.copyFrom(shard);
    thread.execute(() -> write(version, digests));
    return true;
  }

  private void write(long version, @Nullable BlockDigests digests) {
    WriteResult result;
    try {
      result = folder.write(version, snapshot, digests);
    } finally {
      busy.set(false);
    }
    results.accept(result);
  }

  /** Finishes the file that is being written, then gives the memory back. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      thread.close();
      arena.close();
    }
  }
}
