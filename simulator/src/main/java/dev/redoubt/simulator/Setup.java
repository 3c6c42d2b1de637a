package dev.redoubt.simulator;

import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Samples;

/**
 * What a simulated cluster trains.
 *
 * @param protocol its rules; pods of one worker
 * @param data may be shared by threads
 */
public record Setup(ProtocolConfig protocol, ModelConfig model, TrainConfig train, Samples data) {

  /** Refuses what cannot be simulated. */
  public Setup {
    if (protocol.mesh().workersPerPod() != 1) {
      throw new IllegalArgumentException(
          "a simulated pod has 1 worker, not " + protocol.mesh().workersPerPod());
    }
    if (protocol.steps() > train.steps()) {
      throw new IllegalArgumentException(
          "the protocol has %d steps, the training only %d"
              .formatted(protocol.steps(), train.steps()));
    }
  }
}
