package dev.redoubt.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a feed and a curve keep, and what they let go. */
class FeedTest {

  private final Feed feed = new Feed(3);

  private List<String> read(long after) {
    List<String> read = new ArrayList<>();
    long last = after;
    for (var next = feed.after(last); next.isPresent(); next = feed.after(last)) {
      last = next.get().id();
      read.add(next.get().data());
    }
    return read;
  }

  @Test
  void each_reader_goes_on_from_its_own_place() {
    assertThat(read(0)).isEmpty();
    feed.add("event", "a");
    feed.add("event", "b");
    assertThat(read(0)).containsExactly("a", "b");
    assertThat(read(1)).containsExactly("b");
    assertThat(read(2)).isEmpty();
  }

  @Test
  void who_is_too_far_behind_is_lost_and_not_given_something_else() {
    List.of("a", "b", "c", "d", "e").forEach(data -> feed.add("event", data));
    assertThat(feed.isLost(1)).isTrue();
    assertThat(read(1)).isEmpty();
    assertThat(feed.isLost(2)).isFalse();
    assertThat(read(2)).containsExactly("c", "d", "e");
  }

  @Test
  void a_message_is_what_the_standard_says() {
    feed.add("loss", "[[1,5.5]]");
    assertThat(feed.after(0).orElseThrow().text())
        .isEqualTo("id: 1\nevent: loss\ndata: [[1,5.5]]\n\n");
  }

  @Test
  void a_long_run_has_a_short_curve() {
    LossCurve curve = new LossCurve(100);
    for (int step = 1; step <= 10_000; step++) {
      curve.add(step, 5.0 / step);
    }
    curve.add(10_001, Double.NaN);
    assertThat(curve.points()).hasSizeBetween(50, 100);
    assertThat(curve.points().getLast().getFirst().intValue()).isGreaterThan(9_800);
  }

  @Test
  void a_step_that_is_done_again_has_one_point() {
    LossCurve curve = new LossCurve(100);
    curve.add(1, 5.0);
    curve.add(1, 4.0);
    assertThat(curve.points()).containsExactly(List.of(1, 4.0));
  }
}
