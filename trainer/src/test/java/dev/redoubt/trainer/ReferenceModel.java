package dev.redoubt.trainer;

/**
 * The model's forward pass in double precision, written as in a textbook: the truth that the
 * gradients are held against.
 */
final class ReferenceModel {

  private final ModelConfig model;
  private final ParameterLayout layout;
  private final double[] parameters;

  ReferenceModel(ModelConfig model, double[] parameters) {
    this.model = model;
    this.layout = ParameterLayout.of(model);
    this.parameters = parameters;
  }

  /** The mean loss of sequences of tokens; each has one token more than it predicts. */
  double loss(int[][] sequences) {
    double sum = 0;
    int count = 0;
    for (int[] sequence : sequences) {
      double[][] x = embed(sequence);
      for (int layer = 0; layer < model.layers(); layer++) {
        attention("blocks." + layer + ".attention", x);
        feedForward("blocks." + layer + ".ffn", x);
      }
      for (int t = 0; t < x.length; t++) {
        double[] logits = apply("head", norm("final.norm", x[t]));
        sum += logSumExp(logits) - logits[sequence[t + 1]];
        count++;
      }
    }
    return sum / count;
  }

  private double[][] embed(int[] sequence) {
    double[][] x = new double[sequence.length - 1][model.width()];
    TensorSpec table = layout.tensor("embedding");
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < model.width(); i++) {
        x[t][i] = at(table, sequence[t], i);
      }
    }
    return x;
  }

  private void attention(String name, double[][] x) {
    double[][] keys = new double[x.length][];
    double[][] values = new double[x.length][];
    double[][] outputs = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] normal = norm(name + ".norm", x[t]);
      keys[t] = rotate(apply(name + ".key", normal), 0, t);
      values[t] = apply(name + ".value", normal);
      double[] query = apply(name + ".query", normal);
      double[] out = new double[query.length];
      for (int head = 0; head < model.heads(); head++) {
        attend(rotate(query, head, t), keys, values, t, out, head * model.headSize());
      }
      outputs[t] = apply(name + ".output", out);
    }
    for (int t = 0; t < x.length; t++) {
      addTo(x[t], outputs[t]);
    }
  }

  private void attend(
      double[] query, double[][] keys, double[][] values, int t, double[] out, int from) {
    double[] scores = new double[t + 1];
    for (int s = 0; s <= t; s++) {
      for (int i = 0; i < query.length; i++) {
        scores[s] += query[i] * keys[s][i] / Math.sqrt(model.headSize());
      }
    }
    double total = logSumExp(scores);
    for (int s = 0; s <= t; s++) {
      for (int i = 0; i < query.length; i++) {
        out[from + i] += Math.exp(scores[s] - total) * values[s][i];
      }
    }
  }

  /** One head, its pairs (i, i + size/2) turned by the position. */
  private double[] rotate(double[] heads, int head, int position) {
    int half = model.headSize() / 2;
    double[] turned = new double[model.headSize()];
    for (int i = 0; i < half; i++) {
      double angle = position * Math.pow(10000, -2.0 * i / model.headSize());
      double a = heads[head * 2 * half + i];
      double b = heads[head * 2 * half + half + i];
      turned[i] = a * Math.cos(angle) - b * Math.sin(angle);
      turned[half + i] = b * Math.cos(angle) + a * Math.sin(angle);
    }
    return turned;
  }

  private void feedForward(String name, double[][] x) {
    for (double[] row : x) {
      double[] normal = norm(name + ".norm", row);
      double[] gate = apply(name + ".gate", normal);
      double[] up = apply(name + ".up", normal);
      for (int i = 0; i < gate.length; i++) {
        up[i] *= gate[i] / (1 + Math.exp(-gate[i]));
      }
      addTo(row, apply(name + ".down", up));
    }
  }

  private double[] norm(String name, double[] x) {
    TensorSpec gain = layout.tensor(name);
    double squares = 0;
    for (double value : x) {
      squares += value * value;
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] * at(gain, 0, i) / Math.sqrt(squares / x.length + 1e-5);
    }
    return y;
  }

  private double[] apply(String name, double[] x) {
    TensorSpec matrix = layout.tensor(name);
    double[] y = new double[matrix.columns()];
    for (int k = 0; k < matrix.rows(); k++) {
      for (int n = 0; n < y.length; n++) {
        y[n] += x[k] * at(matrix, k, n);
      }
    }
    return y;
  }

  private double at(TensorSpec tensor, int row, int column) {
    return parameters[(int) tensor.offset() + row * tensor.columns() + column];
  }

  private static double logSumExp(double[] x) {
    double max = Double.NEGATIVE_INFINITY;
    for (double value : x) {
      max = Math.max(max, value);
    }
    double sum = 0;
    for (double value : x) {
      sum += Math.exp(value - max);
    }
    return max + Math.log(sum);
  }

  private static void addTo(double[] x, double[] y) {
    for (int i = 0; i < x.length; i++) {
      x[i] += y[i];
    }
  }
}
