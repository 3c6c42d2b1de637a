package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

/** How far a campaign is: with an estimate on a terminal, and nothing elsewhere. */
class CampaignProgressTest {
  private final StringWriter err = new StringWriter();
  private final Ticks clock = new Ticks();

  private void campaign(boolean live) {
    PrintWriter out = new PrintWriter(new StringWriter());
    Terminal terminal = new Terminal(out, new PrintWriter(err), live, false, false);
    try (CampaignProgress progress = new CampaignProgress(terminal, clock)) {
      for (int done = 1000; done <= 1040; done++) {
        progress.at("injections", done, 5040);
        clock.millis += 500;
      }
    }
  }

  /** It goes on at 1000 of 5040; 2 a second are new, so 4000 more take 2000 s. */
  @Test
  void the_pace_is_that_of_this_run() {
    campaign(true);
    assertThat(err.toString()).contains("1040/5040 injections  2.0/s  0:33:20 left");
  }

  @Test
  void off_a_terminal_it_is_silent() {
    campaign(false);
    assertThat(err.toString()).isEmpty();
  }

  private static final class Ticks extends Clock {
    private long millis;

    @Override
    public long millis() {
      return millis;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(millis);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
