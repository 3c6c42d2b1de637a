package dev.redoubt.cli.live;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A machine of a run, as the page shows it.
 *
 * @param name such as {@code w1}
 * @param controller whether it can be the controller; otherwise it is a worker
 * @param place that it holds: a rank such as {@code pod0/rank0}, or {@code controller}; null if
 *     none
 * @param state what it does
 */
public record Member(String name, boolean controller, @Nullable String place, State state) {

  /** What a machine does, in words of its own for the page. */
  public enum State {
    JOINING,
    TRAINING,
    SPARE,
    ACTING,
    STANDS_BY,
    PAUSED,
    STANDS_STILL,
    CUT_OFF,
    LEFT,
    EVICTED,
    LOST;

    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
