package dev.redoubt.simulator;

import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.DataFault;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** One thread's cluster, in which injections are drawn, tried under every arm, and written down. */
public final class InjectionBench implements InOrder.Bench<List<InjectionRow>> {

  /**
   * What all threads of a campaign share.
   *
   * @param protocol the rules; each arm has detectors of its own
   * @param arms sets of detectors by their names
   * @param stepsAfter that are trained after the step of a strike
   */
  public record Setting(
      ModelConfig model,
      TrainConfig train,
      Samples data,
      GoldenVersions golden,
      ProtocolConfig protocol,
      InjectionDraw draw,
      SequencedMap<String, Detectors> arms,
      int stepsAfter) {}

  private final Setting setting;
  private final SimulatedCluster cluster;
  private final InjectionTrial trial;

  /** Takes the memory. */
  public InjectionBench(Setting setting) {
    this.setting = setting;
    this.cluster =
        new SimulatedCluster(setting.model(), setting.train(), setting.data(), setting.golden());
    this.trial =
        new InjectionTrial(
            cluster,
            setting.protocol(),
            List.copyOf(setting.arms().values()),
            setting.stepsAfter());
  }

  /** A row for each arm, in their order. */
  @Override
  public List<InjectionRow> run(long index) {
    DataFault fault = setting.draw().fault(index);
    Stratum stratum = setting.draw().stratum(index);
    List<Outcome> outcomes = trial.run(fault);
    Diagnosis diagnosis = diagnosis(fault, stratum, outcomes);
    List<InjectionRow> rows = new ArrayList<>();
    for (String arm : setting.arms().keySet()) {
      Outcome outcome = outcomes.get(rows.size());
      boolean found = outcome.activated() && outcome.detectedBy() != null;
      rows.add(
          new InjectionRow(
              index,
              arm,
              stratum.label(),
              InjectionRow.Place.of(fault),
              outcome,
              found ? diagnosis : null));
    }
    return rows;
  }

  /** Only of what somebody has found, and only where an operation was wrong. */
  private @Nullable Diagnosis diagnosis(DataFault fault, Stratum stratum, List<Outcome> outcomes) {
    boolean asked =
        stratum.kind().isComputed()
            && outcomes.stream()
                .anyMatch(outcome -> outcome.activated() && outcome.detectedBy() != null);
    return asked ? cluster.diagnose(fault, setting.protocol().microbatches()) : null;
  }

  @Override
  public void close() {
    cluster.close();
  }
}
