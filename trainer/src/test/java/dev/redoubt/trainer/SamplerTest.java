package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Text from models that are a rule each. */
class SamplerTest {

  private static final int VOCABULARY = 5;

  private static List<Integer> sample(Sampler sampler, int count, int... prompt) {
    List<Integer> tokens = new ArrayList<>();
    sampler.sample(prompt, count, tokens::add);
    return tokens;
  }

  /** Believes in the token after the last one. */
  private static void counting(int[] tokens, int count, float[] logits) {
    Arrays.fill(logits, 0);
    logits[(tokens[count - 1] + 1) % VOCABULARY] = 3;
  }

  @Test
  void withoutTemperatureItTakesTheLikeliest() {
    Sampler sampler = new Sampler(SamplerTest::counting, VOCABULARY, 4, 0, 1);
    assertThat(sample(sampler, 7, 3)).containsExactly(4, 0, 1, 2, 3, 4, 0);
  }

  @Test
  void theTextIsAFunctionOfTheSeed() {
    Sampler one = new Sampler(SamplerTest::counting, VOCABULARY, 8, 1, 1);
    Sampler two = new Sampler(SamplerTest::counting, VOCABULARY, 8, 1, 2);
    assertThat(sample(one, 200, 0))
        .isEqualTo(sample(one, 200, 0))
        .isNotEqualTo(sample(two, 200, 0));
  }

  @Test
  void tokensComeAsOftenAsTheModelBelieves() {
    float[] beliefs = {1, 0, -80, -1, 2};
    Sampler.Model model = (tokens, count, logits) -> System.arraycopy(beliefs, 0, logits, 0, 5);
    double temperature = 2;
    List<Integer> drawn = sample(new Sampler(model, VOCABULARY, 8, temperature, 3), 20_000, 0);
    double all = 0;
    for (float belief : beliefs) {
      all += Math.exp(belief / temperature);
    }
    for (int token = 0; token < VOCABULARY; token++) {
      int wanted = token;
      double share = drawn.stream().filter(each -> each == wanted).count() / 20_000.0;
      assertThat(share).isEqualTo(Math.exp(beliefs[token] / temperature) / all, within(0.015));
    }
  }

  @Test
  void theOlderHalfOfAFullContextIsForgotten() {
    List<List<Integer>> seen = new ArrayList<>();
    Sampler.Model model =
        (tokens, count, logits) -> {
          seen.add(Arrays.stream(tokens, 0, count).boxed().toList());
          counting(tokens, count, logits);
        };
    sample(new Sampler(model, VOCABULARY, 4, 0, 1), 4, 4, 0, 1, 2, 3);
    assertThat(seen)
        .containsExactly(List.of(2, 3), List.of(2, 3, 4), List.of(4, 0), List.of(4, 0, 1));
  }

  @Test
  void itEndsWhenTheListenerHasEnough() {
    List<Integer> tokens = new ArrayList<>();
    Sampler sampler = new Sampler(SamplerTest::counting, VOCABULARY, 4, 0, 1);
    sampler.sample(
        new int[] {0},
        1000,
        token -> {
          tokens.add(token);
          return token != 3;
        });
    assertThat(tokens).containsExactly(1, 2, 3);
  }

  @Test
  void aDivergedModelAndWrongValuesAreRefused() {
    Sampler.Model diverged = (tokens, count, logits) -> logits[3] = Float.NaN;
    assertThatThrownBy(() -> sample(new Sampler(diverged, VOCABULARY, 4, 1, 1), 3, 0))
        .isInstanceOf(ArithmeticException.class)
        .hasMessage("the model has diverged: the logit of token 3 is NaN");
    assertThatThrownBy(() -> new Sampler(diverged, VOCABULARY, 4, -1, 1))
        .hasMessage("temperature must be in [0, 100], not -1.0");
    assertThatThrownBy(() -> new Sampler(diverged, VOCABULARY, 1, 1, 1))
        .hasMessage("context must be at least 2 tokens, not 1");
    assertThatThrownBy(() -> sample(new Sampler(diverged, VOCABULARY, 4, 1, 1), 3))
        .hasMessage("a prompt has at least one token");
  }
}
