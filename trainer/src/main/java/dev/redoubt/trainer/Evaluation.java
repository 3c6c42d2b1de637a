package dev.redoubt.trainer;

import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.data.Samples;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What a state of a model is worth: its loss on text that it was not trained on, and what it writes
 * itself.
 *
 * <p>The text is a fixed sample of the windows that were held out, so that two states, or two
 * roundings of one, are judged by the same. Forward passes alone. Not thread-safe.
 */
public final class Evaluation implements AutoCloseable {

  private final Trainer trainer;
  private final int sequenceLength;
  private final List<Sample> samples = new ArrayList<>();

  /**
   * Takes the workspace and reads the windows.
   *
   * @param train gives the length of a window, and the seed that draws the windows
   * @param tokensMax of text that are read at most, but at least one window
   */
  public Evaluation(ModelConfig model, TrainConfig train, Samples heldOut, long tokensMax) {
    trainer = new Trainer(model, train, heldOut);
    sequenceLength = train.sequenceLength();
    long count = Math.max(1, Math.min(heldOut.samples(), tokensMax / sequenceLength));
    long rows = (long) train.microbatches() * train.batchSize();
    for (long index = 0; index < count; index++) {
      int microbatch = (int) (index % rows / train.batchSize());
      int row = (int) (index % train.batchSize());
      Sample sample = trainer.newSample();
      heldOut.sample(heldOut.indexOf(1 + index / rows, microbatch, row), sample);
      samples.add(sample);
    }
  }

  /**
   * The mean loss on the held-out text, in nats per token.
   *
   * @param parameters a state, or its region of parameters alone
   */
  public double loss(MemorySegment parameters) {
    return trainer.loss(parameters, 1, samples);
  }

  /**
   * The model as something that goes on with a text, of at most a sequence of tokens. It sees and
   * hears nothing meanwhile.
   *
   * @param parameters a state, or its region of parameters alone; must live as long
   */
  public Sampler.Model model(MemorySegment parameters) {
    Sample prefix = trainer.newSample();
    return (tokens, count, logits) -> {
      System.arraycopy(tokens, 0, prefix.tokens(), 0, count);
      float[] next = trainer.logits(parameters, 1, prefix, count - 1);
      System.arraycopy(next, 0, logits, 0, logits.length);
    };
  }

  /** The windows that are read. */
  List<Sample> samples() {
    return samples;
  }

  /** Frees the workspace. */
  @Override
  public void close() {
    trainer.close();
  }
}
