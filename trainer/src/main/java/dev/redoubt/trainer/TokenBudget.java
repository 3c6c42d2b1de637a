package dev.redoubt.trainer;

import java.util.Map;

/**
 * How many tokens a model should see. For the largest preset it is the compute-optimal number of
 * Hoffmann et al., "Training Compute-Optimal Large Language Models" (2022): about twenty for each
 * parameter. Small models are trained for several times as many, since they are cheap to run
 * afterwards, as the report on Gemini (2023, section 3) says of its own.
 *
 * @param optimal twenty tokens for each parameter
 * @param multiple of that which a model of this size gets
 */
public record TokenBudget(long optimal, int multiple) {

  private static final int TOKENS_OF_PARAMETER = 20;
  private static final Map<String, Integer> MULTIPLES = Map.of("pico", 8, "nano", 5, "pro", 2);

  /** The budget of a model; one that is no small preset gets the compute-optimal number. */
  public static TokenBudget of(String model, long parameters) {
    return new TokenBudget(
        Math.multiplyExact(parameters, (long) TOKENS_OF_PARAMETER),
        MULTIPLES.getOrDefault(model, 1));
  }

  /** Tokens. */
  public long tokens() {
    return Math.multiplyExact(optimal, (long) multiple);
  }
}
