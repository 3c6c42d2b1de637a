package dev.redoubt.cli.replay;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A step with one fault in it, beside the clean one.
 *
 * @param fault its id
 * @param pod that it struck, by name
 * @param evidence that the journal has of it
 * @param microbatch that was bisected; null if the fault came after the gradients
 * @param where the bits that the fault itself changed: region, tensor, element, bit, both values
 * @param operation the first whose output differs, or that none does
 * @param gradient the tensors of the microbatch's gradient that differ, the first few
 * @param gradientTensors how many they are
 * @param struck digest of each shard that the pod has after the step
 * @param elsewhere digest of each shard that the other pods have
 */
public record FaultReplay(
    String fault,
    String pod,
    String evidence,
    @Nullable Integer microbatch,
    List<String> where,
    String operation,
    List<String> gradient,
    int gradientTensors,
    List<String> struck,
    List<String> elsewhere) {

  /** Keeps copies. */
  public FaultReplay {
    where = List.copyOf(where);
    gradient = List.copyOf(gradient);
    struck = List.copyOf(struck);
    elsewhere = List.copyOf(elsewhere);
  }
}
