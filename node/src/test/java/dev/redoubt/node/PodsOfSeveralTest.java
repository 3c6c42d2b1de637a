package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clusters whose pods have two or four ranks, each with a part of the model. */
class PodsOfSeveralTest {

  private static final String TENSOR = "blocks.0.ffn.up";

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void withoutFaultsEveryShardIsGoldenAndEachRankHasMeasuredItsSteps(int ranks) throws Exception {
    Lab lab = new Lab().pods(2).ranks(ranks);
    assertGolden(lab, lab.run());
    assertThat(lab.notes(Note.Detected.class)).isEmpty();
    assertThat(lab.notes(Note.WorkerLost.class)).isEmpty();
    assertThat(lab.notes(Note.StepCommitted.class))
        .allSatisfy(commit -> assertThat(commit.digests()).hasSize(ranks));
    assertThat(lab.measures()).hasSize(2 * ranks * 4);
    assertThat(lab.measures())
        .allSatisfy(
            measure -> {
              assertThat(measure.pieceWaitNanos()).isPositive();
              assertThat(measure.computeNanos()).isPositive();
            });
  }

  @Test
  void aCrashOfOneRankIsReplacedAndItsMateDoesNotWaitForEver() throws Exception {
    Lab lab = new Lab().pods(2).ranks(2).spares(1).inject(crash(2, 1, 1));
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.WorkerLost.class))
        .singleElement()
        .satisfies(
            lost -> {
              assertThat(lost.rank()).hasToString("pod1/rank1");
              assertThat(lost.detector()).isEqualTo(Detector.MEMBERSHIP);
            });
    assertThat(lab.notes(Note.Replaced.class)).hasSize(1);
    assertThat(lab.notes(Note.Restored.class))
        .singleElement()
        .satisfies(
            restored -> {
              assertThat(restored.rank()).hasToString("pod1/rank1");
              assertThat(restored.donor()).hasToString("w1");
            });
    assertThat(lab.refusals()).anyMatch(said -> said.startsWith("w2 refused step 2: "));
  }

  @Test
  void withoutASpareThePodIsDissolvedAndItsHealthyRankStandsBy() throws Exception {
    Lab lab = new Lab().pods(2).ranks(2).inject(crash(2, 0, 1));
    assertGolden(lab, lab.run());
    assertThat(lab.notes(Note.Dissolved.class))
        .singleElement()
        .satisfies(dissolved -> assertThat(dissolved.spares()).hasToString("[w0]"));
  }

  /** The spare held shard 1 in the pod that was dissolved, and takes shard 0. */
  @Test
  void aRankOfADissolvedPodTakesARankOfTheOtherIndex() throws Exception {
    Lab lab = new Lab().pods(3).ranks(2).steps(5).inject(crash(2, 0, 0), crash("later", 4, 2, 0));
    assertGolden(lab, lab.run());
    assertThat(lab.notes(Note.Replaced.class))
        .singleElement()
        .satisfies(
            replaced -> {
              assertThat(replaced.spare()).hasToString("w1");
              assertThat(replaced.rank()).hasToString("pod2/rank0");
            });
    assertThat(lab.notes(Note.Restored.class))
        .singleElement()
        .satisfies(restored -> assertThat(restored.donor()).hasToString("w2"));
  }

  @Test
  void withBothCopiesOfOneShardGoneTheRunIsLost() throws Exception {
    Lab lab = new Lab().pods(2).ranks(2).inject(crash(2, 0, 1), crash("later", 3, 1, 1));
    assertThat(lab.run())
        .isInstanceOfSatisfying(
            Verdict.Lost.class,
            lost -> assertThat(lost.reason()).startsWith("no intact copy of shard 1"));
  }

  @Test
  void aFlipInRankOneIsFoundInItsBaseBlamedAndRepaired() throws Exception {
    Lab lab = new Lab().pods(2).ranks(2).inject(flip(2, 1, 1, Phase.COMPUTE, Site.PARAMETERS));
    assertGolden(lab, lab.run());
    assertBlamed(lab, "pod1/rank1", Detector.BASE_CHECK);
    assertThat(lab.notes(Note.Restored.class))
        .singleElement()
        .satisfies(
            restored -> {
              assertThat(restored.rank()).hasToString("pod1/rank1");
              assertThat(restored.donor()).hasToString("w1");
              assertThat(restored.blocks()).isEqualTo(1);
            });
  }

  @Test
  void aWrongUpdateOfOneRankIsOutvotedByTheCopiesOfItsShard() throws Exception {
    Lab lab = new Lab().pods(3).ranks(2).inject(flip(3, 2, 1, Phase.UPDATE, Site.FIRST_MOMENTS));
    assertGolden(lab, lab.run());
    assertBlamed(lab, "pod2/rank1", Detector.STATE_DIGEST);
  }

  /** A spare alone cannot replay what a pod computes: the redo says who was wrong. */
  @Test
  void whenTwoCopiesOfAShardDifferTheStepIsRedoneAlsoWithASpare() throws Exception {
    Lab lab =
        new Lab()
            .pods(2)
            .ranks(2)
            .spares(1)
            .inject(flip(3, 0, 1, Phase.UPDATE, Site.SECOND_MOMENTS));
    assertGolden(lab, lab.run());
    assertBlamed(lab, "pod0/rank1", Detector.STATE_DIGEST);
    assertThat(lab.notes(Note.EpochOpened.class).getLast().cause())
        .endsWith("so only a redo can tell");
  }

  @Test
  void aSilentGradientOfOneRankEscapes() throws Exception {
    BitFlip silent =
        BitFlip.inGradient(
            "silent",
            new When(2, Phase.COMPUTE),
            new Target(0, 1),
            TENSOR,
            17,
            20,
            OptionalInt.empty());
    Lab lab = new Lab().pods(2).ranks(2).inject(silent);
    Verdict verdict = lab.run();
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.Detected.class)).isEmpty();
    assertThat(verdict).isInstanceOf(Verdict.Completed.class);
    assertThat(lab.isGolden(verdict)).isFalse();
  }

  private static void assertGolden(Lab lab, Verdict verdict) throws Exception {
    assertThat(verdict).isInstanceOf(Verdict.Completed.class);
    assertThat(lab.isGolden(verdict)).as(verdict.toString()).isTrue();
  }

  private static void assertBlamed(Lab lab, String rank, Detector detector) {
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.Blamed.class))
        .singleElement()
        .satisfies(
            blamed -> {
              assertThat(blamed.rank()).hasToString(rank);
              assertThat(blamed.detector()).isEqualTo(detector);
            });
  }

  private static Crash crash(long step, int pod, int rank) {
    return crash("crash", step, pod, rank);
  }

  private static Crash crash(String id, long step, int pod, int rank) {
    return new Crash(id, new When(step, Phase.COMPUTE), new Target(pod, rank));
  }

  private static BitFlip flip(long step, int pod, int rank, Phase phase, Site site) {
    return BitFlip.inState(
        "flip", new When(step, phase), new Target(pod, rank), site, TENSOR, 17, 30);
  }
}
