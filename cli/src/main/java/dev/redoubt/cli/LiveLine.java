package dev.redoubt.cli;

import dev.redoubt.cli.RunEngine.Progress;
import java.time.Clock;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a run shows itself while it goes. On a terminal it is one line that is redrawn at most ten
 * times a second; elsewhere it is plain lines, every tenth step, and never a carriage return. Any
 * thread may call it.
 */
final class LiveLine implements AutoCloseable {
  private static final long REDRAW_MILLIS_MIN = 100;
  private static final int PLAIN_EVERY_STEPS = 10;
  private static final String CLEAR = "\r\u001B[K";

  private final Terminal terminal;
  private final Clock clock;
  private long drawnAtMillis = Long.MIN_VALUE;
  private @Nullable String pending;
  private @Nullable String drawn;

  LiveLine(Terminal terminal, Clock clock) {
    this.terminal = terminal;
    this.clock = clock;
  }

  void step(Progress progress) {
    boolean last = progress.step() == progress.steps();
    show(text(progress), progress.step() == 1 || progress.step() % PLAIN_EVERY_STEPS == 0 || last);
  }

  /**
   * Shows how far it is.
   *
   * @param milestone whether it is worth a line where there is no terminal
   */
  synchronized void show(String text, boolean milestone) {
    if (terminal.quiet()) {
      return;
    }
    if (!terminal.live()) {
      if (milestone) {
        terminal.message(text);
      }
      return;
    }
    long now = clock.millis();
    pending = text;
    if (drawn == null || now - drawnAtMillis >= REDRAW_MILLIS_MIN) {
      draw(now, text);
    }
  }

  /** A line that stays, above the live one. */
  synchronized void event(String headline) {
    if (terminal.quiet()) {
      return;
    }
    if (drawn != null) {
      terminal.err().print(CLEAR);
    }
    terminal.message(headline);
    if (drawn != null) {
      terminal.err().print(drawn);
      terminal.err().flush();
    }
  }

  /** Draws what is not drawn yet and leaves the line; later calls begin a new one. */
  @Override
  public synchronized void close() {
    String last = pending;
    if (last != null) {
      draw(clock.millis(), last);
    }
    if (drawn != null) {
      terminal.err().println();
      terminal.err().flush();
    }
    drawn = null;
    pending = null;
  }

  private void draw(long now, String text) {
    drawn = text;
    drawnAtMillis = now;
    pending = null;
    terminal.err().print(CLEAR + drawn);
    terminal.err().flush();
  }

  private static String text(Progress progress) {
    return String.format(
        Locale.ROOT,
        "step %d/%d  loss %.4f  nodes %d/%d  faults struck %d, found %d",
        progress.step(),
        progress.steps(),
        progress.loss(),
        progress.nodesAlive(),
        progress.nodes(),
        progress.faultsStruck(),
        progress.faultsFound());
  }
}
