package dev.redoubt.trainer;

/**
 * Lets a model go on with a text, one token after the other.
 *
 * <p>Each token is drawn from the softmax of the logits over the temperature; the numbers are drawn
 * by counter, so the text is a pure function of model, prompt, temperature and seed. When the
 * context is full, its older half is forgotten.
 */
public final class Sampler {

  private static final long PURPOSE = 0x73616D706C65L;

  /** What a model says about the token that comes next. */
  @FunctionalInterface
  public interface Model {

    /**
     * Writes the logits of what follows the first {@code count} tokens.
     *
     * @param tokens as long as the context; only the first {@code count}, at least 1, are read
     * @param logits one for each token of the vocabulary
     */
    void next(int[] tokens, int count, float[] logits);
  }

  private final Model model;
  private final int vocabulary;
  private final int context;
  private final double temperature;
  private final long seed;

  /**
   * A sampler.
   *
   * @param vocabulary the model's
   * @param context tokens that the model can look back on, at least 2
   * @param temperature 0 takes the likeliest token, 1 samples what the model believes
   * @throws IllegalArgumentException naming the value that is wrong
   */
  public Sampler(Model model, int vocabulary, int context, double temperature, long seed) {
    if (!(temperature >= 0 && temperature <= 100)) {
      throw new IllegalArgumentException("temperature must be in [0, 100], not " + temperature);
    }
    if (context < 2) {
      throw new IllegalArgumentException("context must be at least 2 tokens, not " + context);
    }
    this.model = model;
    this.vocabulary = vocabulary;
    this.context = context;
    this.temperature = temperature;
    this.seed = seed;
  }

  /** Is told each token; says whether to go on. */
  @FunctionalInterface
  public interface Listener {
    boolean wantsMoreAfter(int token);
  }

  /**
   * Goes on with a prompt until the listener has enough or {@code tokensMax} are drawn.
   *
   * @param prompt at least one token; of a longer one than the context its end
   * @throws ArithmeticException if the logits are not numbers: the model has diverged
   */
  public void sample(int[] prompt, int tokensMax, Listener listener) {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("a prompt has at least one token");
    }
    int[] tokens = new int[context];
    int count = Math.min(prompt.length, context);
    System.arraycopy(prompt, prompt.length - count, tokens, 0, count);
    float[] logits = new float[vocabulary];
    for (int drawn = 0; drawn < tokensMax; drawn++) {
      if (count == context) {
        count = context / 2;
        System.arraycopy(tokens, context - count, tokens, 0, count);
      }
      model.next(tokens, count, logits);
      int token = draw(logits, drawn);
      tokens[count++] = token;
      if (!listener.wantsMoreAfter(token)) {
        return;
      }
    }
  }

  private int draw(float[] logits, int index) {
    int likeliest = likeliest(logits);
    if (temperature == 0) {
      return likeliest;
    }
    double[] weights = new double[vocabulary];
    for (int token = 0; token < vocabulary; token++) {
      double below = ((double) logits[token] - logits[likeliest]) / temperature;
      weights[token] = StrictMath.exp(below);
    }
    double all = 0;
    for (double weight : weights) {
      all += weight;
    }
    double at = uniform(index) * all;
    int token = 0;
    for (double sum = weights[0]; sum <= at && token < vocabulary - 1; sum += weights[token]) {
      token++;
    }
    return token;
  }

  private static int likeliest(float[] logits) {
    int best = 0;
    for (int token = 0; token < logits.length; token++) {
      if (!Float.isFinite(logits[token])) {
        throw new ArithmeticException(
            "the model has diverged: the logit of token " + token + " is " + logits[token]);
      }
      best = logits[token] > logits[best] ? token : best;
    }
    return best;
  }

  /** In [0, 1), 53 bits. */
  private double uniform(int index) {
    return (CounterRandom.bits(seed, PURPOSE, index) >>> 11) * 0x1p-53;
  }
}
