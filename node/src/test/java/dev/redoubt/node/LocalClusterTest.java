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
import dev.redoubt.trainer.ParameterLayout;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LocalClusterTest {

  private static final String TENSOR = "blocks.0.ffn.up";

  @Test
  void withoutFaultsItEndsOnTheGoldenBits() throws Exception {
    Lab lab = new Lab();
    assertGolden(lab, lab.run());
    assertThat(lab.notes(Note.Detected.class)).isEmpty();
    assertThat(lab.notes(Note.WorkerLost.class)).isEmpty();
    assertThat(lab.measures()).hasSize(3 * 4);
    long region = ParameterLayout.of(Lab.TINY).regionBytes();
    assertThat(lab.measures())
        .allSatisfy(
            measure -> {
              assertThat(measure.computeNanos()).isPositive();
              assertThat(measure.frameWaitNanos()).isNotNegative();
              assertThat(measure.bytesSent()).as("two spans, two peers").isEqualTo(2 * region);
            });
  }

  @Test
  void theNextStepIsBegunWhileTheOneBeforeIsBeingJudged() throws Exception {
    Lab lab = new Lab().pods(2);
    assertGolden(lab, lab.run());
    Set<String> both = Set.of("w0", "w1");
    assertThat(lab.ahead()).isEqualTo(Map.of(2L, both, 3L, both, 4L, both));
  }

  /** Step 3 comes out wrong, so what was begun of step 4 was computed on a version that is gone. */
  @Test
  void whatWasBegunOnAVersionThatIsNotAgreedOnIsForgotten() throws Exception {
    Lab lab = new Lab().inject(flip(3, 2, Phase.UPDATE, Site.PARAMETERS));
    assertGolden(lab, lab.run());
    assertThat(lab.ahead()).containsKeys(2L, 4L);
    assertBlamed(lab, "pod2/rank0", Detector.STATE_DIGEST);
  }

  @Test
  void aStepInWhichAFaultIsDueIsNotBegunBeforeItIsOrdered() throws Exception {
    Lab lab = new Lab().inject(flip(3, 0, Phase.COMPUTE, Site.PARAMETERS));
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.ahead()).containsOnlyKeys(2L, 4L);
  }

  @Test
  void aPodOfSeveralRanksWaitsForTheOrder() throws Exception {
    Lab lab = new Lab().pods(2).ranks(2);
    assertGolden(lab, lab.run());
    assertThat(lab.ahead()).isEmpty();
  }

  @Test
  void aCrashIsReplacedByTheSpare() throws Exception {
    Lab lab = new Lab().spares(1).inject(crash(2, 1));
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.WorkerLost.class)).hasSize(1);
    assertThat(lab.notes(Note.Replaced.class)).hasSize(1);
    assertThat(lab.notes(Note.Restored.class)).hasSize(1);
  }

  @Test
  void withCertificatesTooACrashIsReplacedAndAMachineComesBack() throws Exception {
    Lab lab = new Lab().pods(2).spares(1).steps(8).tls().returning(1).inject(crash(2, 1));
    assertGolden(lab, lab.run());
    assertThat(lab.notes(Note.Replaced.class)).hasSize(1);
  }

  @Test
  void aFlipInTheParametersIsFoundBlamedAndRepaired() throws Exception {
    Lab lab = new Lab().inject(flip(2, 0, Phase.COMPUTE, Site.PARAMETERS));
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.Detected.class)).hasSize(1);
    assertThat(lab.notes(Note.Blamed.class))
        .singleElement()
        .satisfies(blamed -> assertThat(blamed.rank()).hasToString("pod0/rank0"));
    assertThat(lab.notes(Note.Restored.class))
        .singleElement()
        .satisfies(restored -> assertThat(restored.blocks()).isEqualTo(1));
  }

  @Test
  void withoutASpareThePodOfADeadWorkerIsDissolved() throws Exception {
    Lab lab = new Lab().inject(crash(2, 0));
    assertGolden(lab, lab.run());
    assertThat(lab.notes(Note.Dissolved.class))
        .singleElement()
        .satisfies(dissolved -> assertThat(dissolved.pod()).isZero());
    assertThat(lab.notes(Note.StepCommitted.class).getLast().assignment().pods())
        .containsExactly(1, 2);
  }

  @Test
  void aWrongUpdateIsOutvotedAndItsSlotThrownAway() throws Exception {
    Lab lab = new Lab().inject(flip(3, 2, Phase.UPDATE, Site.FIRST_MOMENTS));
    assertGolden(lab, lab.run());
    assertBlamed(lab, "pod2/rank0", Detector.STATE_DIGEST);
    assertThat(lab.notes(Note.Restored.class)).isEmpty();
  }

  /**
   * The lowest bits of parameters: the update rounds many such flips away, but the gradients that
   * were computed with them are in every copy. Comparing copies would let those escape.
   */
  @Test
  void aFaintFlipThatTheUpdateRoundsAwayIsFoundInTheBase() throws Exception {
    long element = FaintFlip.find(new Lab().spec(), "head", 4);
    Lab lab =
        new Lab()
            .inject(
                BitFlip.inState(
                    "faint",
                    new When(4, Phase.COMPUTE),
                    new Target(1, 0),
                    Site.PARAMETERS,
                    "head",
                    element,
                    0));
    assertGolden(lab, lab.run());
    assertBlamed(lab, "pod1/rank0", Detector.BASE_CHECK);
    assertThat(lab.notes(Note.Detected.class))
        .as("the copies agreed: nothing but the base showed it")
        .singleElement()
        .satisfies(detected -> assertThat(detected.detector()).isEqualTo(Detector.BASE_CHECK));
  }

  @Test
  void evenASingleCopyFindsRotInItsBaseAndGoesBackToAnOlderVersion() throws Exception {
    Lab lab = new Lab().pods(1).inject(flip(4, 0, Phase.COMPUTE, Site.PARAMETERS));
    assertGolden(lab, lab.run());
    assertThat(lab.notes(Note.RolledBack.class)).hasSize(1);
  }

  @Test
  void whenTwoCopiesDifferTheSpareReplaysTheStep() throws Exception {
    Lab lab = new Lab().pods(2).spares(1).inject(flip(3, 1, Phase.UPDATE, Site.PARAMETERS));
    assertGolden(lab, lab.run());
    assertBlamed(lab, "pod1/rank0", Detector.ARBITRATION);
  }

  @Test
  void whenTwoCopiesDifferAndNobodyCanReplayTheRedoSaysWhoWasWrong() throws Exception {
    Lab lab = new Lab().pods(2).inject(flip(3, 0, Phase.UPDATE, Site.SECOND_MOMENTS));
    assertGolden(lab, lab.run());
    assertBlamed(lab, "pod0/rank0", Detector.STATE_DIGEST);
  }

  @Test
  void aWorkerWithTooManyStrikesIsEvicted() throws Exception {
    Lab lab = new Lab().spares(1).evictAfter(1).inject(flip(2, 1, Phase.COMPUTE, Site.PARAMETERS));
    assertGolden(lab, lab.run());
    assertThat(lab.notes(Note.Evicted.class))
        .singleElement()
        .satisfies(evicted -> assertThat(evicted.rank()).hasToString("pod1/rank0"));
    assertThat(lab.notes(Note.Replaced.class)).hasSize(1);
  }

  @Test
  void rotInAStoredCopyIsFoundByScrubbingAndMended() throws Exception {
    Lab lab = new Lab().scrubEvery(1).inject(storedCopy());
    assertGolden(lab, lab.run());
    assertThat(lab.notes(Note.Detected.class))
        .singleElement()
        .satisfies(detected -> assertThat(detected.detector()).isEqualTo(Detector.SCRUB));
    assertThat(lab.notes(Note.Restored.class))
        .singleElement()
        .satisfies(restored -> assertThat(restored.blocks()).isEqualTo(1));
  }

  @Test
  void withoutScrubbingNobodySeesRotInAStoredCopy() throws Exception {
    Lab lab = new Lab().inject(storedCopy());
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.Detected.class)).isEmpty();
  }

  @Test
  void aGradientThatIsWrongBeforeTheReduceIsSeenByNobody() throws Exception {
    Lab lab = new Lab().inject(gradient(20));
    Verdict verdict = lab.run();
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.Detected.class)).isEmpty();
    assertThat(Lab.finals(verdict).distinct()).hasSize(1).doesNotContain(lab.golden().getFirst());
  }

  @Test
  void aGradientOutOfAllProportionIsScreenedOut() throws Exception {
    Lab lab = new Lab().steps(5).inject(gradient(30));
    assertGolden(lab, lab.run());
    assertBlamed(lab, "pod0/rank0", Detector.SCREEN);
  }

  @Test
  void withoutStateDigestsTheFlipStaysAndTheCopiesDifferAtTheEnd() throws Exception {
    Lab lab = new Lab().digestEvery(0).inject(flip(2, 0, Phase.COMPUTE, Site.SECOND_MOMENTS));
    Verdict verdict = lab.run();
    assertThat(lab.notes(Note.Detected.class)).isEmpty();
    assertThat(Lab.finals(verdict).distinct()).hasSize(2);
  }

  @Test
  void digestsComparedEveryOtherStepGoBackToTheLastComparedVersion() throws Exception {
    Lab lab = new Lab().steps(6).digestEvery(2).inject(flip(3, 1, Phase.UPDATE, Site.PARAMETERS));
    assertGolden(lab, lab.run());
    assertThat(lab.notes(Note.Detected.class))
        .singleElement()
        .satisfies(detected -> assertThat(detected.step()).isEqualTo(4));
    assertThat(lab.notes(Note.EpochOpened.class).getLast().base()).isEqualTo(2);
  }

  @Test
  void theOnlyCopyGoneIsLostAndSaidSo() throws Exception {
    Lab lab = new Lab().pods(1).spares(1).inject(crash(2, 0));
    assertThat(lab.run())
        .isInstanceOfSatisfying(
            Verdict.Lost.class, lost -> assertThat(lost.reason()).contains("no intact copy"));
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

  private static BitFlip storedCopy() {
    return BitFlip.inStoredCopy(
        "rot", new When(3, Phase.COMPUTE), new Target(1, 0), TENSOR, 3, 12, 1);
  }

  private static BitFlip gradient(int bit) {
    return BitFlip.inGradient(
        "silent",
        new When(4, Phase.COMPUTE),
        new Target(0, 0),
        TENSOR,
        17,
        bit,
        OptionalInt.empty());
  }

  private static void assertGolden(Lab lab, Verdict verdict) throws Exception {
    assertThat(verdict).isInstanceOf(Verdict.Completed.class);
    assertThat(lab.isGolden(verdict)).as(verdict.toString()).isTrue();
  }

  private static Crash crash(long step, int pod) {
    return new Crash("crash", new When(step, Phase.COMPUTE), new Target(pod, 0));
  }

  private static BitFlip flip(long step, int pod, Phase phase, Site site) {
    return BitFlip.inState("flip", new When(step, phase), new Target(pod, 0), site, TENSOR, 17, 30);
  }
}
