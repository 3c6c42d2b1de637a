package dev.redoubt.trainer.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResamplerTest {

  private static float[] sine(double hertz, int rate, double seconds) {
    float[] samples = new float[(int) (seconds * rate)];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) Math.sin(2 * Math.PI * hertz * i / rate);
    }
    return samples;
  }

  /** The largest difference away from the ends, where the silence beyond them is heard. */
  private static double difference(float[] a, float[] b, int margin) {
    double largest = 0;
    for (int i = margin; i < Math.min(a.length, b.length) - margin; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }

  @Test
  void anImpulseSurvivesExactlyAt16Kilohertz() {
    float[] impulse = new float[1003];
    impulse[207] = 1;
    assertThat(Resampler.to16k(impulse.clone(), 16_000)).containsExactly(impulse);
  }

  @ParameterizedTest
  @CsvSource({
    "8000, 440",
    "8000, 3000",
    "11025, 1234.5",
    "22050, 6000",
    "32000, 50",
    "44100, 440",
    "44100, 6500",
    "44101, 997",
    "48000, 6700",
    "96000, 2500",
    "192000, 60"
  })
  void aSineKeepsItsFrequencyPhaseAndLevel(int rate, double hertz) {
    float[] out = Resampler.to16k(sine(hertz, rate, 0.25), rate);
    assertThat(out).hasSize((int) Math.ceil(Math.floor(0.25 * rate) * 16_000 / rate));
    assertThat(difference(out, sine(hertz, 16_000, 0.25), 100)).isLessThan(3e-4);
  }

  @ParameterizedTest
  @CsvSource({"44100, 8000", "44100, 10000", "48000, 15500", "96000, 40000", "22050, 9000"})
  void whatLiesAboveTheNewNyquistFrequencyIsDampedBy70Decibels(int rate, double hertz) {
    float[] out = Resampler.to16k(sine(hertz, rate, 0.25), rate);
    assertThat(difference(out, new float[out.length], 100)).isLessThan(3.2e-4);
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 8000, 44_100, 47_999, 768_000})
  void aConstantStaysTheConstantAndSilenceStaysSilent(int rate) {
    float[] constant = new float[rate / 4];
    Arrays.fill(constant, 0.3f);
    float[] out = Resampler.to16k(constant, rate);
    int margin = rate < 16_000 ? 40 * 16_000 / rate : 40;
    for (int i = margin; i < out.length - margin; i++) {
      assertThat(out[i]).isCloseTo(0.3f, within(1e-7f));
    }
    assertThat(Resampler.to16k(new float[rate / 4], rate)).containsOnly(0);
  }

  @Test
  void aSoundIsTheSumOfItsParts() {
    Random random = new Random(5);
    float[] left = new float[300];
    float[] right = new float[300];
    float[] both = new float[300];
    for (int i = 0; i < 300; i++) {
      left[i] = random.nextInt(1 << 20) * 0x1p-20f;
      right[i] = random.nextInt(1 << 20) * 0x1p-20f;
      both[i] = left[i] + right[i];
    }
    float[] a = Resampler.to16k(left, 44_100);
    float[] b = Resampler.to16k(right, 44_100);
    float[] sum = Resampler.to16k(both, 44_100);
    for (int i = 0; i < sum.length; i++) {
      assertThat(sum[i]).isCloseTo(a[i] + b[i], within(1e-6f));
    }
  }

  /** The bits, as they were computed once: they may not depend on the machine. */
  @ParameterizedTest
  @CsvSource({"44100, 1890573969", "8000, 1717870640", "96001, 1032949799"})
  void theBitsArePinned(int rate, int hash) {
    Random random = new Random(rate);
    float[] noise = new float[1000];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = random.nextInt(1 << 16) * 0x1p-15f - 1;
    }
    assertThat(Arrays.hashCode(Resampler.to16k(noise, rate))).isEqualTo(hash);
  }
}
