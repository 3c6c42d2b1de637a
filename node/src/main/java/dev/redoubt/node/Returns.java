package dev.redoubt.node;

import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.fault.Crash;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Which lost machines are there again, and when. Each comes back once for each loss: empty, and
 * with a name of its own. One whose own scan found it defective stays away: it would be refused
 * again and again, and while a member comes and goes the cluster's membership lets nobody in.
 */
public final class Returns {

  private final OptionalInt always;
  private final Map<String, Long> due = new HashMap<>();

  /** The returns of one run. */
  public Returns(RunSpec spec) {
    this.always = spec.returnsAfter();
  }

  /** A crash that says when its machine is back, or leaves that to the run. */
  public synchronized void crashed(String name, Crash crash, long step) {
    crash.returnsAfter().ifPresent(after -> due.put(Whereabouts.nextName(name), step + after));
    lost(name, step);
  }

  /** The controller notes something. */
  public synchronized void noted(Note note) {
    if (note instanceof Note.Blamed blamed
        && blamed.detector() == Detector.SCAN
        && blamed.worker() != null) {
      due.put(Whereabouts.nextName(blamed.worker().name()), Long.MAX_VALUE);
    }
  }

  /** A machine is gone, whatever the reason; in a run whose machines come back it will. */
  public synchronized void lost(String name, long committed) {
    if (always.isPresent()) {
      due.putIfAbsent(Whereabouts.nextName(name), committed + always.getAsInt());
    }
  }

  /** The machines whose time has come; each is told once. */
  public synchronized List<String> due(long committed) {
    List<String> now = new ArrayList<>();
    due.forEach(
        (name, step) -> {
          if (step <= committed) {
            now.add(name);
          }
        });
    // Remembered as told: a machine that was taken off and then killed is one machine.
    now.forEach(name -> due.put(name, Long.MAX_VALUE));
    return now.stream().sorted().toList();
  }
}
