package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import org.junit.jupiter.api.Test;

class LocalClusterTest {

  private static final String TENSOR = "blocks.0.ffn.up";

  @Test
  void withoutFaultsItEndsOnTheGoldenBits() throws Exception {
    Lab lab = new Lab();
    assertGolden(lab, lab.run());
    assertThat(lab.notes(Note.Detected.class)).isEmpty();
    assertThat(lab.notes(Note.WorkerLost.class)).isEmpty();
  }

  @Test
  void aCrashIsReplacedByTheSpare() throws Exception {
    Lab lab = new Lab().spares(1).inject(crash(2, 1)).verbose();
    assertGolden(lab, lab.run());
    assertThat(lab.strikes()).hasSize(1);
    assertThat(lab.notes(Note.WorkerLost.class)).hasSize(1);
    assertThat(lab.notes(Note.Replaced.class)).hasSize(1);
    assertThat(lab.notes(Note.Restored.class)).hasSize(1);
  }

  @Test
  void aFlipInTheParametersIsFoundBlamedAndRepaired() throws Exception {
    Lab lab = new Lab().inject(flip(2, 0, Phase.COMPUTE, Site.PARAMETERS)).verbose();
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

  private static void assertGolden(Lab lab, Verdict verdict) throws Exception {
    assertThat(verdict).isInstanceOf(Verdict.Completed.class);
    assertThat(Lab.finals(verdict)).isNotEmpty().containsOnly(lab.golden());
  }

  private static Crash crash(long step, int pod) {
    return new Crash("crash", new When(step, Phase.COMPUTE), new Target(pod, 0));
  }

  private static BitFlip flip(long step, int pod, Phase phase, Site site) {
    return BitFlip.inState("flip", new When(step, phase), new Target(pod, 0), site, TENSOR, 17, 30);
  }
}
