package dev.redoubt.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.store.PullResult.ArrivedCorrupt;
import dev.redoubt.store.PullResult.DonorCorrupt;
import dev.redoubt.store.PullResult.DonorGone;
import dev.redoubt.store.PullResult.EpochRefused;
import dev.redoubt.store.PullResult.Pulled;
import dev.redoubt.store.PullResult.TargetCorrupt;
import dev.redoubt.store.PullResult.VersionMissing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two workers and a shard of 100 blocks, the last one short; the pristine copy lies beside. */
abstract class TransferContract {

  private static final int BLOCKS = 100;
  private static final long BYTES = (BLOCKS - 1L) * BlockDigest.BLOCK_BYTES + 40;
  private static final long VERSION = 7;
  private static final long EPOCH = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Arena arena = Arena.ofShared();
  private final MemorySegment pristine = random(arena);
  private final BlockDigests digests = BlockDigests.read(pristine);
  private final VersionStore healthy = new VersionStore(BYTES, 2);
  private final VersionStore target = new VersionStore(BYTES, 2);
  private IntConsumer beforeBlock = _ -> {};
  private BiConsumer<Integer, MemorySegment> onWire = (_, _) -> {};
  private final Fabric fabric = make(FabricOptions.defaults().withTap(new Tap()));
  private final Endpoint donor = fabric.open("donor", new Recorder());
  private final Endpoint patient = fabric.open("patient", new Recorder());

  /** A new fabric without endpoints. */
  abstract Fabric make(FabricOptions options);

  /** Calls what the test set. */
  private final class Tap implements FrameTap {
    @Override
    public void beforeBlock(String from, String to, long version, int block) {
      beforeBlock.accept(block);
    }

    @Override
    public Fate block(String from, String to, long version, int block, MemorySegment wire) {
      onWire.accept(block, wire);
      return Fate.DELIVER;
    }
  }

  @BeforeEach
  void fill() {
    donor.serve(Donor.of(healthy));
    store(healthy);
  }

  @AfterEach
  void giveBack() {
    fabric.close();
    healthy.close();
    target.close();
    arena.close();
  }

  @Test
  void a_worker_without_the_version_gets_all_of_it() {
    assertThat(pull(digests.root())).isEqualTo(new Pulled(BLOCKS, BYTES));
    assertTargetIsPristine();
    assertThat(target.find(VERSION).orElseThrow().digests()).isEqualTo(digests);
  }

  @Test
  void one_flipped_bit_moves_exactly_one_block() {
    store(target);
    flip(target.tamper(VERSION), 42L * BlockDigest.BLOCK_BYTES + 1001);
    assertThat(target.reread(VERSION).root()).isNotEqualTo(digests.root());
    assertThat(pull(digests.root())).isEqualTo(new Pulled(1, BlockDigest.BLOCK_BYTES));
    assertTargetIsPristine();
  }

  @Test
  void the_short_last_block_is_repaired_too() {
    store(target);
    flip(target.tamper(VERSION), BYTES - 1);
    assertThat(pull(digests.root())).isEqualTo(new Pulled(1, 40));
    assertTargetIsPristine();
  }

  /** The donor has another shard of its own, of the same version. */
  @Test
  void a_guest_is_asked_for_by_its_shard_and_not_taken_for_the_donors_own() {
    try (VersionStore own = new VersionStore(BYTES, 2)) {
      own.begin(VERSION).fill((byte) 9);
      own.seal(VERSION, null);
      donor.serve(Donor.of(own, Map.of(1, healthy)));
      assertThat(pull(digests.root())).isInstanceOf(DonorCorrupt.class);
      assertThat(pullGuest(2)).isEqualTo(new VersionMissing(VERSION));
      assertThat(pullGuest(1)).isEqualTo(new Pulled(BLOCKS, BYTES));
      assertTargetIsPristine();
      flip(target.tamper(VERSION), 5);
      assertThat(pullGuest(1)).isEqualTo(new Pulled(1, BlockDigest.BLOCK_BYTES));
      assertTargetIsPristine();
    }
  }

  @Test
  void who_has_no_guests_says_so() {
    assertThat(pullGuest(0)).isEqualTo(new VersionMissing(VERSION));
  }

  @Test
  void a_healthy_copy_needs_nothing() {
    store(target);
    assertThat(pull(digests.root())).isEqualTo(new Pulled(0, 0));
  }

  @Test
  void a_copy_that_attested_corrupt_bytes_has_the_agreed_digests_after_the_repair() {
    MemorySegment slot = target.begin(VERSION);
    slot.copyFrom(pristine);
    flip(slot, 5);
    target.seal(VERSION, BlockDigests.read(slot));
    assertThat(pull(digests.root())).isEqualTo(new Pulled(1, BlockDigest.BLOCK_BYTES));
    assertThat(target.find(VERSION).orElseThrow().digests()).isEqualTo(digests);
  }

  @Test
  void a_donor_with_rot_is_refused_although_it_was_sealed_well() {
    flip(healthy.tamper(VERSION), 77);
    Digest found = healthy.reread(VERSION).root();
    assertThat(pull(digests.root())).isEqualTo(new DonorCorrupt(found));
    assertThat(target.versions()).isEmpty();

    store(target);
    flip(target.tamper(VERSION), 4711);
    BlockDigests before = target.reread(VERSION);
    assertThat(pull(digests.root())).isEqualTo(new DonorCorrupt(found));
    assertThat(target.reread(VERSION)).isEqualTo(before);
  }

  /** The counterpart: with digests off the rot is copied, which is why they are on. */
  @Test
  void without_an_agreed_digest_rot_is_copied_faithfully() {
    flip(healthy.tamper(VERSION), 77);
    assertThat(pull(null)).isEqualTo(new Pulled(BLOCKS, BYTES));
    StoredVersion stored = target.find(VERSION).orElseThrow();
    assertThat(stored.bytes().mismatch(pristine)).isEqualTo(77);
    assertThat(stored.digests()).isNull();
  }

  @Test
  void a_donor_that_rots_between_its_digests_and_a_block_is_caught_on_arrival() {
    beforeBlock = block -> flipWhen(block == 31, healthy.tamper(VERSION), 31);
    assertThat(pull(digests.root())).isEqualTo(new ArrivedCorrupt(31));
    assertThat(target.versions()).isEmpty();
    assertThat(target.find(VERSION)).isEmpty();
  }

  @Test
  void a_block_corrupted_on_the_wire_is_caught_and_not_put_into_place() {
    store(target);
    flip(target.tamper(VERSION), 0);
    BlockDigests before = target.reread(VERSION);
    onWire = (_, wire) -> flip(wire, 9);
    assertThat(pull(digests.root())).isEqualTo(new ArrivedCorrupt(0));
    assertThat(target.reread(VERSION)).isEqualTo(before);
  }

  @Test
  void a_target_whose_own_memory_fails_is_not_called_healed() {
    store(target);
    flip(target.tamper(VERSION), 0);
    onWire = (_, _) -> flip(target.tamper(VERSION), BYTES - 1);
    assertThat(pull(digests.root())).isInstanceOf(TargetCorrupt.class);
  }

  @Test
  void a_donor_that_breaks_off_in_the_middle_is_gone() {
    beforeBlock =
        block -> {
          if (block == 50) {
            donor.breakOff();
          }
        };
    assertThat(pull(digests.root())).isEqualTo(new DonorGone("donor broke off"));
    assertThat(target.versions()).isEmpty();
    assertThat(pull(digests.root())).isEqualTo(new DonorGone("donor is not there"));
  }

  @Test
  void a_patient_that_breaks_off_itself_is_told_so() {
    onWire =
        (block, _) -> {
          if (block == 50) {
            patient.breakOff();
          }
        };
    assertThat(pull(digests.root())).isEqualTo(new DonorGone("this end broke off"));
  }

  @Test
  void a_donor_that_does_not_answer_is_waited_for_no_longer_than_the_patience() {
    CountDownLatch never = new CountDownLatch(1);
    donor.serve(
        new Donor() {
          @Override
          public Optional<BlockDigests> digests(long version) {
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return Optional.empty();
          }

          @Override
          public int copyBlock(long version, int block, MemorySegment into) {
            return -1;
          }
        });
    assertThat(pull(digests.root(), EPOCH, Duration.ofMillis(1)))
        .isEqualTo(new DonorGone("donor did not answer within PT0.001S"));
    never.countDown();
  }

  @Test
  void a_version_that_is_not_kept_and_an_epoch_that_is_fenced_are_said_so() {
    healthy.discardAfter(VERSION - 1);
    assertThat(pull(digests.root())).isEqualTo(new VersionMissing(VERSION));
    donor.fence(EPOCH + 1);
    assertThat(pull(digests.root())).isEqualTo(new EpochRefused(EPOCH));
  }

  @Test
  void a_version_that_goes_in_the_middle_is_missing_and_leaves_nothing() {
    beforeBlock =
        block -> {
          if (block == 50) {
            healthy.discardAfter(VERSION - 1);
          }
        };
    assertThat(pull(digests.root())).isEqualTo(new VersionMissing(VERSION));
    assertThat(target.versions()).isEmpty();
  }

  private PullResult pull(@Nullable Digest agreed) {
    return pull(agreed, EPOCH, PATIENCE);
  }

  private PullResult pull(@Nullable Digest agreed, long epoch, Duration patience) {
    return ShardTransfer.pull(patient, "donor", epoch, VERSION, agreed, target, patience);
  }

  private PullResult pullGuest(int shard) {
    return ShardTransfer.pullGuest(
        patient, "donor", EPOCH, shard, VERSION, digests.root(), target, PATIENCE);
  }

  private void assertTargetIsPristine() {
    assertThat(target.find(VERSION).orElseThrow().bytes().mismatch(pristine)).isEqualTo(-1);
  }

  private void store(VersionStore store) {
    MemorySegment slot = store.begin(VERSION);
    slot.copyFrom(pristine);
    store.seal(VERSION, BlockDigests.read(slot));
  }

  private static void flipWhen(boolean now, MemorySegment memory, int block) {
    if (now) {
      flip(memory, BlockDigests.offset(block));
    }
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
