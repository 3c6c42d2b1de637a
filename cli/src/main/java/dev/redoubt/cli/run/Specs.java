package dev.redoubt.cli.run;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.train.TrainingPlan;
import dev.redoubt.node.RunSpec;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.DataConfig;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.data.HeldOut;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.data.mixture.Mixture;
import dev.redoubt.trainer.data.mixture.MixtureConfig;
import dev.redoubt.trainer.input.InterleavedConfig;
import dev.redoubt.trainer.input.InterleavedSamples;
import java.util.stream.Collectors;

/**
 * From a scenario to what its members are to run: the same in the supervisor and in each of them.
 */
public final class Specs {

  private static final String OPTION = "data.sources[].from";

  private Specs() {}

  /**
   * Opens the data, too.
   *
   * @throws EnvironmentException if they cannot be had here
   */
  public static RunSpec of(Scenario scenario) throws EnvironmentException {
    TrainConfig train = Conversion.train(scenario);
    RunSpec spec =
        new RunSpec(
            Conversion.protocol(scenario),
            TrainerModels.model(scenario.model().name(), scenario.model().dimensions()),
            train,
            open(scenario, train),
            scenario.detect().frameDigest(),
            Conversion.faults(scenario),
            scenario.cluster().controllers(),
            scenario.cluster().port());
    return spec.returning(Conversion.optional(scenario.cluster().returnsAfter()))
        .scrubbing(scenario.detect().scrubBytesPerSecond())
        .withTls(scenario.cluster().tls())
        .checking(scenario.detect().abft())
        .scanning(scenario.detect().scan());
  }

  /** What a scenario trains on, for a training without a cluster: a part of it is held out. */
  public static TrainingPlan.Text text(Scenario scenario) {
    if (scenario.data().interleaved()) {
      return text(Conversion.interleaved(scenario));
    }
    if (scenario.data().mixed()) {
      return text(Conversion.mixture(scenario));
    }
    DataConfig data = Conversion.data(scenario);
    return train -> HeldOut.open(data, train);
  }

  /** The same of a mixture. */
  public static TrainingPlan.Text text(MixtureConfig mixture) {
    return train -> {
      Mixture.Parts parts = Mixture.openInParts(mixture, train);
      return new HeldOut(parts.training(), parts.heldOut());
    };
  }

  /** The same of interleaved documents. */
  public static TrainingPlan.Text text(InterleavedConfig interleaved) {
    return train -> InterleavedSamples.openInParts(interleaved, train);
  }

  private static Samples open(Scenario scenario, TrainConfig train) throws EnvironmentException {
    try {
      if (scenario.data().interleaved()) {
        return InterleavedSamples.open(Conversion.interleaved(scenario), train);
      }
      return scenario.data().mixed()
          ? Mixture.open(Conversion.mixture(scenario), train)
          : Dataset.open(Conversion.data(scenario), train);
    } catch (DataException e) {
      throw new EnvironmentException(withOption(String.valueOf(e.getMessage()), scenario), e);
    }
  }

  /** Whatever is wrong about the text, the user must hear where it was named. */
  private static String withOption(String message, Scenario scenario) {
    if (message.contains(OPTION)) {
      return message;
    }
    String from =
        scenario.data().sources().stream()
            .map(Scenario.Source::from)
            .collect(Collectors.joining(", "));
    return message + " (" + OPTION + ": " + from + ")";
  }
}
