package dev.redoubt.redundancy;

import dev.redoubt.digest.BlockDigests;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of one shard in a folder: the last m versions, a file each.
 *
 * <p>A file is written under a temporary name, forced to the disk, renamed, and the folder is
 * forced too: so whatever happens, and whenever, a file with a proper name is whole, or the disk
 * has damaged it since, which its digests show. The folder needs room for m + 1 files. Other files
 * in it are not touched, and files of other runs or ranks are not read.
 *
 * <p>Writing version n throws away files of newer versions: the run has gone back, and what came
 * after may be what it went back for.
 */
public final class CheckpointFolder {

  static final String TEMPORARY = ".tmp";

  static final String REFUSED = ".refused";

  private static final int CHUNK_BYTES = 1 << 22;
  private static final Pattern STEP = Pattern.compile("step(\\d{12,18})\\.ckpt");

  private final Path folder;
  private final CheckpointId id;
  private final long shardBytes;
  private final int keep;
  private final Disk disk;

  /**
   * Opens a folder, makes it if it is not there, and removes what an earlier process of the same
   * shard left unfinished in it.
   *
   * @param shardBytes of a version, a positive multiple of 8
   * @param keep how many versions to keep, at least 1; from 2 on a damaged file has one to fall
   *     back to
   * @throws IOException if the folder cannot be made or listed
   */
  public CheckpointFolder(Path folder, CheckpointId id, long shardBytes, int keep)
      throws IOException {
    this(folder, id, shardBytes, keep, Disk.REAL);
  }

  CheckpointFolder(Path folder, CheckpointId id, long shardBytes, int keep, Disk disk)
      throws IOException {
    this(disk, folder, id, shardBytes, keep);
    tidy();
  }

  private CheckpointFolder(Disk disk, Path folder, CheckpointId id, long shardBytes, int keep) {
    if (shardBytes <= 0 || shardBytes % Long.BYTES != 0) {
      throw new IllegalArgumentException(
          "a shard has a positive multiple of 8 bytes, not " + shardBytes);
    }
    if (keep < 1) {
      throw new IllegalArgumentException("at least 1 checkpoint is kept, not " + keep);
    }
    this.folder = folder;
    this.id = id;
    this.shardBytes = shardBytes;
    this.keep = keep;
    this.disk = disk;
  }

  private void tidy() throws IOException {
    Files.createDirectories(folder);
    for (Path left : list(name -> name.endsWith(TEMPORARY))) {
      disk.delete(left);
    }
  }

  /**
   * A folder that somebody else may be writing into: only to be read, and nothing in it is removed.
   */
  public static CheckpointFolder ofAnother(Path folder, CheckpointId id, long shardBytes) {
    return new CheckpointFolder(Disk.REAL, folder, id, shardBytes, 1);
  }

  /**
   * Takes a file that cannot be trusted out of the way, and keeps it for whoever looks into it; a
   * file that is not there is no error.
   *
   * @throws IOException if it cannot be renamed
   */
  public void setAside(long version) throws IOException {
    Path file = file(version);
    if (Files.exists(file)) {
      disk.rename(file, file.resolveSibling(file.getFileName() + REFUSED));
    }
  }

  private interface Wanted {
    boolean test(String name);
  }

  /** Files of this shard. */
  private List<Path> list(Wanted wanted) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(id.prefix()))
          .filter(file -> wanted.test(file.getFileName().toString()))
          .sorted()
          .toList();
    }
  }

  /** Bytes of one version. */
  public long shardBytes() {
    return shardBytes;
  }

  /** Where a version is, or would be. */
  public Path file(long version) {
    return folder.resolve(id.prefix() + String.format(Locale.ROOT, "step%012d.ckpt", version));
  }

  /**
   * The versions that have a file, newest first; whether it can be trusted is only known when it is
   * read.
   *
   * @throws IOException if the folder cannot be listed
   */
  public List<Long> versions() throws IOException {
    List<Long> versions = new ArrayList<>();
    for (Path file : list(name -> name.endsWith(".ckpt"))) {
      Matcher step = STEP.matcher(file.getFileName().toString().substring(id.prefix().length()));
      if (step.matches()) {
        versions.add(Long.parseLong(step.group(1)));
      }
    }
    versions.sort(Comparator.reverseOrder());
    return versions;
  }

  /**
   * Writes a version, and returns when it is safe. Not for two threads at once.
   *
   * @param shard native memory that does not change meanwhile
   * @param digests of its blocks as they should be; null: they are taken now
   */
  public WriteResult write(long version, MemorySegment shard, @Nullable BlockDigests digests) {
    if (shard.byteSize() != shardBytes || version < 0) {
      throw new IllegalArgumentException(
          "version %d of %d bytes is not a shard of %d"
              .formatted(version, shard.byteSize(), shardBytes));
    }
    BlockDigests blocks = digests == null ? BlockDigests.read(shard) : digests;
    CheckpointHeader header = new CheckpointHeader(id, version, shardBytes, blocks.root());
    Path temporary = null;
    try {
      checkRoom(header);
      temporary = disk.createTemporary(folder, id.prefix());
      fill(temporary, header, shard, blocks);
      disk.rename(temporary, file(version));
      disk.forceFolder(folder);
    } catch (IOException e) {
      return notWritten(header, e, temporary);
    }
    removeOthers(version);
    return new WriteResult.Written(version, file(version), header.fileBytes());
  }

  private void checkRoom(CheckpointHeader header) throws IOException {
    long usable = disk.usableBytes(folder);
    if (usable < header.fileBytes()) {
      throw new IOException("no space left: %d bytes are free".formatted(usable));
    }
  }

  private void fill(Path file, CheckpointHeader header, MemorySegment shard, BlockDigests blocks)
      throws IOException {
    try (Disk.Output output = disk.open(file)) {
      output.write(header.write());
      for (long at = 0; at < shardBytes; at += CHUNK_BYTES) {
        output.write(shard.asSlice(at, Math.min(CHUNK_BYTES, shardBytes - at)).asByteBuffer());
      }
      ByteBuffer end =
          ByteBuffer.allocateDirect(Math.toIntExact(header.fileBytes() - header.tableAt()));
      end.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(blocks.toArray());
      end.position(end.capacity() - CheckpointHeader.DONE.length).put(CheckpointHeader.DONE);
      output.write(end.position(0));
      output.force();
    }
  }

  private WriteResult notWritten(CheckpointHeader header, IOException e, @Nullable Path temporary) {
    String reason =
        "checkpoint of version %d, %d bytes, into %s: %s"
            .formatted(header.version(), header.fileBytes(), folder, reason(e));
    try {
      if (temporary != null) {
        disk.delete(temporary);
      }
    } catch (IOException left) {
      reason += "; and %s is left behind: %s".formatted(temporary, reason(left));
    }
    return new WriteResult.NotWritten(header.version(), reason);
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /** What cannot be removed now is tried again after the next write. */
  private void removeOthers(long written) {
    try {
      int kept = 0;
      for (long version : versions()) {
        if (version > written || ++kept > keep) {
          disk.delete(file(version));
        }
      }
    } catch (IOException _) {
      // The new file is safe; one too many is no harm.
    }
  }

  /**
   * Throws away every newer version: the run goes back.
   *
   * @throws IOException if a file cannot be removed
   */
  public void discardAfter(long version) throws IOException {
    for (long newer : versions()) {
      if (newer > version) {
        disk.delete(file(newer));
      }
    }
    disk.forceFolder(folder);
  }

  /**
   * Reads the newest version whose file can be trusted.
   *
   * @param into native memory of a shard's size
   * @throws IOException if the folder cannot be listed; a file that cannot be read is refused, and
   *     the one before is tried
   */
  public ReadResult readNewest(MemorySegment into) throws IOException {
    List<ReadResult.Refused> refused = new ArrayList<>();
    for (long version : versions()) {
      ReadResult result = read(version, into);
      refused.addAll(result.refused());
      if (result instanceof ReadResult.Restored restored) {
        return new ReadResult.Restored(version, restored.digests(), refused);
      }
    }
    return new ReadResult.Nothing(refused);
  }

  /**
   * Reads one version.
   *
   * @param into native memory of a shard's size
   */
  public ReadResult read(long version, MemorySegment into) {
    if (into.byteSize() != shardBytes) {
      throw new IllegalArgumentException(
          "a shard of %d bytes does not go into %d".formatted(shardBytes, into.byteSize()));
    }
    Path file = file(version);
    try (CheckpointReader reader = new CheckpointReader(file)) {
      Optional<String> wrong = reader.check(id, version, shardBytes);
      if (wrong.isEmpty()) {
        wrong = reader.read(into);
      }
      return wrong.isEmpty()
          ? new ReadResult.Restored(version, reader.digests(), List.of())
          : refused(file, wrong.get());
    } catch (IOException e) {
      return refused(file, "it cannot be read: " + e);
    }
  }

  private static ReadResult refused(Path file, String reason) {
    return new ReadResult.Nothing(List.of(new ReadResult.Refused(file, reason)));
  }
}
