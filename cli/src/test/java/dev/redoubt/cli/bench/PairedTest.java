package dev.redoubt.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.cli.bench.Statistics.Interval;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PairedTest {

  @Test
  void the_median_of_an_even_number_is_between_the_middle_ones() {
    assertThat(Statistics.median(new double[] {4, 1, 3, 2})).isEqualTo(2.5);
    assertThat(Statistics.median(new double[] {9, 1, 5})).isEqualTo(5);
  }

  @Test
  void a_quantile_lies_between_two_values_by_their_distance() {
    double[] values = {50, 10, 40, 20, 30};
    assertThat(Statistics.quantile(values, 0)).isEqualTo(10);
    assertThat(Statistics.quantile(values, 0.25)).isEqualTo(20);
    assertThat(Statistics.quantile(values, 0.9)).isEqualTo(46);
    assertThat(Statistics.quantile(values, 1)).isEqualTo(50);
    assertThat(values).containsExactly(50, 10, 40, 20, 30);
  }

  @Test
  void the_median_lies_between_two_values_that_a_coin_seldom_leaves() {
    // As in tables of the sign test: of 6 values the outermost, of 20 the sixth from both ends.
    assertThat(Statistics.medianInterval(upTo(5)).low()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(Statistics.medianInterval(upTo(5)).high()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(Statistics.medianInterval(upTo(6))).isEqualTo(new Interval(1, 6));
    assertThat(Statistics.medianInterval(upTo(8))).isEqualTo(new Interval(1, 8));
    assertThat(Statistics.medianInterval(upTo(9))).isEqualTo(new Interval(2, 8));
    assertThat(Statistics.medianInterval(upTo(20))).isEqualTo(new Interval(6, 15));
    assertThat(Statistics.medianInterval(upTo(100))).isEqualTo(new Interval(40, 61));
  }

  @Test
  void an_interval_of_the_median_holds_it_as_often_as_it_says() {
    SplittableRandom random = new SplittableRandom(7);
    int held = 0;
    for (int i = 0; i < 10_000; i++) {
      double[] values = random.doubles(21).map(value -> value * value).toArray();
      Interval interval = Statistics.medianInterval(values);
      held += interval.low() <= 0.25 && 0.25 <= interval.high() ? 1 : 0;
    }
    assertThat(held).isBetween(9_500, 9_900);
  }

  private static double[] upTo(int count) {
    return IntStream.rangeClosed(1, count).asDoubleStream().toArray();
  }

  @Test
  void a_geometric_mean_takes_twice_and_half_as_one() {
    assertThat(Statistics.geometricMean(new double[] {2, 0.5, 1})).isEqualTo(1, within(1e-12));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Statistics.geometricMean(new double[] {1, 0}));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Statistics.geometricMean(new double[] {Double.NaN}));
  }

  @Test
  void nothing_has_no_median() {
    assertThatIllegalArgumentException().isThrownBy(() -> Statistics.median(new double[0]));
  }

  @Test
  void a_disturbance_of_a_whole_pair_does_not_show_in_the_ratio() {
    double[] ours = {10, 10, 500, 10, 10};
    double[] reference = {20, 20, 1000, 20, 20};
    Comparison pair = Comparison.of(ours, reference, 1);
    assertThat(pair.ratio()).isEqualTo(2);
    assertThat(pair.low()).isEqualTo(2);
    assertThat(pair.high()).isEqualTo(2);
    assertThat(pair.nanos()).isEqualTo(10);
  }

  @Test
  void the_work_of_both_sides_is_set_off() {
    Comparison pair = Comparison.of(new double[] {30}, new double[] {10}, 3);
    assertThat(pair.ratio()).isEqualTo(1);
  }

  @Test
  void both_sides_run_and_one_is_not_left_out() {
    AtomicInteger ours = new AtomicInteger();
    AtomicInteger theirs = new AtomicInteger();
    new Paired(new Effort(1, 1, 4, 1)).measure(ours::incrementAndGet, theirs::incrementAndGet, 1);
    assertThat(ours.get()).isGreaterThan(4);
    assertThat(theirs.get()).isGreaterThan(4);
  }

  @Test
  void samples_of_several_places_are_one() {
    Samples here = new Samples(new double[] {10, 10}, new double[] {20, 30});
    Samples there = new Samples(new double[] {5}, new double[] {25});
    Comparison pair = here.and(there).compare(1);
    assertThat(pair.ratio()).as("the middle of 2, 3 and 5").isEqualTo(3);
    assertThat(pair.nanos()).isEqualTo(10);
    assertThat(pair.referenceNanos()).isEqualTo(25);
  }
}
