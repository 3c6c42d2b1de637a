package dev.redoubt.redundancy;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Memory is taken away, and what the schemes say brings it back, bit for bit, or is gone. */
class RestorationTest {

  private static final long BLOCK = 1L << 16;

  static List<Shape> meshes() {
    return List.of(
        new Shape(1, 1, 0),
        new Shape(1, 3, 0),
        new Shape(2, 2, 1),
        new Shape(3, 1, 0),
        new Shape(3, 2, 0),
        new Shape(5, 1, 1));
  }

  @ParameterizedTest
  @MethodSource("meshes")
  void what_survives_comes_back_with_the_same_bits_and_the_rest_is_said_to_be_gone(Shape mesh) {
    SplittableRandom random = new SplittableRandom(mesh.hashCode());
    StateSize state = new StateSize(mesh.pods() * BLOCK + 40L, 2);
    for (Scheme scheme : Schemes.fitting(mesh)) {
      for (int round = 0; round < 6; round++) {
        int subset = round == 0 ? (1 << mesh.seats()) - 1 : random.nextInt(1 << mesh.seats());
        Set<Place> lost = Schemes.places(mesh.places(), subset);
        try (Arena arena = Arena.ofConfined()) {
          SchemeLab lab = new SchemeLab(arena, scheme, mesh, state, round);
          boolean survives = scheme.survives(lab.placement(), lost);
          Set<Piece> gone = lab.loseAndRestore(lost);
          String story = "%s on %s without %s".formatted(scheme.title(), mesh, lost);
          assertThat(gone.isEmpty()).as(story).isEqualTo(survives);
          if (survives) {
            assertThat(lab.wrong()).as(story).isEmpty();
          }
        }
      }
    }
  }

  @Test
  void any_single_loss_of_a_parity_group_comes_back() {
    Shape mesh = new Shape(5, 2, 0);
    StateSize state = new StateSize(17 * BLOCK + 8L, 2);
    for (Place place : mesh.places()) {
      try (Arena arena = Arena.ofConfined()) {
        Scheme parity = new Parity(4);
        SchemeLab lab = new SchemeLab(arena, parity, mesh, state, 4);
        assertThat(lab.loseAndRestore(Set.of(place))).isEmpty();
        assertThat(lab.wrong()).isEmpty();
        assertThat(lab.fetched()).isPositive();
      }
    }
  }

  @Test
  void a_change_of_any_part_of_a_shard_brings_the_sums_to_what_a_whole_encoding_gives() {
    SplittableRandom random = new SplittableRandom(8);
    ParityStripes stripes =
        new ParityStripes(List.of(7L * BLOCK, 6L * BLOCK + 24, 5L * BLOCK, 7L * BLOCK));
    try (Arena arena = Arena.ofConfined()) {
      var shards =
          IntStream.range(0, 4)
              .mapToObj(
                  i ->
                      arena.allocate(
                          i == 2 ? 5L * BLOCK : i == 1 ? 6L * BLOCK + 24 : 7L * BLOCK, 8))
              .toList();
      var sums =
          IntStream.range(0, 4).mapToObj(i -> arena.allocate(stripes.parityBytes(i), 8)).toList();
      for (int round = 0; round < 60; round++) {
        int member = random.nextInt(4);
        long size = shards.get(member).byteSize();
        long offset = round % 3 == 0 ? 0 : random.nextLong(size);
        long bytes = round % 3 == 0 ? size : random.nextLong(size - offset) + 1;
        var now = shards.get(member).asSlice(offset, bytes);
        var before = arena.allocate(bytes, 8).copyFrom(now);
        now.fill((byte) random.nextInt());
        for (int holder = 0; holder < 4; holder++) {
          if (holder != member) {
            stripes.change(holder, member, offset, before, now, sums.get(holder));
          }
        }
      }
      for (int holder = 0; holder < 4; holder++) {
        var whole = arena.allocate(stripes.parityBytes(holder), 8);
        stripes.encode(holder, shards::get, whole);
        assertThat(sums.get(holder).mismatch(whole)).as("sum of member " + holder).isEqualTo(-1);
      }
    }
  }

  /** By hand: 4 pods of 2, a rank's part of 12 blocks, 4 versions. */
  @Test
  void the_costs_are_these() {
    Shape mesh = new Shape(4, 2, 1);
    StateSize state = new StateSize(12 * BLOCK, 4);
    long shard = 3 * BLOCK;
    assertThat(Cost.of(new Replicas(), mesh, state))
        .isEqualTo(
            new Cost(
                new Load(4 * 12 * BLOCK, 0, 0, 0),
                new Load(8 * 4 * 12 * BLOCK, 0, 0, 0),
                OptionalLong.of(12 * BLOCK),
                0));
    assertThat(Cost.of(new Buddy(2), mesh, state).most())
        .isEqualTo(new Load(4 * 3 * shard, 2 * shard, 2 * shard, 0));
    assertThat(Cost.of(new Buddy(2), mesh, state).lossBytes()).hasValue(3 * shard);
    assertThat(Cost.of(new Parity(3), mesh, state).most())
        .isEqualTo(new Load(4 * (shard + BLOCK), shard, shard, 0));
    assertThat(Cost.of(new Parity(3), mesh, state).lossBytes()).hasValue(3 * shard + shard);
    Cost disk = Cost.of(new Checkpoint(10, Checkpoint.Disk.SHARED), mesh, state);
    long tenth = (12 * BLOCK + 9) / 10;
    assertThat(disk.most()).isEqualTo(new Load(5 * 12 * BLOCK, tenth, 0, tenth));
    assertThat(disk.total()).isEqualTo(new Load((8 * 4 + 2) * 12 * BLOCK, 2 * tenth, 0, 2 * tenth));
    assertThat(disk.lossBytes()).hasValue(8 * 12 * BLOCK);
    assertThat(disk.stepsRepeatedMax()).isEqualTo(19);
    assertThat(Cost.of(new Replicas(), new Shape(1, 2, 0), state).lossBytes()).isEmpty();
  }
}
