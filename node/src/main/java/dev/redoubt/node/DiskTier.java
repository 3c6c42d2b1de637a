package dev.redoubt.node;

import dev.redoubt.core.Rank;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.redundancy.CheckpointFolder;
import dev.redoubt.redundancy.CheckpointWriter;
import dev.redoubt.redundancy.ReadResult;
import dev.redoubt.redundancy.WriteResult;
import dev.redoubt.trainer.program.Shard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One worker's way to the disk. A version that cannot be written, or is due while the one before is
 * still being written, is left out and logged: the training does not wait for a disk.
 */
final class DiskTier implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DiskTier.class);

  private final int every;
  private final int pods;
  private final CheckpointFolder folder;

  /** Takes memory for a snapshot, so only who writes has one. */
  private @Nullable CheckpointWriter writer;

  private DiskTier(int every, int pods, CheckpointFolder folder) {
    this.every = every;
    this.pods = pods;
    this.folder = folder;
  }

  /** Of a run with checkpoints; null for any other. */
  static @Nullable DiskTier of(RunSpec spec, Shard shard) {
    Checkpoints checkpoints = spec.checkpoints();
    if (checkpoints == null) {
      return null;
    }
    try {
      return new DiskTier(
          checkpoints.every(), spec.protocol().mesh().pods(), checkpoints.open(spec, shard));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a version and verifies it; empty if its file is not there or cannot be trusted. */
  Optional<BlockDigests> read(long version, MemorySegment into) {
    return switch (folder.read(version, into)) {
      case ReadResult.Restored restored -> Optional.of(restored.digests());
      case ReadResult.Nothing nothing -> {
        nothing
            .refused()
            .forEach(file -> LOG.error("{} is not read: {}", file.file(), file.reason()));
        yield Optional.empty();
      }
    };
  }

  /** A new version: written if it is due, and this rank's turn. */
  void offer(long version, Rank rank, MemorySegment state, @Nullable BlockDigests digests) {
    if (version % every != 0 || rank.index() % pods != rank.pod()) {
      return;
    }
    CheckpointWriter own = writer;
    if (own == null) {
      own = new CheckpointWriter(folder, DiskTier::written);
      writer = own;
    }
    if (!own.offer(version, state, digests)) {
      LOG.warn("version {} is left out: the one before is still being written", version);
    }
  }

  private static void written(WriteResult result) {
    switch (result) {
      case WriteResult.Written written -> LOG.info("{}", written);
      case WriteResult.NotWritten not -> LOG.error("{}", not.reason());
    }
  }

  /** Finishes the file that is being written. */
  @Override
  public void close() {
    if (writer != null) {
      writer.close();
    }
  }
}
