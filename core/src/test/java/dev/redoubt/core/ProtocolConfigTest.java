package dev.redoubt.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProtocolConfigTest {

  private static final Mesh MESH = new Mesh(3, 1, 0);

  private static ProtocolConfig config(int microbatches, int keep, int every, int scrub) {
    return new ProtocolConfig(
        MESH, 10, microbatches, keep, every, scrub, true, true, 2, 2, timeouts());
  }

  private static ProtocolConfig.Timeouts timeouts() {
    return new ProtocolConfig.Timeouts(1, 1, 1, 1);
  }

  @Test
  void copiesAreComparedEverySoManyStepsAndAlwaysAtTheEnd() {
    ProtocolConfig config = config(3, 5, 4, 3);
    assertThat(config.compares(4)).isTrue();
    assertThat(config.compares(5)).isFalse();
    assertThat(config.compares(10)).isTrue();
    assertThat(config.scrubs(6)).isTrue();
    assertThat(config.scrubs(7)).isFalse();
  }

  @Test
  void withDigestsOffNothingIsComparedOrScrubbed() {
    ProtocolConfig config = config(3, 2, 0, 1);
    assertThat(config.digests()).isFalse();
    assertThat(config.compares(10)).isFalse();
    assertThat(config.scrubs(1)).isFalse();
  }

  @Test
  void auditsThatLagNeedRoomForTheVersionsToGoBackTo() {
    Audits lagging = new Audits(1, 7, 3);
    assertThat(config(3, 5, 1, 0).with(lagging).audits().lagSteps()).isEqualTo(3);
    assertThatThrownBy(() -> config(3, 4, 1, 0).with(lagging))
        .hasMessageStartingWith("keepVersions is at least 5 where audits lag by 3 steps")
        .hasMessageEndingWith("not 4");
    assertThatThrownBy(() -> config(3, 5, 1, 0).with(lagging).with(new Patience(3, 100, 2)))
        .hasMessageStartingWith("audits that lag do not go with stand-ins");
    assertThatThrownBy(() -> new Audits(0, 7, 1)).hasMessageContaining("where there are any");
    assertThatThrownBy(() -> new Audits(1, 7, -1)).hasMessageEndingWith("not -1");
  }

  @Test
  void buddiesNeedAgreedVersionsAndRoomForOneThatIsOlder() {
    Buddies two = new Buddies(List.of(List.of(1), List.of(0)));
    Mesh mesh = new Mesh(1, 2, 1);
    assertThat(config(mesh, 3, 1).with(two).buddies().copies()).isEqualTo(1);
    assertThatThrownBy(() -> config(mesh, 2, 1).with(two))
        .hasMessageEndingWith("keepVersions 3 at least (not 2)");
    assertThatThrownBy(() -> config(mesh, 3, 2).with(two))
        .hasMessageContaining("stateDigestEvery 1 (not 2)");
    assertThatThrownBy(() -> config(MESH, 3, 1).with(two))
        .hasMessage("buddies are said for each of the 1 ranks of a pod, not for 2");
    assertThatThrownBy(() -> new Buddies(List.of(List.of(0), List.of(1))))
        .hasMessageStartingWith("rank 0 is no buddy of its own");
    assertThatThrownBy(() -> new Buddies(List.of(List.of(1), List.of())))
        .hasMessageStartingWith("each shard has as many guests");
  }

  @Test
  void aSumIsOfAllOtherRanksAndMakesUpForOneLoss() {
    Buddies sums = Buddies.sums(4);
    assertThat(sums.copies()).isEqualTo(1);
    assertThat(sums.wardsOf(2)).containsExactly(0, 1, 3);
    assertThat(sums.keptBy(2)).containsExactly(2);
    assertThat(config(new Mesh(1, 4, 1), 3, 1).with(sums).buddies()).isEqualTo(sums);
    assertThatThrownBy(() -> config(new Mesh(1, 2, 1), 3, 1).with(sums))
        .hasMessage("buddies are said for each of the 2 ranks of a pod, not for 4");
    assertThatThrownBy(() -> new Buddies(List.of(List.of(2), List.of(0), List.of(1)), true))
        .hasMessageStartingWith("a sum is of all others");
    assertThatThrownBy(() -> Buddies.sums(1)).hasMessageStartingWith("each shard has as many");
  }

  private static ProtocolConfig config(Mesh mesh, int keep, int every) {
    return new ProtocolConfig(mesh, 10, 3, keep, every, 0, true, true, 2, 2, timeouts());
  }

  @Test
  void whatCannotWorkIsRefusedWithTheReason() {
    assertThatThrownBy(() -> config(2, 3, 1, 0))
        .hasMessage("3 pods need as many microbatches at least, not 2");
    assertThatThrownBy(() -> config(3, 1, 0, 0)).hasMessage("keepVersions is at least 2, not 1");
    assertThatThrownBy(() -> config(3, 3, 3, 0))
        .hasMessageContaining("up to keepVersions - 1 = 2")
        .hasMessageEndingWith("not 3");
    assertThatThrownBy(() -> config(3, 3, -1, 0)).hasMessageStartingWith("stateDigestEvery is 0");
    assertThatThrownBy(() -> config(3, 3, 1, -1)).hasMessageStartingWith("scrubEvery is 0");
    assertThatThrownBy(() -> new ProtocolConfig(MESH, 0, 3, 3, 1, 0, true, true, 2, 2, timeouts()))
        .hasMessageEndingWith("are at least 1");
    assertThatThrownBy(() -> new ProtocolConfig(MESH, 1, 3, 3, 1, 0, true, true, 0, 2, timeouts()))
        .hasMessageEndingWith("are at least 1");
    assertThatThrownBy(() -> new Mesh(0, 1, 0)).hasMessageContaining("pods=0");
  }
}
