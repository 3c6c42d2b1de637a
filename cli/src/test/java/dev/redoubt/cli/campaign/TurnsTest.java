package dev.redoubt.cli.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.scenario.Campaign.Share;
import dev.redoubt.fault.Site;
import dev.redoubt.simulator.FaultClass;
import dev.redoubt.simulator.Stratum;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each stratum has its share of a round, and comes back before the round is over. */
class TurnsTest {
  private static final Stratum A = new Stratum(FaultClass.GRADIENT, Site.GRADIENT, 0, 22);
  private static final Stratum B = new Stratum(FaultClass.GRADIENT, Site.GRADIENT, 23, 30);
  private static final Stratum C = new Stratum(FaultClass.GRADIENT, Site.GRADIENT, 31, 31);

  @Test
  void weightsAreSharesAndSpread() {
    List<Stratum> turns = Turns.of(List.of(new Share(A, 50), new Share(B, 10), new Share(C, 10)));
    assertThat(turns).hasSize(7);
    assertThat(Collections.frequency(turns, A)).isEqualTo(5);
    assertThat(Collections.frequency(turns, B)).isEqualTo(1);
    assertThat(turns.subList(0, 4)).contains(A).containsAnyOf(B, C);
  }

  @Test
  void equalWeightsTakeTurns() {
    assertThat(Turns.of(List.of(new Share(A, 3), new Share(B, 3)))).containsExactly(A, B);
  }
}
