package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.RunEngine.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class LiveLineTest {
  private final StringWriter err = new StringWriter();
  private final Ticks clock = new Ticks();

  @Test
  void on_a_terminal_one_line_is_redrawn_at_most_ten_times_a_second() {
    try (LiveLine line = new LiveLine(terminal(true, false), clock)) {
      for (int step = 1; step <= 100; step++) {
        line.step(progress(step));
        clock.millis += 10;
      }
    }

    assertThat(err.toString().split("\r", -1).length - 1).isBetween(10, 12);
    assertThat(err.toString()).contains("step 100/100").endsWith(System.lineSeparator());
    assertThat(err.toString().lines().count()).isLessThan(20);
  }

  @Test
  void on_a_terminal_an_event_stays_above_the_line() {
    try (LiveLine line = new LiveLine(terminal(true, false), clock)) {
      line.step(progress(1));
      line.event("step 1: crash struck pod1/rank0");
    }

    String clear = "\r\u001B[K";
    assertThat(err.toString())
        .contains(
            clear + "step 1: crash struck pod1/rank0" + System.lineSeparator() + "step 1/100");
  }

  @Test
  void off_a_terminal_there_are_plain_lines_and_no_animation() {
    try (LiveLine line = new LiveLine(terminal(false, false), clock)) {
      for (int step = 1; step <= 25; step++) {
        line.step(progress(step));
      }
      line.event("found");
    }

    assertThat(err.toString()).doesNotContain("\r\u001B").doesNotContain("\u001B");
    assertThat(err.toString().lines().map(text -> text.replaceAll(" +loss.*", "")))
        .containsExactly("step 1/100", "step 10/100", "step 20/100", "found");
  }

  @Test
  void quiet_is_silent() {
    for (boolean live : new boolean[] {true, false}) {
      try (LiveLine line = new LiveLine(terminal(live, true), clock)) {
        line.step(progress(10));
        line.event("found");
      }
    }
    assertThat(err.toString()).isEmpty();
  }

  private Terminal terminal(boolean live, boolean quiet) {
    return new Terminal(
        new PrintWriter(new StringWriter()), new PrintWriter(err, true), live, false, quiet);
  }

  private static Progress progress(int step) {
    return new Progress(step, 100, 5.5, 4, 4, 1, 0);
  }

  /** A clock that the test moves. */
  private static final class Ticks extends Clock {
    long millis = 1_000;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(millis);
    }
  }
}
