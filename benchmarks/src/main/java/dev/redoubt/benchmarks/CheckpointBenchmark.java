package dev.redoubt.benchmarks;

import dev.redoubt.digest.Digest;
import dev.redoubt.redundancy.CheckpointFolder;
import dev.redoubt.redundancy.CheckpointId;
import dev.redoubt.redundancy.ReadResult;
import dev.redoubt.redundancy.WriteResult;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A checkpoint of 100 MiB on disk beside a plain file of the same bytes that is forced. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class CheckpointBenchmark {

  private static final long BYTES = 100L << 20;

  private Path directory;
  private CheckpointFolder folder;
  private Arena arena;
  private MemorySegment shard;
  private MemorySegment copy;
  private long version;

  @Setup
  public void take() throws IOException {
    directory = Files.createTempDirectory("redoubt-checkpoints");
    folder = new CheckpointFolder(directory, new CheckpointId(new Digest(1), 0, 1), BYTES, 1);
    arena = Arena.ofShared();
    shard = arena.allocate(BYTES, 64).fill((byte) 3);
    copy = arena.allocate(BYTES, 64);
    version = 0;
    folder.write(version, shard, null);
  }

  @TearDown
  public void free() throws IOException {
    arena.close();
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> all = files.toList();
      for (Path file : all) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  @Benchmark
  public WriteResult write() {
    version++;
    return folder.write(version, shard, null);
  }

  @Benchmark
  public ReadResult readAndVerify() throws IOException {
    return folder.readNewest(copy);
  }

  @Benchmark
  public void plainFile() throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            directory.resolve("plain"),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = shard.asByteBuffer();
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }
}
