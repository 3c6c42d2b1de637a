package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;

/**
 * How often a storm draws each kind, after a study of real failures. No two studies agree: {@code
 * docs/faults.md} says what was left out.
 */
public enum StormMix implements Word {
  /**
   * The unexpected interruptions in 54 days of training Llama 3 405B, in tenths of a percent of
   * all: GPUs 301, their memory 172 and host processors 41 end a machine; switches and cables 84
   * cut it off; silent corruption 14.
   */
  LLAMA3_MIX(
      new Weight(StormKind.CRASH, 301 + 172 + 41),
      new Weight(StormKind.PARTITION, 84),
      new Weight(StormKind.BIT_FLIP, 14));

  private record Weight(StormKind kind, int weight) {}

  @SuppressWarnings("ImmutableEnumChecker") // It is: List.of below.
  private final List<Weight> weights;

  StormMix(Weight... weights) {
    this.weights = List.of(weights);
  }

  /** The sum of all weights. */
  int total() {
    return weights.stream().mapToInt(Weight::weight).sum();
  }

  /**
   * The kind that a number stands for.
   *
   * @param drawn evenly from 0 to {@link #total} - 1
   */
  StormKind kind(int drawn) {
    int left = drawn;
    for (Weight one : weights) {
      left -= one.weight();
      if (left < 0) {
        return one.kind();
      }
    }
    throw new IllegalArgumentException(drawn + " is not below " + total());
  }

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
