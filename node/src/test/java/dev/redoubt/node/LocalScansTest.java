package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.Pause;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Recurrence;
import dev.redoubt.fault.Spare;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.Victim;
import dev.redoubt.fault.When;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Machines scan themselves, in one JVM. A pause gives them time for it. */
class LocalScansTest {

  private static final WorkerId FIRST_SPARE = new WorkerId("w2");

  private final Lab lab =
      new Lab()
          .pods(2)
          .spares(2)
          .steps(8)
          .scanning()
          .inject(
              new Pause(
                  "pause", new When(3, Phase.COMPUTE), new Target(0, 0), Duration.ofSeconds(3)));

  private static DefectiveCore core(Victim target, DefectiveCore.Unit unit) {
    return new DefectiveCore(
        "core",
        new When(2, Phase.COMPUTE),
        target,
        unit,
        3,
        1 << 24,
        0,
        0,
        new Recurrence(Integer.MAX_VALUE, 1));
  }

  @Test
  void whereAllAreHealthyEachIsScannedBeforeItJoinsAndSparesGoOn() throws Exception {
    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(lab.notes(Note.Scanned.class))
        .hasSizeGreaterThan(4)
        .allSatisfy(scan -> assertThat(scan.wrong()).isNull());
    assertThat(lab.notes(Note.Scanned.class).subList(0, 4))
        .extracting(Note.Scanned::worker)
        .doesNotHaveDuplicates();
    assertThat(lab.notes(Note.Blamed.class)).isEmpty();
    assertThat(lab.notes(Note.WorkerLost.class)).isEmpty();
  }

  @Test
  void aSpareWithADefectiveCoreIsTakenOffBeforeARankIsFree() throws Exception {
    lab.inject(
        core(new Spare(0), DefectiveCore.Unit.FMA),
        new Crash("crash", new When(8, Phase.COMPUTE), new Target(1, 0)));

    assertThat(lab.isGolden(lab.run())).isTrue();

    assertThat(lab.notes(Note.Blamed.class))
        .singleElement()
        .satisfies(
            blamed -> {
              assertThat(blamed.worker()).isEqualTo(FIRST_SPARE);
              assertThat(blamed.rank()).isNull();
              assertThat(blamed.detector()).isEqualTo(Detector.SCAN);
              assertThat(blamed.kind()).isEqualTo(Note.Kind.PERSISTENT);
              assertThat(blamed.evidence()).startsWith("products-").contains("lanes [3]");
            });
    assertThat(lab.notes(Note.Replaced.class))
        .singleElement()
        .satisfies(replaced -> assertThat(replaced.spare()).isEqualTo(new WorkerId("w3")));
    assertThat(lab.strikes())
        .filteredOn(strike -> strike.faultId().equals("core"))
        .singleElement()
        .satisfies(
            strike -> {
              assertThat(strike.node()).isEqualTo(FIRST_SPARE.name());
              assertThat(strike.evidence()).startsWith("known-answer test of products-");
            });
  }

  /** It loses its rank for what it computes, and is back while somebody else stands still. */
  private static Lab sickReturn() {
    Lab back =
        new Lab()
            .pods(3)
            .steps(200)
            .checkingProducts()
            .evictAfter(1)
            .returning(1)
            .inject(core(new Target(1, 0), DefectiveCore.Unit.FMA));
    for (int step : new int[] {9, 12, 15}) {
      back.inject(
          new Pause(
              "pause-" + step,
              new When(step, Phase.COMPUTE),
              new Target(0, 0),
              Duration.ofSeconds(3)));
    }
    return back;
  }

  @Test
  void aMachineThatIsBackWithItsDefectIsRefusedByItsScanAndStaysAway() throws Exception {
    Lab back = sickReturn().scanning();

    assertThat(back.isGolden(back.run())).isTrue();

    assertThat(back.notes(Note.Evicted.class))
        .extracting(Note.Evicted::worker)
        .containsExactly(new WorkerId("w1"));
    assertThat(back.notes(Note.Blamed.class))
        .filteredOn(blamed -> blamed.detector() == Detector.SCAN)
        .extracting(Note.Blamed::worker)
        .containsExactly(new WorkerId("w1~2"));
    assertThat(back.notes(Note.Grown.class)).extracting(Note.Grown::pod).doesNotContain(1);
    // It does not linger, saying so for ever; and nobody sends for it once more.
    assertThat(back.machines()).contains("w1~2 taken-off").doesNotContain("w1~3 started");
  }

  @Test
  void withoutScansItGetsARankAgainAndLosesItAgain() throws Exception {
    Lab back = sickReturn();

    assertThat(back.isGolden(back.run())).isTrue();

    assertThat(back.notes(Note.Grown.class)).extracting(Note.Grown::pod).contains(1);
    assertThat(back.notes(Note.Evicted.class))
        .extracting(Note.Evicted::worker)
        .startsWith(new WorkerId("w1"), new WorkerId("w1~2"));
  }
}
