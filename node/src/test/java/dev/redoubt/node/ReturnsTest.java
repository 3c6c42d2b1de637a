package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.WorkerId;
import org.junit.jupiter.api.Test;

class ReturnsTest {

  private final Returns returns;

  ReturnsTest() throws Exception {
    returns = new Returns(new Lab().returning(3).spec());
  }

  private static Note.Blamed blamed(String worker, Detector detector) {
    return new Note.Blamed(
        2, 5, new WorkerId(worker), null, detector, Note.Kind.PERSISTENT, "evidence");
  }

  @Test
  void aMachineIsBackOnceForEachLossUnderItsNextName() {
    returns.lost("w1", 5);

    assertThat(returns.due(7)).isEmpty();
    assertThat(returns.due(8)).containsExactly("w1~2");
    assertThat(returns.due(9)).isEmpty();
    returns.lost("w1~2", 9);
    assertThat(returns.due(12)).containsExactly("w1~3");
  }

  /** Whoever was only blamed is scanned when it is back; whoever failed that is not asked again. */
  @Test
  void aMachineThatItsScanFoundDefectiveStaysAway() {
    returns.noted(blamed("w1", Detector.AUDIT));
    returns.lost("w1", 5);
    assertThat(returns.due(8)).containsExactly("w1~2");

    returns.noted(blamed("w1~2", Detector.SCAN));
    returns.lost("w1~2", 8);
    returns.lost("w2", 8);

    assertThat(returns.due(100)).containsExactly("w2~2");
  }
}
