package dev.redoubt.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VersionStoreTest {

  private static final long BYTES = BlockDigest.BLOCK_BYTES + 24L;

  private final VersionStore store = new VersionStore(BYTES, 3, Duration.ofMillis(1));

  @AfterEach
  void giveBack() {
    store.close();
  }

  @Test
  void it_keeps_the_last_versions_and_recycles_the_oldest() {
    write(1, 2, 3, 4, 5);
    assertThat(store.versions()).containsExactly(3L, 4L, 5L);
    assertThat(store.newest()).map(StoredVersion::version).hasValue(5L);
    assertThat(store.find(2)).isEmpty();
    for (long version = 3; version <= 5; version++) {
      assertThat(store.find(version).orElseThrow().bytes().get(ValueLayout.JAVA_LONG, 8))
          .isEqualTo(version);
    }
  }

  @Test
  void a_version_that_is_being_written_cannot_be_read() {
    write(1);
    store.begin(2);
    assertThat(store.find(2)).isEmpty();
    assertThat(store.lease(2)).isEmpty();
    assertThat(store.newest()).map(StoredVersion::version).hasValue(1L);
    store.abandon(2);
    refused(() -> store.seal(2, null), "version 2 was not begun; kept: [1]");
  }

  @Test
  void a_pinned_or_newer_version_is_never_dropped() {
    write(1, 2, 3);
    store.pin(2);
    write(4);
    refused(
        () -> store.begin(5),
        "no slot for version 5: the oldest kept is 2, and versions from 2 on are pinned");
    assertThat(store.versions()).containsExactly(2L, 3L, 4L);
    store.pin(3);
    write(5);
    assertThat(store.versions()).containsExactly(3L, 4L, 5L);
  }

  @Test
  void a_rewind_throws_newer_versions_away_but_not_the_pinned_one() {
    write(1, 2);
    store.begin(3);
    store.pin(1);
    refused(() -> store.discardAfter(0), "cannot go back to version 0: version 1 is pinned");
    store.discardAfter(1);
    assertThat(store.versions()).containsExactly(1L);
    write(2, 3);
    assertThat(store.versions()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void what_is_older_than_the_base_can_be_thrown_away_too() {
    write(1, 2, 3);
    store.pin(2);
    store.discardBefore(2);
    assertThat(store.versions()).containsExactly(2L, 3L);
    write(4);
    assertThat(store.versions()).containsExactly(2L, 3L, 4L);
  }

  @Test
  void neither_a_sealed_nor_a_newer_version_is_overwritten() {
    write(4, 5, 6);
    refused(() -> store.begin(5), "version 5 is sealed; discard it first");
    refused(() -> store.begin(3), "no slot for version 3: the oldest kept is 4, which is newer");
  }

  @Test
  void the_newest_version_is_not_dropped_while_others_are_written() {
    write(1);
    store.begin(2);
    store.begin(3);
    refused(() -> store.begin(4), "no slot for version 4: all others are being written");
    assertThat(store.versions()).containsExactly(1L);
  }

  @Test
  void a_begun_version_is_begun_again_in_its_slot() {
    MemorySegment first = store.begin(1);
    assertThat(store.begin(1)).isEqualTo(first);
  }

  @Test
  void rot_shows_when_the_memory_is_read_again_and_a_repair_ends_it() {
    write(1);
    BlockDigests sealed = store.find(1).orElseThrow().digests();
    assertThat(store.reread(1)).isEqualTo(sealed);
    MemorySegment door = store.tamper(1);
    byte pristine = door.get(ValueLayout.JAVA_BYTE, BYTES - 1);
    MemorySegment lastBlock =
        Arena.ofAuto().allocate(24).copyFrom(door.asSlice(BlockDigest.BLOCK_BYTES));
    door.set(ValueLayout.JAVA_BYTE, BYTES - 1, (byte) (pristine ^ 1));
    assertThat(store.find(1).orElseThrow().digests()).isEqualTo(sealed);
    assertThat(store.reread(1)).isNotEqualTo(sealed);
    store.replaceBlock(1, 1, lastBlock);
    assertThat(store.reread(1)).isEqualTo(sealed);
  }

  @Test
  void readers_cannot_write() {
    write(1);
    assertThat(store.find(1).orElseThrow().bytes().isReadOnly()).isTrue();
    try (Lease lease = store.lease(1).orElseThrow()) {
      assertThat(lease.stored().bytes().isReadOnly()).isTrue();
    }
  }

  @Test
  void a_slot_is_not_recycled_or_repaired_under_its_reader() {
    write(1, 2, 3);
    Lease lease = store.lease(1).orElseThrow();
    refused(() -> store.begin(4), "version 1 is still being read by 1 after PT0.001S");
    assertThat(lease.stored().bytes().get(ValueLayout.JAVA_LONG, 8)).isEqualTo(1);
    lease.close();
    lease.close();
    write(4);
    assertThat(store.versions()).containsExactly(2L, 3L, 4L);

    MemorySegment block = store.tamper(4).asSlice(0, BlockDigest.BLOCK_BYTES);
    try (Lease _ = store.lease(4).orElseThrow()) {
      refused(
          () -> store.replaceBlock(4, 0, block),
          "version 4 is still being read by 1 after PT0.001S");
    }
    assertThatCode(() -> store.replaceBlock(4, 0, block)).doesNotThrowAnyException();
  }

  @Test
  void a_writer_goes_on_when_the_reader_leaves() throws Exception {
    try (VersionStore patient = new VersionStore(BYTES, 2, Duration.ofMinutes(1))) {
      for (long version = 1; version <= 2; version++) {
        patient.begin(version);
        patient.seal(version, null);
      }
      Lease lease = patient.lease(1).orElseThrow();
      CompletableFuture<MemorySegment> writer =
          CompletableFuture.supplyAsync(() -> patient.begin(3));
      lease.close();
      assertThat(writer.get(1, TimeUnit.MINUTES).byteSize()).isEqualTo(BYTES);
    }
  }

  @Test
  void a_discarded_version_stays_whole_for_those_who_read_it() {
    write(1, 2);
    try (Lease lease = store.lease(2).orElseThrow()) {
      store.discardAfter(1);
      write(2);
      assertThat(store.versions()).containsExactly(1L, 2L);
      assertThat(lease.stored().bytes().get(ValueLayout.JAVA_LONG, 8)).isEqualTo(2);
    }
  }

  @Test
  void too_little_memory_is_said_with_the_bytes_wanted() {
    assertThatThrownBy(() -> new VersionStore(1L << 45, 4))
        .isInstanceOf(StoreException.class)
        .hasMessageStartingWith("no memory for 4 versions of 35184372088832 bytes: ");
  }

  @Test
  void wrong_sizes_are_refused() {
    assertThatThrownBy(() -> new VersionStore(12, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a shard has a positive multiple of 8 bytes, not 12");
    assertThatThrownBy(() -> new VersionStore(16, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a store keeps at least 2 versions, not 1");
    store.begin(1);
    assertThatThrownBy(() -> store.seal(1, BlockDigests.of(new long[1])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 digests for 2 blocks");
  }

  @Test
  void the_memory_is_not_given_back_under_a_reader() {
    write(1);
    Lease lease = store.lease(1).orElseThrow();
    refused(store::close, "version 1 is still being read by 1 after PT0.001S");
    assertThat(lease.stored().bytes().get(ValueLayout.JAVA_LONG, 8)).isEqualTo(1);
    lease.close();
    store.close();
    assertThat(lease.stored().bytes().scope().isAlive()).isFalse();
    refused(() -> store.begin(2), "the store is closed");
  }

  private void write(long... versions) {
    for (long version : versions) {
      MemorySegment slot = store.begin(version);
      for (long at = 0; at < BYTES; at += Long.BYTES) {
        slot.set(ValueLayout.JAVA_LONG, at, version * (at / 8));
      }
      store.seal(version, BlockDigests.read(slot));
    }
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(StoreException.class).hasMessage(message);
  }
}
