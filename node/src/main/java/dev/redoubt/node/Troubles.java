package dev.redoubt.node;

import dev.redoubt.core.Message;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.FaultDesk;
import dev.redoubt.fault.NetworkFault;
import dev.redoubt.fault.Partition.Direction;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Trouble;
import dev.redoubt.store.FrameHeader;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What is wrong at one machine's end of the wire. Faults of the network are made here, in both
 * modes alike, and not by a hook of the operating system: so they strike whole frames and messages,
 * can be counted, and need no rights.
 *
 * <p>Any thread may call it.
 */
final class Troubles {

  private final WorkerId id;
  private final FaultDesk desk;
  private final RunListener listener;
  private final List<OpenTrouble> open = new CopyOnWriteArrayList<>();

  Troubles(WorkerId id, FaultDesk desk, RunListener listener) {
    this.id = id;
    this.desk = desk;
    this.listener = listener;
  }

  /** From now on this is wrong. */
  void begin(NetworkFault fault, long step) {
    open.add(new OpenTrouble(fault, step, this));
  }

  /** Whether everything passes as it should. */
  boolean none() {
    return open.isEmpty();
  }

  /** What becomes of a frame that is about to leave. */
  void meet(Passage frame) {
    open.forEach(trouble -> trouble.meet(frame));
  }

  /** Whether a frame that has come is heard. */
  boolean hears(String from, FrameHeader header, long bytes) {
    boolean hears = true;
    for (OpenTrouble trouble : open) {
      if (trouble.fault().trouble() instanceof Trouble.CutFrames cut
          && trouble.cuts(cut.direction(), Direction.IN, cut.length())) {
        hears = false;
        trouble.hit(bytes);
        trouble.prove(
            header.step(), "%s from %s was not heard".formatted(Passage.text(header, bytes), from));
      }
    }
    return hears;
  }

  /** Whether an order of the controller is heard. */
  boolean hears(Message.ToWorker order) {
    String step = order instanceof Message.RunStep run ? " " + run.step() : "";
    String what = "%s%s of epoch %d".formatted(name(order), step, order.epoch());
    return passes(Direction.IN, what + " did not reach " + id);
  }

  /** Whether the controller hears this. */
  boolean says(Message.ToController message) {
    String step = message instanceof Message.Attested word ? " " + word.step() : "";
    return passes(Direction.OUT, name(message) + step + " did not reach the controller");
  }

  /** Whether the controller hears hello. */
  boolean greets() {
    return passes(Direction.OUT, "Hello did not reach the controller");
  }

  private boolean passes(Direction way, String otherwise) {
    boolean passes = true;
    for (OpenTrouble trouble : open) {
      if (trouble.fault().trouble() instanceof Trouble.CutControl cut
          && trouble.cuts(cut.direction(), way, cut.length())) {
        passes = false;
        trouble.hit(0);
        trouble.prove(trouble.since(), otherwise);
      }
    }
    return passes;
  }

  private static String name(Object message) {
    return message.getClass().getSimpleName();
  }

  // Of each trouble.

  void proved(long nanos, Strike strike) {
    desk.record(strike);
    listener.struck(nanos, strike);
  }

  /** A trouble is over. */
  void healed(OpenTrouble trouble, String what) {
    if (open.remove(trouble)) {
      listener.machine(System.nanoTime(), id.name(), "healed", what);
    }
  }

  WorkerId id() {
    return id;
  }
}
