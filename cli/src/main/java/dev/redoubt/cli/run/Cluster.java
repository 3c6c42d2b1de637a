package dev.redoubt.cli.run;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.node.LocalCluster;
import dev.redoubt.node.PortTakenException;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.RunSpec;
import dev.redoubt.node.process.ProcessCluster;
import java.io.IOException;
import java.nio.file.Path;

/** Where the members of a run live. */
interface Cluster {

  /**
   * Runs to the verdict.
   *
   * @param ledger of the faults, which may know what has struck before
   */
  Verdict run(RunSpec spec, FaultLedger ledger, RunListener listener)
      throws PortTakenException, EnvironmentException, InterruptedException;

  /** All in this JVM. */
  static Cluster local() {
    return LocalCluster::run;
  }

  /**
   * One JVM each.
   *
   * @param metrics whether each serves its own
   */
  static Cluster processes(Path directory, long heapBytes, boolean metrics) {
    return (spec, ledger, listener) -> {
      try {
        JvmLauncher launcher = JvmLauncher.in(directory, heapBytes, spec.checkpoints(), metrics);
        return ProcessCluster.run(spec, ledger, listener, launcher);
      } catch (IOException e) {
        throw new EnvironmentException("the processes cannot be started: " + e.getMessage(), e);
      }
    };
  }

  /** A container each. */
  static Cluster containers(Path directory, Scenario scenario, long heapBytes, boolean metrics) {
    return (spec, ledger, listener) -> {
      try (ContainerLauncher launcher =
          ContainerLauncher.in(directory, scenario, spec.members().size(), heapBytes, metrics)) {
        return ProcessCluster.run(spec, ledger, listener, launcher);
      } catch (IOException e) {
        throw new EnvironmentException("the containers cannot be started: " + e.getMessage(), e);
      }
    };
  }
}
