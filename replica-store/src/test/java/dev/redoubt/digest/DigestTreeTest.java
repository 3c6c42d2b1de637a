package dev.redoubt.digest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.digest.DigestDescent.Ask;
import dev.redoubt.digest.DigestDescent.Differences;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DigestTreeTest {

  private static final int MANY = 64 * 64 + 3;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 63, 64, 65, 207, 1600, MANY})
  void the_root_is_the_one_that_is_attested(int blocks) {
    BlockDigests digests = digests(blocks, 1);
    assertThat(DigestTree.of(digests).root()).isEqualTo(digests.root());
    assertThat(DigestTree.of(digests).blocks()).isEqualTo(digests);
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 0", "1, 1, 1", "64, 1, 64", "65, 2, 2", "1600, 2, 25", "4096, 2, 64"})
  void a_level_stands_for_sixty_four_times_as_much_as_the_one_below(
      int blocks, int levels, int top) {
    DigestTree tree = DigestTree.of(digests(blocks, 1));
    assertThat(tree.levels()).isEqualTo(levels);
    assertThat(tree.count(levels - 1)).isEqualTo(top);
    assertThat(tree.count(0)).isEqualTo(blocks);
  }

  /** From a second implementation, in Python; machines of different builds compare their nodes. */
  @Test
  void the_format_of_a_node_is_this() {
    long[] blocks = IntStream.range(0, 67).mapToLong(block -> block).toArray();
    DigestTree tree = DigestTree.of(BlockDigests.of(blocks));
    assertThat(new Digest(tree.node(1, 0))).hasToString("d847e23d24c8ea58");
    assertThat(new Digest(tree.node(1, 1))).hasToString("55e01e5a6b9892c8");
  }

  @Test
  void equal_copies_exchange_their_roots_and_nothing_else() {
    DigestTree tree = DigestTree.of(digests(1600, 1));
    Differences found = tree.differing(DigestTree.of(digests(1600, 1)));
    assertThat(found.blocks()).isEmpty();
    assertThat(found.digests()).isEqualTo(1);
    assertThat(found.rounds()).isZero();
    assertThat(found.bytes()).isEqualTo(8);
  }

  @Test
  void one_wrong_block_of_a_hundred_mebibytes_takes_two_questions_and_ninety_digests() {
    DigestTree well = DigestTree.of(digests(1600, 1));
    DigestTree struck = DigestTree.of(damaged(well.blocks(), Set.of(777)));
    Differences found = struck.differing(well);
    assertThat(found.blocks()).containsExactly(777);
    assertThat(found.rounds()).isEqualTo(2);
    assertThat(found.digests()).isEqualTo(1 + 25 + 64);
    assertThat(found.bytes()).isEqualTo(8 * (1 + 25 + 64) + 2 * (4 + 4 + 4));
    assertThat(found.theirs()).isEqualTo(well.blocks());
    assertThat(found.leadsTo(well.root())).isTrue();
    assertThat(found.leadsTo(struck.root())).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 64, 65, 129, 1003, 1600, MANY})
  void random_damage_is_found_exactly_and_never_takes_more_than_all_digests(int blocks) {
    SplittableRandom random = new SplittableRandom(blocks);
    DigestTree well = DigestTree.of(digests(blocks, 5));
    for (int round = 0; round < 40; round++) {
      TreeSet<Integer> wrong = new TreeSet<>();
      int wanted = round < 30 ? 1 + random.nextInt(Math.min(blocks, 9)) : blocks;
      while (wrong.size() < wanted) {
        wrong.add(random.nextInt(blocks));
      }
      Differences found = DigestTree.of(damaged(well.blocks(), wrong)).differing(well);
      assertThat(found.blocks()).containsExactlyElementsOf(wrong);
      assertThat(found.leadsTo(well.root())).isTrue();
      assertThat(found.rounds()).isLessThanOrEqualTo(well.levels());
      long above = IntStream.range(1, well.levels()).mapToLong(well::count).sum();
      assertThat(found.digests())
          .isLessThanOrEqualTo(1 + blocks + above)
          .isLessThanOrEqualTo(1 + 64L * (1 + (long) wrong.size() * (well.levels() - 1)));
    }
  }

  @Test
  void a_donor_that_answers_wrong_is_seen_in_the_root() {
    DigestTree well = DigestTree.of(digests(1600, 1));
    DigestTree struck = DigestTree.of(damaged(well.blocks(), Set.of(3, 900)));
    DigestDescent descent = new DigestDescent(struck, well.root());
    while (descent.ask().isPresent()) {
      long[] answer = well.answer(descent.ask().get());
      if (descent.ask().get().level() == 0) {
        answer[3] ^= 1;
      }
      descent.answer(answer);
    }
    assertThat(descent.differences().leadsTo(well.root())).isFalse();
    DigestDescent blind = new DigestDescent(struck, well.root());
    blind.answer(struck.answer(blind.ask().orElseThrow()));
    assertThat(blind.differences().blocks()).isEmpty();
    assertThat(blind.differences().leadsTo(well.root())).isFalse();
  }

  @Test
  void wrong_questions_and_answers_are_refused() {
    DigestTree tree = DigestTree.of(digests(1600, 1));
    assertThatThrownBy(() -> tree.answer(new Ask(2, List.of(0))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a tree of 2 levels has no level 2");
    assertThatThrownBy(() -> tree.answer(new Ask(0, List.of(25))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("level 0 has 25 nodes above it, and no node 25");
    assertThatThrownBy(() -> tree.answer(new Ask(1, List.of(-1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("level 1 has 1 nodes above it, and no node -1");
    DigestDescent descent = new DigestDescent(tree, new Digest(42));
    assertThatThrownBy(() -> descent.answer(new long[24]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("24 digests answer a question for 25");
    assertThatThrownBy(descent::differences)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("level 1 was not answered");
    assertThatThrownBy(() -> tree.differing(DigestTree.of(digests(1601, 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1600 blocks cannot be compared with 1601");
    DigestDescent done = new DigestDescent(tree, tree.root());
    assertThatThrownBy(() -> done.answer(new long[0]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("nothing was asked, so nothing answers");
  }

  private static BlockDigests digests(int blocks, long seed) {
    return BlockDigests.of(new SplittableRandom(seed).longs(blocks).toArray());
  }

  private static BlockDigests damaged(BlockDigests well, Set<Integer> blocks) {
    long[] digests = well.toArray();
    blocks.forEach(block -> digests[block] ^= 1L << (block % 64));
    return BlockDigests.of(digests);
  }
}
