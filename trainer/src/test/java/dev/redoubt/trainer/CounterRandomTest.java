package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CounterRandomTest {

  /** Known answers published with the generator (Random123, kat_vectors: philox4x32 10). */
  @Test
  void theBitsAreThoseOfPhilox() {
    assertThat(CounterRandom.bits(0, 0, 0)).isEqualTo(0xE169C58D_6627E8D5L);
    assertThat(CounterRandom.bits(-1, -1, -1)).isEqualTo(0x41C83B0E_408F276DL);
    assertThat(CounterRandom.bits(0x299F31D0_A4093822L, 0x03707344_13198A2EL, 0x85A308D3_243F6A88L))
        .isEqualTo(0x94FDCCEB_D16CFE09L);
  }

  @Test
  void symmetricNumbersFillTheirRange() {
    double sum = 0;
    double squares = 0;
    int n = 100_000;
    for (int i = 0; i < n; i++) {
      float x = CounterRandom.symmetric(7, 1, i);
      assertThat(x).isBetween(-1f, 1f).isLessThan(1f);
      sum += x;
      squares += (double) x * x;
    }
    assertThat(sum / n).isEqualTo(0, within(0.01));
    assertThat(squares / n).isEqualTo(1.0 / 3, within(0.01));
  }
}
