package dev.redoubt.cli.train;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a training came to; as JSON, a contract. Null is a figure that could not be taken.
 *
 * @param schema version of this form
 * @param stepsPlanned those that the learning rate was planned for; with {@code steps} in place of
 *     the minutes, another run gets the same bits
 * @param digest of the last version of the state
 * @param seconds from the first step to the end of the last
 * @param tokensPerSecond median over the measured steps
 * @param stepSeconds over the measured steps
 * @param measuredSteps those after the warm-up, while the JVM compiles, if there are enough of them
 */
public record TrainingReport(
    int schema,
    String model,
    long parameters,
    long seed,
    Data data,
    Ending ending,
    int steps,
    int stepsPlanned,
    String digest,
    long tokens,
    double seconds,
    @Nullable Double tokensPerSecond,
    @Nullable StepSeconds stepSeconds,
    int measuredSteps,
    int threads,
    Loss loss,
    List<String> sample,
    @Nullable FourBit fourBit) {

  /** The version of the form. */
  static final int SCHEMA = 1;

  /** Copies the list. */
  public TrainingReport {
    sample = List.copyOf(sample);
  }

  /** How a training can end. */
  public enum Ending {
    /** All steps are done. */
    COMPLETE,
    /** The time was over before the last planned step. */
    OUT_OF_TIME,
    /** The loss is not a number any more. */
    DIVERGED,
    /** It was stopped from outside. */
    INTERRUPTED;

    /** As in JSON. */
    @JsonValue
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Windows of text, and the digest of what is trained on. */
  public record Data(long trainingWindows, long heldOutWindows, int windowTokens, String digest) {}

  /** The spread of the time of a step. */
  public record StepSeconds(double p50, double p99) {}

  /**
   * Losses in nats per token.
   *
   * @param first of the first step
   * @param last of the last step
   * @param heldOut on text that was not trained on
   * @param heldOutBitsPerByte the same for each byte of the text
   */
  public record Loss(
      @Nullable Double first,
      @Nullable Double last,
      @Nullable Double heldOut,
      @Nullable Double heldOutBitsPerByte) {}

  /**
   * The weights in four bits, as read back from their file.
   *
   * @param float32Bytes of the same weights in 32 bits
   */
  public record FourBit(
      String file,
      long bytes,
      long float32Bytes,
      double heldOut,
      double heldOutBitsPerByte,
      double heldOutFloat32) {}
}
