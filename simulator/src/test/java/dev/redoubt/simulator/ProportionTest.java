package dev.redoubt.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Wilson's interval and Leveugle's sample sizes against values known from elsewhere. */
class ProportionTest {

  /** Ten of which none or all: z²/(n + z²) is the width. */
  @Test
  void theEndsAreNotCertain() {
    assertThat(new Proportion(0, 10).low()).isZero();
    assertThat(new Proportion(0, 10).high()).isEqualTo(0.277533, within(1e-6));
    assertThat(new Proportion(10, 10).low()).isEqualTo(0.722467, within(1e-6));
    assertThat(new Proportion(10, 10).high()).isEqualTo(1);
  }

  /** Newcombe 1998, table I: 81 of 263, 0.2553 to 0.3662; 15 of 148, 0.0624 to 0.1605. */
  @Test
  void itIsWilsonsInterval() {
    assertThat(new Proportion(81, 263).low()).isEqualTo(0.2553, within(5e-5));
    assertThat(new Proportion(81, 263).high()).isEqualTo(0.3662, within(5e-5));
    assertThat(new Proportion(15, 148).low()).isEqualTo(0.0624, within(5e-5));
    assertThat(new Proportion(15, 148).high()).isEqualTo(0.1605, within(5e-5));
  }

  @Test
  void ofNoneNothingIsKnown() {
    Proportion none = new Proportion(0, 0);
    assertThat(none.share()).isNaN();
    assertThat(none.low()).isZero();
    assertThat(none.high()).isEqualTo(1);
    assertThatThrownBy(() -> new Proportion(2, 1)).hasMessage("2 of 1 is no proportion");
  }

  /** 9,604 for one point of per cent of a large population, 385 for five. */
  @Test
  void aSampleIsAsLargeAsItsMarginWants() {
    assertThat(Proportion.needed(1e12, 0.01, 0.95)).isEqualTo(9_604);
    assertThat(Proportion.needed(1e12, 0.05, 0.95)).isEqualTo(385);
    assertThat(Proportion.needed(1e12, 0.01, 0.99)).isEqualTo(16_588);
    assertThat(Proportion.needed(100, 0.01, 0.95)).isEqualTo(99);
    assertThat(Proportion.margin(1e12, 9_604)).isEqualTo(0.01, within(1e-5));
    assertThat(Proportion.margin(100, 100)).isZero();
  }

  /** With one case fewer not even a perfect sample has its whole interval beyond the limit. */
  @Test
  void aLimitNearOneNeedsManyCases() {
    long least = Proportion.leastCases(0.999, true);
    assertThat(new Proportion(least, least).low()).isGreaterThanOrEqualTo(0.999);
    assertThat(new Proportion(least - 1, least - 1).low()).isLessThan(0.999);
    long few = Proportion.leastCases(0.01, false);
    assertThat(new Proportion(0, few).high()).isLessThanOrEqualTo(0.01);
    assertThat(new Proportion(0, few - 1).high()).isGreaterThan(0.01);
    assertThat(Proportion.leastCases(1, true)).isEqualTo(1);
  }
}
