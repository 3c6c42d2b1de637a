package dev.redoubt.node;

import dev.redoubt.core.Message.PullFlaw;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.redundancy.CheckpointFolder;
import dev.redoubt.redundancy.CheckpointId;
import dev.redoubt.redundancy.CheckpointWriter;
import dev.redoubt.redundancy.ReadResult;
import dev.redoubt.redundancy.WriteResult;
import dev.redoubt.store.StoredVersion;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.program.Shard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The disk of a run, as one worker sees it: it writes into a folder of its own, and reads what any
 * worker has written. One folder for all was rejected: a worker that hangs and wakes up late would
 * throw away what its successor has written since.
 */
final class VersionFiles implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(VersionFiles.class);

  /** One more than the controller counts on: a shard may be ahead of another by a version. */
  private static final int KEEP = 3;

  private final Path folder;
  private final CheckpointId id;
  private final long shardBytes;
  private final CheckpointFolder own;
  private final Consumer<WorkerEvent> events;
  private final Map<Long, Digest> underWay = new ConcurrentHashMap<>();
  private final Map<Long, Digest> written = new ConcurrentHashMap<>();

  /** Takes memory for a snapshot, so only who writes has one. */
  private @Nullable CheckpointWriter writer;

  private VersionFiles(
      Path folder, WorkerId worker, RunSpec spec, Shard shard, Consumer<WorkerEvent> events)
      throws IOException {
    this.folder = folder;
    this.id = Checkpoints.id(spec, shard);
    this.shardBytes = ParameterLayout.of(spec.model(), shard).stateBytes();
    this.own = new CheckpointFolder(folder.resolve(worker.name()), id, shardBytes, KEEP);
    this.events = events;
  }

  /** Of a run that keeps versions on disk; null for any other. */
  static @Nullable VersionFiles of(
      RunSpec spec, WorkerId worker, Shard shard, Consumer<WorkerEvent> events) {
    Path folder = spec.disk();
    if (!spec.protocol().disk().on()) {
      return null;
    }
    if (folder == null) {
      throw new IllegalStateException("a run that keeps versions on disk has a folder for them");
    }
    try {
      return new VersionFiles(folder, worker, spec, shard, events);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // Writing.

  /**
   * Has a version written beside the training, or says again that it is. What is no longer here, or
   * not as it was agreed, is left out, and so is what is due while another one is being written.
   */
  void keep(long version, Digest agreed, VersionStore store) {
    if (agreed.equals(written.get(version)) && Files.exists(own.file(version))) {
      tell(version, agreed);
      return;
    }
    StoredVersion stored = store.find(version).orElse(null);
    if (stored == null || agreed.equals(underWay.get(version))) {
      return;
    }
    if (!store.reread(version).root().equals(agreed)) {
      LOG.warn("version {} does not go to disk: it is not what was agreed", version);
      return;
    }
    CheckpointWriter now = writer;
    if (now == null) {
      now = new CheckpointWriter(own, this::ended);
      writer = now;
    }
    underWay.put(version, agreed);
    if (!now.offer(version, stored.bytes(), stored.digests())) {
      underWay.remove(version);
      LOG.warn("version {} waits: the one before is still being written", version);
    }
  }

  /** On the writer's thread. */
  private void ended(WriteResult result) {
    Digest digest = underWay.remove(result.version());
    if (result instanceof WriteResult.NotWritten not) {
      LOG.error("{}", not.reason());
    } else if (digest != null) {
      written.put(result.version(), digest);
      tell(result.version(), digest);
    }
  }

  private void tell(long version, Digest digest) {
    events.accept(new WorkerEvent.Kept(version, id.rank(), digest));
  }

  // Reading.

  /**
   * What came of reading a version.
   *
   * @param digests of what was read; null if no file could be used
   * @param flaw why not
   * @param detail the files that were refused, and why
   */
  record Read(@Nullable BlockDigests digests, PullFlaw flaw, String detail) {}

  /** Reads a version that any worker has written, if it is what was agreed. */
  Read read(long version, @Nullable Digest agreed, MemorySegment into) {
    String refused = "";
    for (Path one : folders()) {
      CheckpointFolder files = CheckpointFolder.ofAnother(one, id, shardBytes);
      if (Files.exists(files.file(version))) {
        ReadResult result = files.read(version, into);
        if (result instanceof ReadResult.Restored restored
            && restored.digests().root().equals(agreed)) {
          return new Read(restored.digests(), PullFlaw.VERSION_MISSING, refused);
        }
        refused += refuse(files, version, result, agreed);
      }
    }
    return refused.isEmpty()
        ? new Read(null, PullFlaw.VERSION_MISSING, "no file of version " + version)
        : new Read(null, PullFlaw.DONOR_CORRUPT, refused.strip());
  }

  private List<Path> folders() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      LOG.error("{} cannot be listed", folder, e);
      return List.of();
    }
  }

  /** A file that was refused once is never tried again. */
  private static String refuse(
      CheckpointFolder files, long version, ReadResult result, @Nullable Digest agreed) {
    String reason =
        switch (result) {
          case ReadResult.Restored other ->
              files.file(version) + ": it holds " + other.digests().root() + ", not " + agreed;
          case ReadResult.Nothing nothing ->
              nothing.refused().isEmpty()
                  ? files.file(version) + " cannot be read"
                  : nothing.refused().getFirst().file()
                      + ": "
                      + nothing.refused().getFirst().reason();
        };
    LOG.error("{}", reason);
    try {
      files.setAside(version);
    } catch (IOException e) {
      // Another worker may have done it. If not, its digests show again what it is.
      LOG.warn("{} stays where it is: {}", files.file(version), e.toString());
    }
    return " " + reason;
  }

  /** Finishes the file that is being written. */
  @Override
  public void close() {
    if (writer != null) {
      writer.close();
    }
  }
}
