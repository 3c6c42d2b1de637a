package dev.redoubt.redundancy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.redundancy.SumTransfer.Outcome;
import dev.redoubt.redundancy.SumTransfer.Source;
import dev.redoubt.store.Donor;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.FrameTap;
import dev.redoubt.store.LocalFabric;
import dev.redoubt.store.PullResult;
import dev.redoubt.store.Recorder;
import dev.redoubt.store.VersionStore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A group whose shards are of unequal length; what they were lies beside. */
class SumTransferTest {

  private static final long VERSION = 7;
  private static final long EPOCH = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> pristine = new ArrayList<>();
  private final List<VersionStore> shards = new ArrayList<>();
  private final List<VersionStore> sums = new ArrayList<>();
  private final List<Endpoint> endpoints = new ArrayList<>();
  private BiConsumer<String, MemorySegment> onWire = (_, _) -> {};
  private final LocalFabric fabric =
      new LocalFabric(
          FabricOptions.defaults()
              .withTap(
                  new FrameTap() {
                    @Override
                    public Fate block(
                        String from, String to, long version, int block, MemorySegment wire) {
                      onWire.accept(from, wire);
                      return Fate.DELIVER;
                    }
                  }));
  private ParityStripes stripes = new ParityStripes(List.of(8L, 8L));

  @AfterEach
  void giveBack() {
    fabric.close();
    shards.forEach(VersionStore::close);
    sums.forEach(VersionStore::close);
    arena.close();
  }

  /** Members whose shards have 9, 10, ... blocks, the last one short. */
  private void group(int members) {
    SplittableRandom random = new SplittableRandom(members);
    stripes =
        new ParityStripes(
            IntStream.range(0, members)
                .mapToObj(member -> (8L + member) * BlockDigest.BLOCK_BYTES + 40 + 8L * member)
                .toList());
    for (int member = 0; member < members; member++) {
      MemorySegment bytes = arena.allocate(stripes.shardBytes(member), 8);
      for (long at = 0; at < bytes.byteSize(); at += Long.BYTES) {
        bytes.set(ValueLayout.JAVA_LONG, at, random.nextLong());
      }
      pristine.add(bytes);
      VersionStore own = new VersionStore(bytes.byteSize(), 2);
      own.begin(VERSION).copyFrom(bytes);
      own.seal(VERSION, BlockDigests.read(bytes));
      shards.add(own);
      VersionStore sum = new VersionStore(stripes.parityBytes(member), 2);
      sums.add(sum);
      Endpoint endpoint = fabric.open("m" + member, new Recorder());
      endpoint.serve(Donor.of(own, Map.of(member, sum)));
      endpoints.add(endpoint);
    }
  }

  private SumTransfer transfer(int member) {
    return new SumTransfer(endpoints.get(member), EPOCH, VERSION, stripes, PATIENCE);
  }

  private Outcome make(int holder) {
    return transfer(holder).make(holder, others(holder, false), sums.get(holder));
  }

  private void makeAllBut(int lost) {
    for (int holder = 0; holder < sums.size(); holder++) {
      if (holder != lost) {
        assertThat(make(holder).result()).isInstanceOf(PullResult.Pulled.class);
      }
    }
  }

  private MemorySegment memory(int lost) {
    return arena.allocate(stripes.shardBytes(lost), 8).fill((byte) 5);
  }

  private Outcome restore(int lost, MemorySegment into) {
    return transfer(lost).restore(lost, agreed(lost), others(lost, true), into);
  }

  private Digest agreed(int member) {
    return BlockDigests.read(pristine.get(member)).root();
  }

  private List<Source> others(int member, boolean withSums) {
    return IntStream.range(0, shards.size())
        .filter(other -> other != member)
        .mapToObj(
            other ->
                new Source(
                    other,
                    "m" + other,
                    agreed(other),
                    withSums ? sums.get(other).reread(VERSION).root() : null))
        .toList();
  }

  private static void flip(MemorySegment bytes, long at) {
    bytes.set(ValueLayout.JAVA_BYTE, at, (byte) (bytes.get(ValueLayout.JAVA_BYTE, at) ^ 4));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void a_sum_is_what_the_stripes_of_all_others_give_and_moves_no_more(int members) {
    group(members);
    for (int holder = 0; holder < members; holder++) {
      Outcome made = make(holder);
      assertThat(made.result())
          .isInstanceOfSatisfying(
              PullResult.Pulled.class, pulled -> assertThat(pulled.bytes()).isPositive());
      assertThat(((PullResult.Pulled) made.result()).bytes()).isEqualTo(stripes.termBytes(holder));
      MemorySegment wanted = arena.allocate(stripes.parityBytes(holder), 8);
      stripes.encode(holder, pristine::get, wanted);
      assertThat(sums.get(holder).reread(VERSION)).isEqualTo(BlockDigests.read(wanted));
      assertThat(made.digests()).isEqualTo(BlockDigests.read(wanted));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void any_one_shard_comes_back_from_all_others(int members) {
    group(members);
    for (int lost = 0; lost < members; lost++) {
      makeAllBut(lost);
      MemorySegment into = memory(lost);
      Outcome computed = restore(lost, into);
      assertThat(computed.result()).isInstanceOf(PullResult.Pulled.class);
      assertThat(into.mismatch(pristine.get(lost))).isEqualTo(-1);
      sums.forEach(sum -> sum.discardAfter(VERSION - 1));
    }
  }

  @Test
  void a_shard_that_is_not_the_agreed_one_gives_no_stripe() {
    group(4);
    // In a block that the sum does not even want.
    flip(shards.get(2).tamper(VERSION), stripes.stripe(2, 3).offset());
    Outcome made = make(1);
    assertThat(made.result()).isInstanceOf(PullResult.DonorCorrupt.class);
    assertThat(made.member()).isEqualTo(2);
    assertThat(sums.get(1).versions()).isEmpty();
    assertThat(make(2).result()).isInstanceOf(PullResult.Pulled.class);
  }

  @Test
  void a_block_that_changes_on_its_way_leaves_no_sum() {
    group(4);
    onWire =
        (from, wire) -> {
          if (from.equals("m3")) {
            flip(wire, 17);
          }
        };
    Outcome made = make(1);
    assertThat(made.result()).isInstanceOf(PullResult.ArrivedCorrupt.class);
    assertThat(made.member()).isEqualTo(3);
    assertThat(sums.get(1).versions()).isEmpty();
  }

  @Test
  void who_lacks_a_sum_or_holds_another_than_it_said_is_named() {
    group(4);
    makeAllBut(0);
    List<Source> said = others(0, true);
    flip(sums.get(3).tamper(VERSION), 1);
    Outcome corrupt = transfer(0).restore(0, agreed(0), said, memory(0));
    assertThat(corrupt.result()).isInstanceOf(PullResult.DonorCorrupt.class);
    assertThat(corrupt.member()).isEqualTo(3);
    sums.get(3).discardAfter(VERSION - 1);
    Outcome missing = transfer(0).restore(0, agreed(0), said, memory(0));
    assertThat(missing.result()).isEqualTo(new PullResult.VersionMissing(VERSION));
    assertThat(missing.member()).isEqualTo(3);
  }

  /** All give what they said that they have, and it was wrong from the beginning. */
  @Test
  void what_is_computed_from_a_wrong_sum_is_refused() {
    group(4);
    makeAllBut(0);
    flip(sums.get(2).tamper(VERSION), 100);
    Outcome computed = restore(0, memory(0));
    assertThat(computed.result()).isInstanceOf(PullResult.DonorCorrupt.class);
    assertThat(computed.member()).isEqualTo(SumTransfer.NOBODY);
    assertThat(computed.digests()).isNull();
  }

  @Test
  void who_is_gone_is_named() {
    group(3);
    makeAllBut(0);
    List<Source> said = others(0, true);
    endpoints.get(2).breakOff();
    Outcome computed = transfer(0).restore(0, agreed(0), said, memory(0));
    assertThat(computed.result()).isInstanceOf(PullResult.DonorGone.class);
    assertThat(computed.member()).isEqualTo(2);
  }

  @Test
  void an_older_epoch_gets_nothing() {
    group(2);
    endpoints.get(1).fence(EPOCH + 1);
    assertThat(make(0).result()).isEqualTo(new PullResult.EpochRefused(EPOCH));
  }
}
