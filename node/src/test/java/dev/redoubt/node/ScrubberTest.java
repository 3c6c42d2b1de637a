package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Message;
import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.store.VersionStore;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is read of stored versions, and when, by a clock in the test's hand. */
class ScrubberTest {

  private static final int BLOCKS = 4;
  private static final long BLOCK = BlockDigest.BLOCK_BYTES;
  private static final long SHARD = BLOCKS * BLOCK;
  private static final int VERSIONS = 4;
  private static final long SECOND = 1_000_000_000L;

  private VersionStore store;
  private final Map<Long, Digest> sealed = new HashMap<>();

  @BeforeEach
  void fill() {
    store = new VersionStore(SHARD, VERSIONS);
    for (long version = 0; version < VERSIONS; version++) {
      write(version);
    }
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void write(long version) {
    MemorySegment bytes = store.begin(version);
    for (long at = 0; at < SHARD; at += Long.BYTES) {
      bytes.set(ValueLayout.JAVA_LONG, at, version * 1_000_003 + at);
    }
    BlockDigests digests = BlockDigests.read(bytes);
    sealed.put(version, digests.root());
    store.seal(version, digests);
  }

  private void flip(long version, int block) {
    MemorySegment bytes = store.tamper(version);
    long at = BlockDigests.offset(block) + 24;
    bytes.set(ValueLayout.JAVA_LONG, at, bytes.get(ValueLayout.JAVA_LONG, at) ^ 1L << 40);
  }

  private static List<Long> versions(List<Message.StoredDigest> found) {
    return found.stream().map(Message.StoredDigest::version).toList();
  }

  private boolean isAsSealed(Message.StoredDigest found) {
    return found.digest().equals(sealed.get(found.version()));
  }

  @Test
  void withoutABudgetAllOlderVersionsAreReadEachTime() {
    Scrubber scrubber = new Scrubber(store, Scrubber.UNLIMITED, 0);

    for (int time = 0; time < 2; time++) {
      List<Message.StoredDigest> found = scrubber.scrub(3, 0);

      assertThat(versions(found)).containsExactly(0L, 1L, 2L);
      assertThat(found).allMatch(this::isAsSealed);
    }
  }

  @Test
  void aBudgetIsKeptAndEveryVersionHasItsTurn() {
    Scrubber scrubber = new Scrubber(store, BLOCK, 0);
    List<Long> read = new ArrayList<>();

    for (int second = 1; second <= 3 * BLOCKS * 2; second++) {
      List<Message.StoredDigest> found = scrubber.scrub(3, second * SECOND);
      assertThat(found).hasSizeLessThanOrEqualTo(1).allMatch(this::isAsSealed);
      read.addAll(versions(found));
    }

    assertThat(read).containsExactly(0L, 1L, 2L, 0L, 1L, 2L);
  }

  @Test
  void nothingIsReadBeforeABlockIsPaidFor() {
    Scrubber scrubber = new Scrubber(store, 4 * SHARD, 0);

    assertThat(scrubber.scrub(3, 0)).isEmpty();
    assertThat(scrubber.scrub(3, SECOND / 4)).hasSize(1);
  }

  @Test
  void idleTimeIsNotSavedUpBeyondOneRound() {
    Scrubber scrubber = new Scrubber(store, BLOCK, 0);

    assertThat(versions(scrubber.scrub(3, 1_000 * SECOND))).containsExactly(0L, 1L, 2L);
    assertThat(scrubber.scrub(3, 1_001 * SECOND)).isEmpty();
  }

  @Test
  void aBlockThatDiffersIsReportedAtOnceAndPaidBackLater() {
    flip(0, 1);
    Scrubber scrubber = new Scrubber(store, BLOCK, 0);
    assertThat(scrubber.scrub(3, SECOND)).isEmpty();

    List<Message.StoredDigest> found = scrubber.scrub(3, 2 * SECOND);

    assertThat(versions(found)).containsExactly(0L);
    assertThat(found).noneMatch(this::isAsSealed);
    assertThat(scrubber.scrub(3, 4 * SECOND)).as("still paying back").isEmpty();
    List<Message.StoredDigest> next = new ArrayList<>();
    for (int second = 5; second <= 8; second++) {
      next.addAll(scrubber.scrub(3, second * SECOND));
    }
    assertThat(versions(next)).containsExactly(1L);
  }

  @Test
  void aVersionThatWasWrittenAnewIsReadFromItsBeginning() {
    Scrubber scrubber = new Scrubber(store, BLOCK, 0);
    assertThat(scrubber.scrub(1, SECOND)).isEmpty();
    store.discardAfter(-1);
    MemorySegment bytes = store.begin(0);
    bytes.fill((byte) 3);
    BlockDigests other = BlockDigests.read(bytes);
    store.seal(0, other);

    List<Message.StoredDigest> found = new ArrayList<>();
    for (int second = 2; second <= 5; second++) {
      assertThat(found).isEmpty();
      found.addAll(scrubber.scrub(1, second * SECOND));
    }

    assertThat(found).containsExactly(new Message.StoredDigest(0, other.root()));
  }

  @Test
  void theLastBlockMayBeShorter() {
    try (VersionStore odd = new VersionStore(BLOCK + 512, 2)) {
      MemorySegment bytes = odd.begin(0).fill((byte) 5);
      BlockDigests digests = BlockDigests.read(bytes);
      odd.seal(0, digests);
      Message.StoredDigest right = new Message.StoredDigest(0, digests.root());

      assertThat(new Scrubber(odd, Scrubber.UNLIMITED, 0).scrub(1, 0)).containsExactly(right);
      Scrubber slow = new Scrubber(odd, BLOCK, 0);
      assertThat(slow.scrub(1, SECOND)).isEmpty();
      assertThat(slow.scrub(1, SECOND + SECOND / 64)).containsExactly(right);
    }
  }

  @Test
  void aVersionThatWasDroppedHalfwayIsLeft() {
    Scrubber scrubber = new Scrubber(store, BLOCK, 0);
    assertThat(scrubber.scrub(3, SECOND)).isEmpty();
    write(4);

    List<Long> read = new ArrayList<>();
    for (int second = 2; second <= 5; second++) {
      read.addAll(versions(scrubber.scrub(4, second * SECOND)));
    }

    assertThat(read).containsExactly(1L);
  }
}
