package dev.redoubt.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.redundancy.ReadResult.Nothing;
import dev.redoubt.redundancy.ReadResult.Refused;
import dev.redoubt.redundancy.ReadResult.Restored;
import dev.redoubt.redundancy.WriteResult.NotWritten;
import dev.redoubt.redundancy.WriteResult.Written;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointFolderTest {

  private static final long BYTES = 2L * BlockDigest.BLOCK_BYTES + 24;
  private static final CheckpointId ID = new CheckpointId(new Digest(0xABCDEF), 1, 2);

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void giveBack() {
    arena.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {8, 65536, 65544, 7 * 65536 - 8, (1 << 22) + 65536 + 16})
  void what_was_written_is_read_bit_for_bit(long bytes, @TempDir Path directory)
      throws IOException {
    CheckpointFolder folder = new CheckpointFolder(directory, ID, bytes, 2);
    MemorySegment shard = shard(bytes, 7);
    Written written = (Written) folder.write(7, shard, null);
    assertThat(Files.size(written.file())).isEqualTo(written.bytes());
    MemorySegment into = shard(bytes, 0);
    Restored restored = (Restored) folder.readNewest(into);
    assertThat(restored.version()).isEqualTo(7);
    assertThat(restored.digests()).isEqualTo(BlockDigests.read(shard));
    assertThat(into.mismatch(shard)).isEqualTo(-1);
  }

  @Test
  void the_last_versions_are_kept_and_nothing_else_is_touched(@TempDir Path directory)
      throws IOException {
    Path notes = Files.writeString(directory.resolve("notes.txt"), "mine");
    CheckpointId other = new CheckpointId(ID.run(), 0, 2);
    CheckpointFolder neighbour = new CheckpointFolder(directory, other, BYTES, 3);
    neighbour.write(1, shard(BYTES, 99), null);
    CheckpointFolder folder = folder(directory, 3);
    for (long version = 10; version <= 60; version += 10) {
      write(folder, version);
    }
    assertThat(folder.versions()).containsExactly(60L, 50L, 40L);
    assertThat(neighbour.versions()).containsExactly(1L);
    assertThat(notes).hasContent("mine");
    assertThat(folder.readNewest(arena.allocate(BYTES))).isInstanceOf(Restored.class);
  }

  @Test
  void a_run_that_went_back_drops_what_it_went_back_over(@TempDir Path directory)
      throws IOException {
    CheckpointFolder folder = folder(directory, 3);
    write(folder, 10);
    write(folder, 20);
    write(folder, 30);
    write(folder, 15);
    assertThat(folder.versions()).containsExactly(15L, 10L);
    folder.discardAfter(12);
    assertThat(folder.versions()).containsExactly(10L);
  }

  @Test
  void any_damaged_byte_is_seen_and_the_version_before_is_taken(@TempDir Path directory)
      throws IOException {
    CheckpointFolder folder = folder(directory, 2);
    write(folder, 1);
    write(folder, 2);
    Path newest = folder.file(2);
    byte[] pristine = Files.readAllBytes(newest);
    SplittableRandom random = new SplittableRandom(5);
    int[] places = {0, 9, 17, 4095, 4096, 4096 + 65536, pristine.length - 1, pristine.length - 9};
    for (int round = 0; round < 40; round++) {
      int at = round < places.length ? places[round] : random.nextInt(pristine.length);
      byte[] damaged = pristine.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(newest, damaged);
      fallsBack(folder, "byte " + at);
    }
    Files.write(newest, pristine);
    assertThat(folder.readNewest(arena.allocate(BYTES)).refused()).isEmpty();
  }

  @Test
  void a_torn_file_of_any_length_is_seen(@TempDir Path directory) throws IOException {
    CheckpointFolder folder = folder(directory, 2);
    write(folder, 1);
    write(folder, 2);
    Path newest = folder.file(2);
    byte[] pristine = Files.readAllBytes(newest);
    SplittableRandom random = new SplittableRandom(6);
    for (int round = 0; round < 24; round++) {
      int length =
          round == 0 ? 0 : round == 1 ? pristine.length - 1 : random.nextInt(pristine.length);
      Files.write(newest, Arrays.copyOf(pristine, length));
      assertThat(fallsBack(folder, "length " + length).reason()).startsWith("it is torn: ");
    }
    Files.write(newest, Arrays.copyOf(pristine, pristine.length + 1));
    assertThat(fallsBack(folder, "one too long").reason())
        .isEqualTo(
            "it is torn: it has %d bytes, not %d".formatted(pristine.length + 1, pristine.length));
    Files.write(newest, new byte[pristine.length]);
    assertThat(fallsBack(folder, "zeros").reason())
        .isEqualTo("it is no checkpoint: it does not begin with RDBTCKPT");
  }

  private Refused fallsBack(CheckpointFolder folder, String story) throws IOException {
    MemorySegment into = arena.allocate(BYTES);
    ReadResult result = folder.readNewest(into);
    assertThat(result).as(story).isInstanceOf(Restored.class);
    assertThat(((Restored) result).version()).as(story).isEqualTo(1);
    assertThat(into.mismatch(shard(BYTES, 1))).as(story).isEqualTo(-1);
    assertThat(result.refused()).as(story).hasSize(1);
    Refused refused = result.refused().getFirst();
    assertThat(refused.file()).isEqualTo(folder.file(2));
    return refused;
  }

  @Test
  void a_damaged_block_is_named(@TempDir Path directory) throws IOException {
    CheckpointFolder folder = folder(directory, 1);
    write(folder, 3);
    byte[] bytes = Files.readAllBytes(folder.file(3));
    bytes[4096 + 65536 + 11] ^= 1;
    Files.write(folder.file(3), bytes);
    assertThat(folder.readNewest(arena.allocate(BYTES)))
        .isEqualTo(new Nothing(List.of(new Refused(folder.file(3), "block 1 of 3 is damaged"))));
  }

  @Test
  void rot_before_the_snapshot_does_not_become_the_truth(@TempDir Path directory)
      throws IOException {
    CheckpointFolder folder = folder(directory, 2);
    MemorySegment shard = shard(BYTES, 4);
    BlockDigests sealed = BlockDigests.read(shard);
    shard.set(ValueLayout.JAVA_BYTE, 5, (byte) ~shard.get(ValueLayout.JAVA_BYTE, 5));
    folder.write(4, shard, sealed);
    assertThat(folder.readNewest(arena.allocate(BYTES)).refused())
        .containsExactly(new Refused(folder.file(4), "block 0 of 3 is damaged"));
  }

  @Test
  void a_file_of_another_run_or_rank_or_size_is_refused(@TempDir Path directory)
      throws IOException {
    CheckpointFolder folder = folder(directory, 2);
    CheckpointId foreign = new CheckpointId(new Digest(0x123), 1, 2);
    CheckpointFolder other = new CheckpointFolder(directory, foreign, BYTES, 2);
    write(other, 9);
    assertThat(folder.readNewest(arena.allocate(BYTES))).isEqualTo(new Nothing(List.of()));
    Files.move(other.file(9), folder.file(9));
    refused(
        folder,
        "it is of run 0000000000000123, rank 1 of 2, not of run 0000000000abcdef, rank 1 of 2");
    CheckpointFolder small = new CheckpointFolder(directory, ID, 8, 2);
    small.write(9, shard(8, 9), null);
    refused(folder, "it holds 8 bytes of version 9, not 131096 of version 9");
    write(folder, 8);
    Files.move(folder.file(8), folder.file(9));
    refused(folder, "it holds 131096 bytes of version 8, not 131096 of version 9");
  }

  private void refused(CheckpointFolder folder, String reason) {
    assertThat(folder.read(9, arena.allocate(BYTES)))
        .isEqualTo(new Nothing(List.of(new Refused(folder.file(9), reason))));
  }

  @Test
  void power_may_go_between_any_two_calls_and_a_whole_version_is_there(@TempDir Path directory)
      throws IOException {
    int written = 0;
    int cuts = 0;
    for (int calls = 0; written < 2; calls++) {
      Path own = directory.resolve("cut" + calls);
      FragileDisk disk = new FragileDisk();
      CheckpointFolder folder = new CheckpointFolder(own, ID, BYTES, 1, disk);
      write(folder, 1);
      disk.cutAfter(calls);
      try {
        write(folder, 2);
        written++;
      } catch (FragileDisk.PowerCut _) {
        cuts++;
      }
      CheckpointFolder after = folder(own, 1);
      MemorySegment into = arena.allocate(BYTES);
      Restored restored = (Restored) after.readNewest(into);
      assertThat(restored.refused()).isEmpty();
      assertThat(into.mismatch(shard(BYTES, restored.version()))).isEqualTo(-1);
      assertThat(names(own)).as("after call " + calls).noneMatch(name -> name.endsWith(".tmp"));
    }
    assertThat(cuts).isGreaterThanOrEqualTo(9);
  }

  @Test
  void a_disk_may_fail_at_any_call_and_the_version_before_stays(@TempDir Path directory)
      throws IOException {
    int failed = 0;
    for (int calls = 0; calls < 30; calls++) {
      Path own = directory.resolve("full" + calls);
      FragileDisk disk = new FragileDisk();
      CheckpointFolder folder = new CheckpointFolder(own, ID, BYTES, 2, disk);
      write(folder, 1);
      disk.failAfter(calls);
      WriteResult result = folder.write(2, shard(BYTES, 2), null);
      disk.failAfter(Integer.MAX_VALUE);
      if (result instanceof NotWritten not) {
        failed++;
        assertThat(not.reason())
            .startsWith("checkpoint of version 2, 135224 bytes, into " + own + ": ")
            .endsWith("No space left on device");
      }
      MemorySegment into = arena.allocate(BYTES);
      Restored restored = (Restored) folder.readNewest(into);
      assertThat(restored.refused()).isEmpty();
      assertThat(into.mismatch(shard(BYTES, restored.version()))).isEqualTo(-1);
      assertThat(names(own)).noneMatch(name -> name.endsWith(".tmp"));
      write(folder, 3);
      assertThat(folder.versions()).startsWith(3L);
    }
    assertThat(failed).isGreaterThanOrEqualTo(9);
  }

  @Test
  void a_disk_that_is_too_full_is_not_written_at_all(@TempDir Path directory) throws IOException {
    FragileDisk disk = new FragileDisk();
    CheckpointFolder folder = new CheckpointFolder(directory, ID, BYTES, 2, disk);
    disk.usable(1000);
    assertThat(folder.write(5, shard(BYTES, 5), null))
        .isEqualTo(
            new NotWritten(
                5,
                "checkpoint of version 5, 135224 bytes, into "
                    + directory
                    + ": no space left: 1000 bytes are free"));
    assertThat(names(directory)).isEmpty();
  }

  @Test
  void a_folder_that_cannot_be_made_is_an_error(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() -> folder(file, 1)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> folder(directory, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("at least 1 checkpoint is kept, not 0");
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static CheckpointFolder folder(Path directory, int keep) throws IOException {
    return new CheckpointFolder(directory, ID, BYTES, keep);
  }

  private void write(CheckpointFolder folder, long version) {
    assertThat(folder.write(version, shard(BYTES, version), null)).isInstanceOf(Written.class);
  }

  private MemorySegment shard(long bytes, long version) {
    MemorySegment shard = arena.allocate(bytes, 8);
    SplittableRandom random = new SplittableRandom(version);
    for (long at = 0; at < bytes; at += Long.BYTES) {
      shard.set(ValueLayout.JAVA_LONG, at, random.nextLong());
    }
    return shard;
  }
}
