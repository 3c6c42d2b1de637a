package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import jdk.incubator.vector.FloatVector;
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
    float[] values = new float[4096];
    for (int i = 0; i < values.length; i++) {
      values[i] = i < special.length ? special[i] : (float) (random.nextGaussian() * 20);
    }
    float[] exponentials = new float[values.length];
    float[] sigmoids = new float[values.length];
    for (int i = 0; i < values.length; i += Memory.LANES) {
      FloatVector x = FloatVector.fromArray(Memory.SPECIES, values, i);
      Exponential.exp(x).intoArray(exponentials, i);
      Exponential.sigmoid(x).intoArray(sigmoids, i);
    }
    for (int i = 0; i < values.length; i++) {
      assertThat(Float.floatToIntBits(exponentials[i]))
          .as("exp(%s)", values[i])
          .isEqualTo(Float.floatToIntBits(Exponential.exp(values[i])));
      assertThat(Float.floatToIntBits(sigmoids[i]))
          .as("sigmoid(%s)", values[i])
          .isEqualTo(Float.floatToIntBits(Exponential.sigmoid(values[i])));
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
