package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerEffect;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.Digest;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExpectedTest {

  private static final WorkerEffect AUDIT =
      new WorkerEffect.StartAudit(3, 5, new Span(0, 2), null, List.of(), List.of());

  private final Expected expected = new Expected();

  ExpectedTest() {
    expected.ordered(new WorkerEffect.Update(3, 5, false));
  }

  private static WorkerEffect compute(long step) {
    return new WorkerEffect.Compute(3, step, List.of(), 4, List.of());
  }

  @Test
  void afterAnUpdateTheNextStepIs() {
    assertThat(expected.is(6)).isTrue();
    assertThat(expected.is(5)).isFalse();
    assertThat(new Expected().is(1)).isFalse();
  }

  @Test
  void whatDoesNotNeedTheComputeThreadOrCanWaitForItChangesNothing() {
    expected.ordered(new WorkerEffect.Publish(3, 5, new Span(0, 2), List.of()));
    expected.ordered(new WorkerEffect.PullGuest(3, 5, 1, new Digest(7), new WorkerId("w1"), false));
    expected.ordered(new WorkerEffect.Keep(3, 4, new Digest(7)));
    assertThat(expected.is(6)).isTrue();
  }

  @Test
  void anythingElseThatIsOrderedComesFirst() {
    expected.ordered(new WorkerEffect.Verify(3, 5));
    assertThat(expected.is(6)).isFalse();
  }

  @Test
  void anAuditIsNotKeptWaiting() {
    expected.ordered(AUDIT);
    assertThat(expected.is(6)).isFalse();
  }

  @Test
  void onceItIsOrderedWhatIsQueuedBehindItWaits() {
    expected.ordered(compute(6));
    expected.ordered(AUDIT);
    assertThat(expected.is(6)).isTrue();
    expected.ordered(new WorkerEffect.Abandon(4, 5, 0, false));
    assertThat(expected.is(6)).isFalse();
  }

  @Test
  void anotherStepIsNotTheOneThatWasBegun() {
    expected.ordered(compute(7));
    assertThat(expected.is(6)).isFalse();
    assertThat(expected.is(7)).isFalse();
  }
}
