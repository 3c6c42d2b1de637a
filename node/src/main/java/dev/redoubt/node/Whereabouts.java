package dev.redoubt.node;

import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.fault.Spare;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.TheController;
import dev.redoubt.fault.Victim;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which member holds which rank, and which one is the controller, by what the controller notes. */
public final class Whereabouts {

  private final Map<Rank, String> seats = new HashMap<>();
  private @Nullable String controller;
  private long committed;

  synchronized void acting(String node) {
    controller = node;
  }

  synchronized void note(Note note) {
    switch (note) {
      case Note.EpochOpened opened -> {
        seats.clear();
        opened.assignment().seats().forEach(seat -> seats.put(seat.rank(), seat.worker().name()));
      }
      case Note.Replaced replaced -> seats.put(replaced.rank(), replaced.spare().name());
      case Note.StepCommitted step -> committed = Math.max(committed, step.step());
      default -> {}
    }
  }

  /** The member that holds a place now; null if nobody does, or, of a spare, that is known. */
  public synchronized @Nullable String holder(Victim victim) {
    return switch (victim) {
      case Target target -> seats.get(new Rank(target.pod(), target.rank()));
      case Spare ignored -> null;
      case TheController ignored -> controller;
    };
  }

  /** How many pods are whole, as far as is known. */
  public synchronized int pods() {
    return (int) seats.keySet().stream().map(Rank::pod).distinct().count();
  }

  /** The newest step that was ever committed. */
  public synchronized long committed() {
    return committed;
  }

  /** The name of a machine that is back: {@code w1}, then {@code w1~2}, then {@code w1~3}. */
  public static String nextName(String name) {
    int tilde = name.indexOf('~');
    return tilde < 0
        ? name + "~2"
        : name.substring(0, tilde + 1) + (Integer.parseInt(name.substring(tilde + 1)) + 1);
  }
}
