package dev.redoubt.trainer;

import dev.redoubt.trainer.data.Dataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The loss on text that the model was not trained on: the mean over a fixed sample of its windows,
 * so that two states, or two roundings of one, are judged by the same text.
 */
public final class HeldOutLoss implements AutoCloseable {

  private final Trainer trainer;
  private final int microbatches;
  private final int count;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment gradient;

  /**
   * Takes the workspace.
   *
   * @param train gives the shape of a microbatch, and the seed that draws the windows
   * @param tokensMax of text that are read at most, but at least one microbatch
   */
  public HeldOutLoss(ModelConfig model, TrainConfig train, Dataset heldOut, long tokensMax) {
    trainer = new Trainer(model, train, heldOut);
    microbatches = train.microbatches();
    long all = heldOut.samples() / train.batchSize();
    count = Math.toIntExact(Math.max(1, Math.min(all, tokensMax / train.tokens())));
    gradient = arena.allocate(trainer.layout().regionBytes(), 64);
  }

  /**
   * The mean loss, in nats per token.
   *
   * @param parameters a state, or its region of parameters alone
   */
  public double of(MemorySegment parameters) {
    double sum = 0;
    for (int index = 0; index < count; index++) {
      int step = 1 + index / microbatches;
      sum += trainer.gradient(parameters, step, index % microbatches, gradient);
    }
    return sum / count;
  }

  /** How many microbatches are read. */
  int count() {
    return count;
  }

  /** Frees the workspace. */
  @Override
  public void close() {
    trainer.close();
    arena.close();
  }
}
