package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.ProductCheck.Wrong;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A matrix product whose results are not those of its definition.
 *
 * @param step of the run
 * @param microbatch from 0
 * @param product its name with the tile, such as {@code blocks.2.ffn.up[0,0]}
 * @param wrong its results that are wrong, at least one
 */
public record ProductAlarm(long step, int microbatch, String product, List<Wrong> wrong) {

  /** Copies the list. */
  public ProductAlarm {
    wrong = List.copyOf(wrong);
    if (wrong.isEmpty()) {
      throw new IllegalArgumentException("nothing is wrong with " + product);
    }
  }

  /** All of them in words: the first, and how many there are more; null if there is none. */
  public static @Nullable String summary(List<ProductAlarm> alarms) {
    return switch (alarms.size()) {
      case 0 -> null;
      case 1 -> alarms.getFirst().toString();
      default ->
          "%s; and wrong products in %d microbatches more"
              .formatted(alarms.getFirst(), alarms.size() - 1);
    };
  }

  @Override
  public String toString() {
    String more = wrong.size() == 1 ? "" : ", and %d results more".formatted(wrong.size() - 1);
    return "product %s of microbatch %d, %s%s"
        .formatted(product, microbatch, wrong.getFirst(), more);
  }
}
