package dev.redoubt.trainer.data.mixture;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A part of the training with weights of its own.
 *
 * @param until the share of the steps at which it ends, above 0; 1 for the last stage
 * @param weights of sources by name; a source without one is not drawn
 */
public record Stage(double until, SequencedMap<String, Double> weights) {

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public Stage {
    weights = new LinkedHashMap<>(weights);
    if (!(until > 0 && until <= 1)) {
      throw new IllegalArgumentException("until is " + until + ", expected above 0 and at most 1");
    }
    double sum = 0;
    for (Map.Entry<String, Double> weight : weights.entrySet()) {
      double value = weight.getValue();
      if (!(value >= 0 && Double.isFinite(value))) {
        throw new IllegalArgumentException(
            "the weight of '%s' is %s, expected 0 or more".formatted(weight.getKey(), value));
      }
      sum += value;
    }
    if (!(sum > 0)) {
      throw new IllegalArgumentException("weights must not all be 0");
    }
  }
}
