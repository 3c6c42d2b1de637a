package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Buddies;
import dev.redoubt.core.Detector;
import dev.redoubt.core.Disk;
import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pods whose ranks keep nothing of each other but sums of stripes. */
class ParityTest {

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void aRankThatDiesIsComputedFromWhatTheOthersHave(int ranks) throws Exception {
    Lab lab = new Lab().pods(1).ranks(ranks).wide().spares(1).steps(6).sums().inject(crash(4, 1));
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.Replaced.class)).hasSize(1);
    assertThat(lab.notes(Note.Restored.class))
        .singleElement()
        .satisfies(
            restored -> {
              assertThat(restored.rank()).hasToString("pod0/rank1");
              assertThat(restored.donor()).isEqualTo(Buddies.SUMS);
            });
    assertThat(lab.notes(Note.RolledBack.class))
        .as("one step is repeated at most")
        .hasSizeLessThanOrEqualTo(1)
        .allSatisfy(back -> assertThat(back.from() - back.to()).isEqualTo(1));
    assertThat(lab.notes(Note.Guarded.class))
        .extracting(Note.Guarded::copies)
        .as("unprotected until the new rank has its sum, and then as before")
        .containsExactly(0, 1, 0, 1);
  }

  @Test
  void oneAfterTheOtherAllRanksMayDie() throws Exception {
    Lab lab =
        new Lab()
            .pods(1)
            .ranks(4)
            .spares(4)
            .steps(14)
            .sums()
            .inject(crash("a", 3, 0), crash("b", 6, 1), crash("c", 9, 2), crash("d", 12, 3));
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(4);
    assertThat(lab.notes(Note.Restored.class))
        .hasSize(4)
        .allSatisfy(restored -> assertThat(restored.donor()).isEqualTo(Buddies.SUMS));
  }

  @Test
  void twoOfAPodAtOnceAreLost() throws Exception {
    Lab lab = twoLost();
    assertThat(lab.run())
        .isInstanceOfSatisfying(
            Verdict.Lost.class,
            lost -> assertThat(lost.reason()).startsWith("no intact copy of shard"));
    assertThat(lab.strikes()).hasSize(2);
  }

  @Test
  void aDiskBringsBackTwoOfAPod(@TempDir Path folder) throws Exception {
    Lab lab = twoLost().onDisk(folder);
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(2);
    assertThat(lab.notes(Note.Restored.class))
        .anySatisfy(restored -> assertThat(restored.donor()).isEqualTo(Disk.DONOR));
  }

  /** Both copies of a shard are lost: each pod still has its sums. */
  @Test
  void severalPodsLoseTheSameRank() throws Exception {
    Lab lab =
        new Lab()
            .pods(2)
            .ranks(2)
            .spares(2)
            .steps(6)
            .sums()
            .inject(
                crash("here", 4, 1),
                new Crash("there", new When(4, Phase.COMPUTE), new Target(1, 1)));
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(2);
    assertThat(lab.notes(Note.Restored.class))
        .anySatisfy(restored -> assertThat(restored.donor()).isEqualTo(Buddies.SUMS));
  }

  /** The live version rots. Its rank says so, and it is computed anew. */
  @Test
  void aFlipInTheLiveVersionIsMendedFromTheSums() throws Exception {
    Lab lab =
        new Lab()
            .pods(1)
            .ranks(2)
            .steps(5)
            .sums()
            .inject(
                BitFlip.inState(
                    "flip",
                    new When(3, Phase.COMPUTE),
                    new Target(0, 1),
                    Site.PARAMETERS,
                    "blocks.0.ffn.up",
                    17,
                    30));
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.Blamed.class))
        .first()
        .satisfies(
            blamed -> {
              assertThat(blamed.rank()).hasToString("pod0/rank1");
              assertThat(blamed.detector()).isEqualTo(Detector.BASE_CHECK);
            });
  }

  /** The one hangs: two that crash may do so one after the other, with sums made in between. */
  private static Lab twoLost() {
    Hang one = new Hang("one", new When(4, Phase.COMPUTE), new Target(0, 0));
    return new Lab()
        .pods(1)
        .ranks(4)
        .spares(2)
        .steps(6)
        .stallMillis(5_000)
        .sums()
        .inject(one, crash("other", 4, 2));
  }

  private static void assertGolden(Lab lab, Verdict verdict) throws Exception {
    assertThat(verdict).isInstanceOf(Verdict.Completed.class);
    assertThat(lab.isGolden(verdict)).as(verdict.toString()).isTrue();
  }

  private static Crash crash(long step, int rank) {
    return crash("crash", step, rank);
  }

  private static Crash crash(String id, long step, int rank) {
    return new Crash(id, new When(step, Phase.COMPUTE), new Target(0, rank));
  }
}
