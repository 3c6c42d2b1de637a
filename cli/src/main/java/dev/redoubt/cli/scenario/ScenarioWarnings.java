package dev.redoubt.cli.scenario;

import dev.redoubt.cli.scenario.Scenario.BitFlip;
import dev.redoubt.cli.scenario.Scenario.Detect;
import dev.redoubt.cli.scenario.Scenario.Fault;
import java.util.ArrayList;
import java.util.List;

/** What is legal in a scenario but hardly meant. */
public final class ScenarioWarnings {
  private ScenarioWarnings() {}

  /** One sentence each. */
  public static List<String> of(Scenario scenario) {
    List<String> warnings = new ArrayList<>();
    Detect detect = scenario.detect();
    if (scenario.expect().isEmpty()) {
      warnings.add("expect asks for nothing: only the golden bits and the samples are checked");
    }
    for (Fault fault : scenario.faults()) {
      if (fault.at().step() > scenario.train().steps()) {
        warnings.add(
            "the fault "
                + fault.id()
                + " is at step "
                + fault.at().step()
                + ", after the last step "
                + scenario.train().steps()
                + ": it cannot strike, and the run will be inconclusive");
      }
      if (fault.inject() instanceof BitFlip flip
          && flip.site() == Site.STORED_COPY
          && !detect.scrub()) {
        warnings.add(
            "the fault "
                + fault.id()
                + " hits a stored copy, which nobody reads: detect.scrub is off");
      }
    }
    // Who chose guests for one pod wants digests: they are compared with them.
    boolean compared = scenario.cluster().pods() > 1 || scenario.redundancy().guests();
    if (!compared && detect.stateDigest()) {
      warnings.add("there is one pod, so there is no other copy to compare its state with");
    }
    if (detect.scrubEvery() >= scenario.redundancy().keepVersions()) {
      warnings.add("versions are dropped before detect.scrub comes to read them again");
    }
    if (!detect.deadlines() && scenario.timeouts().runSecondsMax() == null) {
      warnings.add(
          "detect.deadlines is off and timeouts.runSecondsMax is not given: a run that stands still"
              + " never ends");
    }
    return List.copyOf(warnings);
  }
}
