package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExponentialTest {

  @Test
  void expIsWithinTwoUlp() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      float x = random.nextFloat(-86.9f, 87.9f);
      double wanted = StrictMath.exp(x);
      double error = Math.abs(Exponential.exp(x) - wanted);
      assertThat(error).as("exp(%s)", x).isLessThanOrEqualTo(2 * Math.ulp((float) wanted));
    }
  }

  @Test
  void vectorsHaveTheBitsOfScalars() {
    Random random = new Random(2);
    float[] special = {
      0f,
      -0f,
      1e-30f,
      88f,
      89f,
      1e9f,
      -87f,
      -88f,
      -1e9f,
      Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      0.3465736f,
      -0.3465736f
    };
    int n = 4096;
    try (Arena arena = Arena.ofConfined()) {
      Matrix x = Matrix.allocate(arena, 1, n);
      for (int i = 0; i < n; i++) {
        x.set(0, i, i < special.length ? special[i] : (float) (random.nextGaussian() * 20));
      }
      Matrix exponentials = Matrix.allocate(arena, 1, n);
      Matrix scaled = Matrix.allocate(arena, 1, n);
      Exponential.apply(x.address(), exponentials.address(), n, 1f, -0f);
      Exponential.apply(x.address(), scaled.address(), n, -0.7f, 0.3f);
      for (int i = 0; i < n; i++) {
        float argument = x.get(0, i);
        assertThat(Float.floatToIntBits(exponentials.get(0, i)))
            .as("exp(%s)", argument)
            .isEqualTo(Float.floatToIntBits(Exponential.exp(argument)));
        assertThat(Float.floatToIntBits(scaled.get(0, i)))
            .as("exp(0.3 - 0.7 * %s)", argument)
            .isEqualTo(Float.floatToIntBits(Exponential.exp(Math.fma(argument, -0.7f, 0.3f))));
      }
    }
  }

  @Test
  void theEndsAreClampedAndNanComesThrough() {
    assertThat(Exponential.exp(-1000f)).isEqualTo(Exponential.exp(-87f)).isPositive();
    assertThat(Exponential.exp(1000f)).isEqualTo(Exponential.exp(88f)).isFinite();
    assertThat(Exponential.exp(Float.NaN)).isNaN();
    assertThat(Exponential.exp(0f)).isEqualTo(1f);
  }
}
