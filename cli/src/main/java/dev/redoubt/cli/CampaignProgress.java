package dev.redoubt.cli;

import dev.redoubt.cli.campaign.CampaignRun.Progress;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;

/** How far a campaign is, and when it will be done: on a terminal only. */
final class CampaignProgress implements Progress, AutoCloseable {
  private final LiveLine line;
  private final Clock clock;
  private String counting = "";
  private long firstDone;
  private long firstMillis;

  CampaignProgress(Terminal terminal, Clock clock) {
    this.line = new LiveLine(terminal, clock);
    this.clock = clock;
  }

  /** The pace is that of this run, whatever was there before. */
  @Override
  public void at(String what, long done, long of) {
    long now = clock.millis();
    if (!counting.equals(what)) {
      counting = what;
      firstDone = done;
      firstMillis = now;
    }
    double seconds = (now - firstMillis) * 1e-3;
    String text = String.format(Locale.ROOT, "%d/%d %s", done, of, what);
    if (seconds > 0 && done > firstDone) {
      double pace = (done - firstDone) / seconds;
      text += String.format(Locale.ROOT, "  %.1f/s  %s left", pace, left((of - done) / pace));
    }
    line.show(text, false);
  }

  private static String left(double seconds) {
    Duration time = Duration.ofSeconds(Math.round(seconds));
    return String.format(
        Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
  }

  @Override
  public void close() {
    line.close();
  }
}
