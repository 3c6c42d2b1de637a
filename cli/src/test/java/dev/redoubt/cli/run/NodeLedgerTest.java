package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.cli.report.RunOutcome.NodeTime;
import dev.redoubt.core.Note.Trigger;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeLedgerTest {

  private static final List<String> WORKERS = List.of("w0", "w1", "w2", "w3");

  private final Tale tale = Tale.of(3);

  private List<NodeTime> nodes(Fault... faults) {
    TimeLedger run = new TimeLedger(tale.history(), 0);
    return NodeLedger.of(tale.history(), run, List.of(faults), WORKERS, 0);
  }

  @Test
  void everySecondOfEveryWorkerIsInOneAccount() {
    Crash crash = new Crash("crash", new When(2, Phase.COMPUTE), new Target(1, 0));
    tale.steps(1, 1).start(2).strike(crash, 1).lost(2, 1).replaced(1, 3).epoch(1, Trigger.LOSS);
    tale.restored(1, 1).steps(2, 4);

    List<NodeTime> nodes = nodes(crash);

    double elapsed = tale.nanos() * 1e-9;
    assertThat(nodes).extracting(NodeTime::node).containsExactlyElementsOf(WORKERS);
    assertThat(nodes).allSatisfy(n -> assertThat(n.total()).isCloseTo(elapsed, within(1e-9)));
    TimeLedger run = new TimeLedger(tale.history(), 0);
    assertThat(nodes.getFirst().useful()).isEqualTo(run.ledger().useful());
    NodeTime lost = nodes.get(1);
    assertThat(lost.gone()).isPositive();
    assertThat(lost.useful()).isLessThan(nodes.getFirst().useful());
    NodeTime spare = nodes.get(3);
    assertThat(spare.standby()).isPositive();
    assertThat(spare.useful()).isPositive();
    assertThat(spare.useful() + lost.useful()).isEqualTo(nodes.getFirst().useful());
  }

  @Test
  void aMachineThatComesLaterHasItsTimeFromThenOn() {
    tale.steps(1, 3);
    long came = tale.nanos();
    tale.history().add(came, new RunHistory.MachineEvent("w1~2", "started"));
    tale.steps(4, 6);

    NodeTime late = nodes().stream().filter(n -> n.node().equals("w1~2")).findFirst().orElseThrow();

    assertThat(late.total()).isCloseTo((tale.nanos() - came) * 1e-9, within(1e-9));
    assertThat(late.standby()).isEqualTo(late.total());
  }

  @Test
  void stepsThatAreGivenUpAreNobodysUse() {
    tale.start(1).start(2).epoch(0, Trigger.ALARM).steps(1, 2);

    TimeLedger run = new TimeLedger(tale.history(), 0);
    assertThat(nodes().getFirst().repeat()).isEqualTo(run.ledger().repeat()).isPositive();
    assertThat(nodes().getFirst().useful()).isEqualTo(run.ledger().useful());
  }
}
