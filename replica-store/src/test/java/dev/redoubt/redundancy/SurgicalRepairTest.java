package dev.redoubt.redundancy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent.Ask;
import dev.redoubt.redundancy.RepairResult.Repaired;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.VersionStore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SurgicalRepairTest {

  /** Seventy blocks and a short one: two levels of digests. */
  private static final long BYTES = 70L * BlockDigest.BLOCK_BYTES + 24;

  private final List<VersionStore> stores = new ArrayList<>();

  @AfterEach
  void giveBack() {
    stores.forEach(VersionStore::close);
  }

  /** Of 100 MB, less than a thousandth is moved, whether or not the copy knows its own digests. */
  @Test
  void one_flipped_bit_of_a_hundred_megabytes_moves_less_than_a_thousandth() throws Exception {
    long shard = 100_000_000;
    VersionStore well = store(shard);
    VersionStore struck = store(shard);
    Digest agreed = sealed(well, 1).root();
    flip(struck, 77_777_777, 5);
    Repaired rotten = repaired(struck, agreed, well);
    assertThat(rotten.blocks()).isEqualTo(1);
    assertThat(rotten.digests()).isZero();
    assertThat(rotten.messages()).isEqualTo(2);
    assertThat(rotten.bytes()).isLessThan(shard / 1000);
    assertSame(struck, well);

    flip(struck, 33_333_333, 2);
    struck.reseal(1, struck.reread(1));
    Repaired wrong = repaired(struck, agreed, well);
    assertThat(wrong.blocks()).isEqualTo(1);
    assertThat(wrong.digests()).isEqualTo(1 + 24 + 64);
    assertThat(wrong.messages()).isEqualTo(2 + 2 * 2 + 2);
    assertThat(wrong.bytes()).isLessThan(shard / 1000);
    assertSame(struck, well);
    assertThat(sealed(struck, 1).root()).isEqualTo(agreed);
  }

  @Test
  void random_damage_is_mended_with_the_blocks_that_it_hit_and_no_others() throws Exception {
    SplittableRandom random = new SplittableRandom(6);
    VersionStore well = store(BYTES);
    VersionStore struck = store(BYTES);
    Digest agreed = sealed(well, 1).root();
    for (int round = 0; round < 30; round++) {
      TreeSet<Integer> hit = new TreeSet<>();
      int flips = 1 + random.nextInt(12);
      for (int flip = 0; flip < flips; flip++) {
        long at = random.nextInt(8) == 0 ? BYTES - 1 - random.nextInt(24) : random.nextLong(BYTES);
        flip(struck, at, random.nextInt(8));
        hit.add((int) (at / BlockDigest.BLOCK_BYTES));
      }
      int really = (int) hit.stream().filter(block -> differs(struck, well, block)).count();
      if (round % 2 == 0) {
        struck.reseal(1, struck.reread(1));
      }
      assertThat(repaired(struck, agreed, well).blocks()).isEqualTo(really);
      assertSame(struck, well);
    }
  }

  @Test
  void a_copy_that_is_well_takes_no_message() throws Exception {
    VersionStore well = store(BYTES);
    VersionStore other = store(BYTES);
    assertThat(repaired(other, sealed(well, 1).root(), well)).isEqualTo(new Repaired(0, 0, 0, 0));
  }

  @Test
  void a_donor_that_is_not_the_agreed_one_is_refused_before_a_byte_is_written() throws Exception {
    VersionStore well = store(BYTES);
    VersionStore struck = store(BYTES);
    VersionStore donor = store(BYTES);
    Digest agreed = sealed(well, 1).root();
    flip(struck, 4711, 1);
    struck.reseal(1, struck.reread(1));
    BlockDigests before = struck.reread(1);
    flip(donor, 99_999, 3);
    assertThat(run(struck, agreed, of(donor)))
        .isEqualTo(new RepairResult.DonorCorrupt(donor.reread(1).root()));
    RepairDonor liar =
        new Tampered(of(donor)) {
          @Override
          public Digest root() {
            return agreed;
          }
        };
    assertThat(run(struck, agreed, liar)).isInstanceOf(RepairResult.AnswersWrong.class);
    assertThat(struck.reread(1)).isEqualTo(before);
  }

  @Test
  void a_block_that_changes_on_its_way_is_refused_and_a_donor_that_stops_is_seen()
      throws Exception {
    VersionStore well = store(BYTES);
    VersionStore struck = store(BYTES);
    Digest agreed = sealed(well, 1).root();
    flip(struck, 10, 1);
    flip(struck, 40L * BlockDigest.BLOCK_BYTES, 1);
    assertThat(run(struck, agreed, changing(of(well), 40)))
        .isEqualTo(new RepairResult.ArrivedCorrupt(40));
    RepairDonor lazy =
        new Tampered(of(well)) {
          @Override
          public void blocks(List<Integer> blocks, BlockSink sink) {}
        };
    assertThat(run(struck, agreed, lazy)).isEqualTo(new RepairResult.DonorStopped(1));
    RepairDonor confused =
        new Tampered(of(well)) {
          @Override
          public void blocks(List<Integer> blocks, BlockSink sink) throws TransferException {
            super.blocks(List.of(41), sink);
          }
        };
    assertThat(run(struck, agreed, confused)).isEqualTo(new RepairResult.ArrivedCorrupt(41));
    assertThat(repaired(struck, agreed, well).blocks()).isEqualTo(1);
    assertSame(struck, well);
  }

  @Test
  void a_version_that_a_store_does_not_keep_has_no_donor() {
    assertThat(RepairDonor.of(store(BYTES), 7)).isEmpty();
  }

  private static class Tampered implements RepairDonor {
    private final RepairDonor honest;

    Tampered(RepairDonor honest) {
      this.honest = honest;
    }

    @Override
    public Digest root() throws TransferException {
      return honest.root();
    }

    @Override
    public long[] nodes(Ask ask) throws TransferException {
      return honest.nodes(ask);
    }

    @Override
    public void blocks(List<Integer> blocks, BlockSink sink) throws TransferException {
      honest.blocks(blocks, sink);
    }
  }

  private static RepairDonor changing(RepairDonor honest, int block) {
    return new Tampered(honest) {
      @Override
      public void blocks(List<Integer> blocks, BlockSink sink) throws TransferException {
        super.blocks(
            blocks,
            (index, bytes, _) -> {
              MemorySegment wrong = changed(index, bytes);
              return sink.block(index, wrong, BlockDigest.of(wrong, 0, wrong.byteSize()));
            });
      }

      private MemorySegment changed(int index, MemorySegment bytes) {
        MemorySegment copy = Arena.ofAuto().allocate(bytes.byteSize(), 8).copyFrom(bytes);
        if (index == block) {
          copy.set(ValueLayout.JAVA_BYTE, 9, (byte) ~copy.get(ValueLayout.JAVA_BYTE, 9));
        }
        return copy;
      }
    };
  }

  private VersionStore store(long bytes) {
    VersionStore store = new VersionStore(bytes, 2, Duration.ofMillis(1));
    stores.add(store);
    MemorySegment slot = store.begin(1);
    SplittableRandom random = new SplittableRandom(21);
    for (long at = 0; at < bytes; at += Long.BYTES) {
      slot.set(ValueLayout.JAVA_LONG, at, random.nextLong());
    }
    store.seal(1, BlockDigests.read(slot));
    return store;
  }

  private static BlockDigests sealed(VersionStore store, long version) {
    BlockDigests digests = store.find(version).orElseThrow().digests();
    if (digests == null) {
      throw new AssertionError("sealed without digests");
    }
    return digests;
  }

  private static RepairDonor of(VersionStore store) {
    return RepairDonor.of(store, 1).orElseThrow();
  }

  private static Repaired repaired(VersionStore target, Digest agreed, VersionStore donor)
      throws TransferException {
    RepairResult result = run(target, agreed, of(donor));
    assertThat(result).isInstanceOf(Repaired.class);
    return (Repaired) result;
  }

  private static RepairResult run(VersionStore target, Digest agreed, RepairDonor donor)
      throws TransferException {
    return SurgicalRepair.run(target, 1, agreed, donor);
  }

  private static void flip(VersionStore store, long at, int bit) {
    MemorySegment door = store.tamper(1);
    byte now = door.get(ValueLayout.JAVA_BYTE, at);
    door.set(ValueLayout.JAVA_BYTE, at, (byte) (now ^ (1 << bit)));
  }

  private static boolean differs(VersionStore one, VersionStore other, int block) {
    return one.reread(1).block(block) != other.reread(1).block(block);
  }

  private static void assertSame(VersionStore one, VersionStore other) {
    assertThat(one.tamper(1).mismatch(other.tamper(1))).isEqualTo(-1);
  }
}
