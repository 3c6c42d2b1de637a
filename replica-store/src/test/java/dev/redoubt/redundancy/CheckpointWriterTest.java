package dev.redoubt.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.digest.Digest;
import dev.redoubt.redundancy.ReadResult.Restored;
import dev.redoubt.redundancy.WriteResult.NotWritten;
import dev.redoubt.redundancy.WriteResult.Written;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterTest {

  private static final long BYTES = 65536 * 3 + 8;
  private static final CheckpointId ID = new CheckpointId(new Digest(77), 0, 1);

  private final Arena arena = Arena.ofConfined();
  private final BlockingQueue<WriteResult> results = new LinkedBlockingQueue<>();

  @AfterEach
  void giveBack() {
    arena.close();
  }

  @Test
  void what_is_written_is_what_the_memory_held_when_it_was_offered(@TempDir Path directory)
      throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    CheckpointFolder folder = folder(directory, new GatedDisk(gate));
    try (CheckpointWriter writer = new CheckpointWriter(folder, results::add)) {
      MemorySegment shard = shard(1);
      assertThat(writer.offer(1, shard, null)).isTrue();
      shard.fill((byte) 99);
      assertThat(writer.offer(2, shard, null)).as("the disk is busy").isFalse();
      gate.countDown();
      assertThat(results.poll(1, TimeUnit.MINUTES)).isInstanceOf(Written.class);
    }
    MemorySegment into = arena.allocate(BYTES);
    assertThat(((Restored) folder.readNewest(into)).version()).isEqualTo(1);
    assertThat(into.mismatch(shard(1))).isEqualTo(-1);
  }

  @Test
  void closing_waits_for_the_file_that_is_being_written(@TempDir Path directory) throws Exception {
    CheckpointFolder folder = folder(directory, Disk.REAL);
    CheckpointWriter writer = new CheckpointWriter(folder, results::add);
    assertThat(writer.offer(3, shard(3), null)).isTrue();
    writer.close();
    writer.close();
    assertThat(results).hasSize(1).first().isInstanceOf(Written.class);
    assertThat(folder.versions()).containsExactly(3L);
    assertThatThrownBy(() -> writer.offer(4, shard(4), null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the checkpoint writer is closed");
  }

  @Test
  void a_failed_file_is_reported_and_the_next_one_is_written(@TempDir Path directory)
      throws Exception {
    FragileDisk disk = new FragileDisk();
    CheckpointFolder folder = folder(directory, disk);
    try (CheckpointWriter writer = new CheckpointWriter(folder, results::add)) {
      disk.failAfter(3);
      assertThat(writer.offer(1, shard(1), null)).isTrue();
      assertThat(results.poll(1, TimeUnit.MINUTES)).isInstanceOf(NotWritten.class);
      assertThat(writer.offer(2, shard(2), null)).isTrue();
      assertThat(results.poll(1, TimeUnit.MINUTES)).isInstanceOf(Written.class);
    }
    assertThat(folder.versions()).containsExactly(2L);
  }

  @Test
  void a_shard_of_another_size_is_refused(@TempDir Path directory) throws Exception {
    try (CheckpointWriter writer =
        new CheckpointWriter(folder(directory, Disk.REAL), results::add)) {
      assertThatThrownBy(() -> writer.offer(1, arena.allocate(16), null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a shard has 196616 bytes, not 16");
    }
  }

  /** Real processes, really killed, wherever they happen to be. */
  @Test
  void a_killed_process_leaves_a_whole_version_behind(@TempDir Path directory) throws Exception {
    for (int round = 1; round <= 3; round++) {
      long seen = writeAndKill(directory, 4L * round);
      CheckpointFolder folder = folder(directory, Disk.REAL);
      MemorySegment into = arena.allocate(BYTES);
      Restored restored = (Restored) folder.readNewest(into);
      assertThat(restored.refused()).isEmpty();
      assertThat(restored.version()).isGreaterThanOrEqualTo(seen);
      assertThat(into.mismatch(shard(restored.version()))).isEqualTo(-1);
    }
  }

  private static long writeAndKill(Path directory, long until)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("redoubt.jvm.args", "").split(" ")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path", "")));
    command.addAll(List.of(Endless.class.getName(), directory.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader lines = process.inputReader()) {
      Optional<Long> reached =
          lines
              .lines()
              .filter(line -> line.startsWith("written "))
              .map(line -> Long.parseLong(line.substring(8)))
              .filter(version -> version >= until)
              .findFirst();
      return reached.orElseThrow();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** Writes versions until it is killed. */
  static final class Endless {

    private Endless() {}

    public static void main(String[] args) throws IOException {
      CheckpointFolder folder = folder(Path.of(args[0]), Disk.REAL);
      try (Arena arena = Arena.ofConfined()) {
        long first = folder.versions().stream().findFirst().orElse(0L) + 1;
        LongStream.iterate(first, version -> version + 1)
            .forEach(
                version -> {
                  folder.write(version, fill(arena.allocate(BYTES, 8), version), null);
                  System.out.println("written " + version);
                });
      }
    }
  }

  /** Does not rename before the gate is open. */
  private static final class GatedDisk implements Disk {
    private final CountDownLatch gate;

    GatedDisk(CountDownLatch gate) {
      this.gate = gate;
    }

    @Override
    public Path createTemporary(Path folder, String prefix) throws IOException {
      return REAL.createTemporary(folder, prefix);
    }

    @Override
    public Output open(Path file) throws IOException {
      return REAL.open(file);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      try {
        assertThat(gate.await(1, TimeUnit.MINUTES)).isTrue();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      REAL.rename(from, to);
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
      REAL.forceFolder(folder);
    }

    @Override
    public void delete(Path file) throws IOException {
      REAL.delete(file);
    }

    @Override
    public long usableBytes(Path folder) throws IOException {
      return REAL.usableBytes(folder);
    }
  }

  private static CheckpointFolder folder(Path directory, Disk disk) throws IOException {
    return new CheckpointFolder(directory, ID, BYTES, 2, disk);
  }

  private MemorySegment shard(long version) {
    return fill(arena.allocate(BYTES, 8), version);
  }

  private static MemorySegment fill(MemorySegment shard, long version) {
    for (long at = 0; at < BYTES; at += Long.BYTES) {
      shard.set(ValueLayout.JAVA_LONG, at, version * 0x9E3779B97F4A7C15L + at);
    }
    return shard;
  }
}
