package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One pod, and so no other copy of any shard that trains: only buddies have one. */
class BuddiesTest {

  private static final String TENSOR = "blocks.0.ffn.up";

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void aRankThatDiesIsReplacedOutOfTheMemoryOfItsBuddy(int ranks) throws Exception {
    Lab lab = new Lab().pods(1).ranks(ranks).spares(1).steps(6).buddies(1).inject(crash(4, 1));
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.Replaced.class)).hasSize(1);
    String buddy = "w" + 2 % ranks;
    assertThat(lab.notes(Note.Restored.class))
        .singleElement()
        .satisfies(
            restored -> {
              assertThat(restored.rank()).hasToString("pod0/rank1");
              assertThat(restored.donor()).hasToString(buddy);
            });
    assertThat(lab.notes(Note.RolledBack.class))
        .as("one step is repeated at most")
        .hasSizeLessThanOrEqualTo(1)
        .allSatisfy(back -> assertThat(back.from() - back.to()).isEqualTo(1));
    assertThat(lab.notes(Note.Guarded.class))
        .extracting(Note.Guarded::copies)
        .as("less protected until the new rank has its guests, and then as before")
        .containsExactly(0, 1, 0, 1);
  }

  @Test
  void withoutBuddiesTheSameCrashLosesTheRun() throws Exception {
    Lab lab = new Lab().pods(1).ranks(2).spares(1).steps(6).inject(crash(4, 1));
    assertThat(lab.run())
        .isInstanceOfSatisfying(
            Verdict.Lost.class,
            lost -> assertThat(lost.reason()).startsWith("no intact copy of shard 1"));
    assertThat(lab.strikes()).hasSize(1);
  }

  /** The one hangs: two that crash may do so one after the other, with a copy made in between. */
  @Test
  void aRankAndItsOnlyBuddyAtOnceAreLost() throws Exception {
    Lab lab =
        new Lab()
            .pods(1)
            .ranks(2)
            .spares(2)
            .steps(6)
            .stallMillis(5_000)
            .buddies(1)
            .inject(hang("ward", 4, 0), crash("buddy", 4, 1));
    assertThat(lab.run())
        .isInstanceOfSatisfying(
            Verdict.Lost.class,
            lost -> assertThat(lost.reason()).startsWith("no intact copy of shard"));
    assertThat(lab.strikes()).hasSize(2);
  }

  @Test
  void twoBuddiesBearTwoLossesAtOnce() throws Exception {
    Lab lab =
        new Lab()
            .pods(1)
            .ranks(4)
            .spares(2)
            .steps(6)
            .buddies(2)
            .inject(crash("ward", 4, 1), crash("buddy", 4, 2));
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(2);
    assertThat(lab.notes(Note.Restored.class))
        .extracting(Note.Restored::rank)
        .contains(new Rank(0, 1), new Rank(0, 2));
  }

  /** The live version rots. Its rank says so, and only the block that differs comes back. */
  @Test
  void aFlipInTheLiveVersionIsMendedFromTheGuest() throws Exception {
    Lab lab =
        new Lab()
            .pods(1)
            .ranks(2)
            .steps(5)
            .buddies(1)
            .inject(flip(3, Phase.COMPUTE, Site.PARAMETERS));
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.Blamed.class))
        .first()
        .satisfies(
            blamed -> {
              assertThat(blamed.rank()).hasToString("pod0/rank1");
              assertThat(blamed.detector()).isEqualTo(Detector.BASE_CHECK);
            });
    // The guest may have been wanted before the flip or after it: then everybody went back a step.
    if (lab.notes(Note.RolledBack.class).isEmpty()) {
      assertThat(lab.notes(Note.Restored.class))
          .singleElement()
          .satisfies(
              restored -> {
                assertThat(restored.donor()).hasToString("w0");
                assertThat(restored.blocks()).isEqualTo(1);
              });
    }
  }

  /** With one pod nobody else computes the same: that is not what guests are for. */
  @Test
  void aWrongUpdateEscapes() throws Exception {
    Lab lab =
        new Lab()
            .pods(1)
            .ranks(2)
            .steps(5)
            .buddies(1)
            .inject(flip(3, Phase.UPDATE, Site.FIRST_MOMENTS));
    Verdict verdict = lab.run();
    assertThat(lab.strikes()).hasSize(1);
    assertThat(verdict).isInstanceOf(Verdict.Completed.class);
    assertThat(lab.isGolden(verdict)).isFalse();
    assertThat(lab.notes(Note.Detected.class)).isEmpty();
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

  private static Hang hang(String id, long step, int rank) {
    return new Hang(id, new When(step, Phase.COMPUTE), new Target(0, rank));
  }

  private static BitFlip flip(long step, Phase phase, Site site) {
    return BitFlip.inState("flip", new When(step, phase), new Target(0, 1), site, TENSOR, 17, 30);
  }
}
