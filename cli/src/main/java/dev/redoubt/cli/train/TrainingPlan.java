package dev.redoubt.cli.train;

import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.HeldOut;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is to be trained, and what is to be shown of it.
 *
 * @param train its steps are the length of the run, unless there is a time
 * @param time for all steps; null if the length is a number of steps. Up to the end of the warm-up
 *     the learning rate does not depend on the length: there the steps that will fit are counted,
 *     and from there on the run is one of so many steps, with the bits of that run
 * @param threads that compute gradients
 * @param sample what is to be sampled at the end
 * @param export the file for the weights in four bits; null for none
 */
public record TrainingPlan(
    ModelConfig model,
    Text data,
    TrainConfig train,
    @Nullable Duration time,
    int threads,
    Sample sample,
    @Nullable Path export) {

  /** What is trained on, and what is held out. */
  @FunctionalInterface
  public interface Text {
    /**
     * Reads it.
     *
     * @throws DataException if there is too little of it, or it cannot be read
     */
    HeldOut open(TrainConfig train) throws DataException;
  }

  /**
   * Text that the model is to write.
   *
   * @param lines how many; 0 for none
   * @param prompt that it goes on with, not empty; null for some of the held-out text
   * @param temperature 0 for the likeliest token
   */
  public record Sample(int lines, @Nullable String prompt, double temperature) {}
}
