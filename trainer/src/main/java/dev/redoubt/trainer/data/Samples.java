package dev.redoubt.trainer.data;

import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.token.Tokenizer;

/**
 * What a trainer reads: samples of a fixed length, and the order in which a run visits them.
 *
 * <p>Nothing here has a state: what a call returns depends on its arguments and on how the object
 * was made. Which sample a row of a microbatch holds is a pure function of the seed, the step and
 * the place, so that a step that is redone, anywhere, reads the same. May be shared by threads.
 */
public interface Samples {

  /** The number of samples. */
  long samples();

  /** One more than the largest token; a model's vocabulary must be at least as large. */
  int vocabulary();

  /**
   * Which sample a row of a microbatch holds.
   *
   * @param step from 1
   * @param microbatch from 0, below the configured number
   * @param row from 0, below the batch size
   * @return below {@link #samples}
   * @throws IndexOutOfBoundsException if there is no such row
   */
  long indexOf(long step, int microbatch, int row);

  /**
   * Reads one sample: each token, and the one that follows it.
   *
   * @param index below {@link #samples}
   * @param into of the sequence length
   * @throws IndexOutOfBoundsException if there is no such sample
   */
  void sample(long index, Sample into);

  /**
   * Where a token of a sample came from.
   *
   * @param index below {@link #samples}
   * @param token from 0, below the sequence length
   * @throws IndexOutOfBoundsException if there is no such token
   */
  TokenOrigin origin(long index, int token);

  /** SHA-256 of all the content, in lower-case hexadecimal: on what a run trained. */
  String digest();

  /** Pixels on a side of a picture's patch; 0 if there are no pictures. */
  default int imagePatch() {
    return 0;
  }

  /** Samples in a frame of sound; 0 if there is no sound. */
  default int audioFrame() {
    return 0;
  }

  /** How its text is cut into tokens. */
  Tokenizer tokenizer();

  /** Bytes of text for each token: from nats a token to bits a byte. */
  default double bytesPerToken() {
    return 1;
  }

  /** Bytes of the heap that it takes, about. */
  long bytes();

  /** The name of the source that a sample is of. */
  default String source(long index) {
    return origin(index, 0).source();
  }

  /**
   * The same content for a run of another length or seed.
   *
   * @param other of the same batch and sequence length
   */
  default Samples with(TrainConfig other) {
    return this;
  }
}
