package dev.redoubt.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.store.StripedResult.Dropped;
import dev.redoubt.store.StripedResult.Incomplete;
import dev.redoubt.store.StripedResult.Pulled;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three donors, a shard of 300 blocks with a short last one, and one who lacks it. */
abstract class StripedContract {

  private static final int BLOCKS = 300;
  private static final long BYTES = (BLOCKS - 1L) * BlockDigest.BLOCK_BYTES + 24;
  private static final long VERSION = 7;
  private static final long EPOCH = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final List<String> ALL = List.of("ada", "bob", "carl");

  private final Arena arena = Arena.ofShared();
  private final MemorySegment pristine = random(arena);
  private final BlockDigests digests = BlockDigests.read(pristine);
  private final Map<String, VersionStore> stores = new ConcurrentHashMap<>();
  private final Map<String, Endpoint> donors = new ConcurrentHashMap<>();
  private final VersionStore target = new VersionStore(BYTES, 2);
  private final Set<String> corruptOnWire = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> breaksOffAt = new ConcurrentHashMap<>();
  private final Fabric fabric = make(FabricOptions.defaults().withTap(new Tap()));
  private final Endpoint patient = fabric.open("patient", new Recorder());

  abstract Fabric make(FabricOptions options);

  private final class Tap implements FrameTap {
    @Override
    public void beforeBlock(String from, String to, long version, int block) {
      Integer left = breaksOffAt.computeIfPresent(from, (_, count) -> count - 1);
      Endpoint donor = donors.get(from);
      if (left != null && left == 0 && donor != null) {
        donor.breakOff();
      }
    }

    @Override
    public Fate block(String from, String to, long version, int block, MemorySegment wire) {
      if (corruptOnWire.contains(from)) {
        flip(wire, 11);
      }
      return Fate.DELIVER;
    }
  }

  @BeforeEach
  void fill() {
    ALL.forEach(this::donor);
  }

  private void donor(String name) {
    VersionStore store = new VersionStore(BYTES, 2);
    store(store);
    stores.put(name, store);
    Endpoint endpoint = fabric.open(name, new Recorder());
    endpoint.serve(Donor.of(store));
    donors.put(name, endpoint);
  }

  @AfterEach
  void giveBack() {
    fabric.close();
    stores.values().forEach(VersionStore::close);
    target.close();
    arena.close();
  }

  @Test
  void all_donors_give_a_part_and_the_whole_is_right() {
    Pulled pulled = (Pulled) run(ALL);
    assertThat(pulled.bytes()).isEqualTo(BYTES);
    assertThat(pulled.blocks().values().stream().mapToInt(Integer::intValue).sum())
        .isEqualTo(BLOCKS);
    assertThat(pulled.dropped()).isEmpty();
    assertTargetIsPristine();
  }

  @Test
  void a_donor_that_dies_is_replaced_by_the_others() {
    breaksOffAt.put("bob", 3);
    Pulled pulled = (Pulled) run(ALL);
    assertThat(pulled.dropped()).extracting(Dropped::donor).containsExactly("bob");
    assertThat(pulled.dropped().getFirst().isCorrupt()).isFalse();
    assertTargetIsPristine();
  }

  @Test
  void a_donor_with_rot_is_replaced_whether_it_gives_digests_or_blocks() {
    flip(store("ada").tamper(VERSION), 77);
    for (int block = 0; block < BLOCKS; block++) {
      flip(store("carl").tamper(VERSION), BlockDigests.offset(block) + 5);
    }
    Pulled pulled = (Pulled) run(List.of("ada", "bob", "carl"));
    assertThat(pulled.dropped()).extracting(Dropped::donor).contains("ada");
    assertThat(pulled.dropped()).allMatch(Dropped::isCorrupt);
    assertThat(pulled.blocks().getOrDefault("carl", 0)).isZero();
    assertTargetIsPristine();
  }

  @Test
  void a_corrupt_wire_drops_the_donor_behind_it() {
    corruptOnWire.add("carl");
    breaksOffAt.put("ada", 40);
    breaksOffAt.put("bob", 40);
    assertThat(run(ALL)).isInstanceOf(Incomplete.class);
    assertThat(target.versions()).isEmpty();
  }

  @Test
  void a_transfer_goes_on_where_it_was_with_other_donors_in_a_newer_epoch() {
    breaksOffAt.put("ada", 100);
    try (StripedTransfer transfer = new StripedTransfer(target, VERSION, digests.root())) {
      Incomplete first = (Incomplete) transfer.run(patient, EPOCH, List.of("ada"), PATIENCE);
      assertThat(first.missing()).isBetween(1, BLOCKS - 1);
      Objects.requireNonNull(donors.get("bob")).fence(EPOCH + 1);
      Incomplete stale = (Incomplete) transfer.run(patient, EPOCH, List.of("bob"), PATIENCE);
      assertThat(stale.missing()).isEqualTo(first.missing());
      Pulled rest = (Pulled) transfer.run(patient, EPOCH + 1, List.of("bob"), PATIENCE);
      assertThat(rest.blocks()).isEqualTo(Map.of("bob", first.missing()));
    }
    assertTargetIsPristine();
  }

  @Test
  void of_a_copy_that_differs_only_the_blocks_that_differ_move() {
    store(target);
    for (int block : new int[] {0, 1, 2, 150, BLOCKS - 1}) {
      flip(target.tamper(VERSION), BlockDigests.offset(block) + 3);
    }
    Pulled pulled = (Pulled) run(ALL);
    assertThat(pulled.bytes()).isEqualTo(4L * BlockDigest.BLOCK_BYTES + 24);
    assertTargetIsPristine();
  }

  @Test
  void without_anybody_who_has_it_nothing_is_left_behind() {
    stores.values().forEach(store -> store.discardAfter(VERSION - 1));
    Incomplete result = (Incomplete) run(Stream.concat(ALL.stream(), Stream.of("eve")).toList());
    assertThat(result.missing()).isEqualTo(-1);
    assertThat(result.dropped())
        .extracting(Dropped::reason)
        .containsExactly(
            "ada does not keep version 7",
            "bob does not keep version 7",
            "carl does not keep version 7",
            "eve is not there");
    assertThat(target.versions()).isEmpty();
  }

  private VersionStore store(String donor) {
    return Objects.requireNonNull(stores.get(donor));
  }

  private StripedResult run(List<String> from) {
    try (StripedTransfer transfer = new StripedTransfer(target, VERSION, digests.root())) {
      return transfer.run(patient, EPOCH, from, PATIENCE);
    }
  }

  private void assertTargetIsPristine() {
    StoredVersion stored = target.find(VERSION).orElseThrow();
    assertThat(stored.bytes().mismatch(pristine)).isEqualTo(-1);
    assertThat(stored.digests()).isEqualTo(digests);
  }

  private void store(VersionStore store) {
    MemorySegment slot = store.begin(VERSION);
    slot.copyFrom(pristine);
    store.seal(VERSION, digests);
  }

  private static void flip(MemorySegment memory, long at) {
    memory.set(ValueLayout.JAVA_BYTE, at, (byte) (memory.get(ValueLayout.JAVA_BYTE, at) ^ 16));
  }

  private static MemorySegment random(Arena arena) {
    MemorySegment memory = arena.allocate(BYTES, 8);
    SplittableRandom random = new SplittableRandom(5);
    for (long at = 0; at < BYTES; at += Long.BYTES) {
      memory.set(ValueLayout.JAVA_LONG, at, random.nextLong());
    }
    return memory;
  }
}
