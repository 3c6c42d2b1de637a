package dev.redoubt.trainer.program;

import dev.redoubt.trainer.program.Tensor.Role;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a graph in double precision, each written as in a textbook, on whole matrices:
 * the truth that gradients are held against.
 */
final class DoubleModel {

  private static final double EPSILON = 1e-5;
  private static final double BASE = 10000;

  private final List<Operation> operations;
  private final int[] tokens;
  private final int[] targets;
  private final Map<Tensor, double[][]> values = new HashMap<>();
  private final Map<String, double[][]> gradients = new HashMap<>();
  private final int length;
  private final int size;
  private double loss;

  DoubleModel(Graph graph, int[] tokens, int[] targets) {
    this.operations = graph.operations();
    this.tokens = tokens;
    this.targets = targets;
    length = graph.sequenceLength();
    size = graph.headSize();
  }

  /** The parameters and inputs by their names, to be filled and changed. */
  double[][] value(Tensor tensor) {
    return values.computeIfAbsent(tensor, _ -> zeros(tensor));
  }

  /** Runs everything up to the loss. */
  double loss() {
    for (Operation operation : operations) {
      run(operation);
      if (operation instanceof Operation.CrossEntropyLoss) {
        return loss;
      }
    }
    throw new IllegalStateException("no loss");
  }

  /** Runs everything; the gradients of the parameters by their names. */
  Map<String, double[][]> gradients() {
    gradients.clear();
    operations.forEach(this::run);
    return gradients;
  }

  private static double[][] zeros(Tensor tensor) {
    return new double[tensor.rows()][tensor.columns()];
  }

  private double[][] in(Tensor tensor) {
    return tensor.is(Role.GRADIENT)
        ? Objects.requireNonNull(gradients.get(tensor.name()))
        : Objects.requireNonNull(values.get(tensor), tensor.name());
  }

  /** A new value, or one that continues a sum. */
  private double[][] out(Tensor tensor, @Nullable Tensor base) {
    double[][] out = zeros(tensor);
    if (base != null) {
      double[][] from = in(base);
      for (int row = 0; row < out.length; row++) {
        out[row] = from[row].clone();
      }
    }
    if (tensor.is(Role.GRADIENT)) {
      gradients.put(tensor.name(), out);
    } else {
      values.put(tensor, out);
    }
    return out;
  }

  private void run(Operation operation) {
    switch (operation) {
      case Operation.Embed op -> {
        double[][] out = out(op.out(), null);
        for (int row = 0; row < out.length; row++) {
          if (tokens[row] >= 0) {
            out[row] = in(op.table())[tokens[row]].clone();
          }
        }
      }
      case Operation.EmbedGradient op -> {
        double[][] out = out(op.dTable(), null);
        for (int row = 0; row < tokens.length; row++) {
          if (tokens[row] >= 0) {
            addTo(out[tokens[row]], in(op.dOut())[row], 1);
          }
        }
      }
      case Operation.Product op -> product(op);
      case Operation.Norm op -> norm(op);
      case Operation.NormGradient op -> normGradient(op);
      case Operation.Rotate op -> rotate(op);
      case Operation.Scores op -> scores(op);
      case Operation.Shares op -> shares(op);
      case Operation.SharesGradient op -> sharesGradient(op);
      case Operation.Mix op -> mix(op);
      case Operation.Spread op -> spread(op);
      case Operation.Gated op -> gated(op);
      case Operation.GatedGradient op -> gatedGradient(op);
      case Operation.Add op -> {
        double[][] out = out(op.out(), op.base());
        for (int row = 0; row < out.length; row++) {
          addTo(out[row], in(op.other())[row], 1);
        }
      }
      case Operation.Copy op -> out(op.out(), op.x());
      case Operation.CrossEntropyLoss op -> crossEntropy(op);
      case Operation.PickRow op -> throw new IllegalStateException(op.name());
      case Operation.Exchange op -> throw new IllegalStateException(op.name());
    }
  }

  private void product(Operation.Product op) {
    double[][] a = in(op.left());
    double[][] b = in(op.right());
    double[][] out = out(op.out(), op.base());
    int depth = op.form() == Operation.Form.TN ? a.length : a[0].length;
    for (int i = 0; i < out.length; i++) {
      for (int j = 0; j < out[i].length; j++) {
        for (int k = 0; k < depth; k++) {
          out[i][j] +=
              switch (op.form()) {
                case NN -> a[i][k] * b[k][j];
                case NT -> a[i][k] * b[j][k];
                case TN -> a[k][i] * b[k][j];
              };
        }
      }
    }
  }

  private void norm(Operation.Norm op) {
    double[][] x = in(op.x());
    double[] gain = in(op.gain())[0];
    double[][] y = out(op.y(), null);
    double[][] inverse = out(op.inverse(), null);
    for (int row = 0; row < x.length; row++) {
      inverse[row][0] = 1 / Math.sqrt(dot(x[row], x[row]) / x[row].length + EPSILON);
      for (int i = 0; i < gain.length; i++) {
        y[row][i] = x[row][i] * inverse[row][0] * gain[i];
      }
    }
  }

  private void normGradient(Operation.NormGradient op) {
    double[][] x = in(op.x());
    double[] gain = in(op.gain())[0];
    double[][] dy = in(op.dy());
    double[][] dx = out(op.dx(), op.base());
    double[] dGain = out(op.dGain(), null)[0];
    for (int row = 0; row < x.length; row++) {
      double r = in(op.inverse())[row][0];
      double projection = 0;
      for (int i = 0; i < gain.length; i++) {
        projection += dy[row][i] * gain[i] * x[row][i];
        dGain[i] += dy[row][i] * x[row][i] * r;
      }
      for (int i = 0; i < gain.length; i++) {
        dx[row][i] += r * (dy[row][i] * gain[i] - x[row][i] * projection * r * r / gain.length);
      }
    }
  }

  private void rotate(Operation.Rotate op) {
    double[][] x = in(op.x());
    double[][] out = out(op.out(), null);
    int half = size / 2;
    for (int row = 0; row < x.length; row++) {
      for (int head = 0; head < x[row].length; head += size) {
        for (int i = 0; i < half; i++) {
          double angle = row % length * Math.pow(BASE, -2.0 * i / size) * (op.back() ? -1 : 1);
          double a = x[row][head + i];
          double b = x[row][head + half + i];
          out[row][head + i] = a * Math.cos(angle) - b * Math.sin(angle);
          out[row][head + half + i] = b * Math.cos(angle) + a * Math.sin(angle);
        }
      }
    }
  }

  /** For each row, each of its heads, and each earlier position: its index among the columns. */
  private interface Visit {
    void at(int row, int head, int key, int column);
  }

  private void visit(Tensor streamed, Visit visit) {
    int heads = streamed.columns() / length;
    for (int row = 0; row < streamed.rows(); row++) {
      for (int head = 0; head < heads; head++) {
        for (int s = 0; s <= row % length; s++) {
          visit.at(row, head, row / length * length + s, head * length + s);
        }
      }
    }
  }

  private void scores(Operation.Scores op) {
    double[][] rows = in(op.rows());
    double[][] keys = in(op.keys());
    double[][] out = out(op.out(), null);
    visit(
        op.out(),
        (row, head, key, column) -> {
          for (int i = 0; i < size; i++) {
            out[row][column] += rows[row][head * size + i] * keys[key][i];
          }
        });
  }

  private void shares(Operation.Shares op) {
    double[][] scores = in(op.scores());
    double[][] out = out(op.out(), null);
    double[][] sums = new double[out.length][out[0].length / length];
    visit(
        op.out(),
        (row, head, key, column) -> {
          out[row][column] = Math.exp(scores[row][column] / Math.sqrt(size));
          sums[row][head] += out[row][column];
        });
    visit(op.out(), (row, head, key, column) -> out[row][column] /= sums[row][head]);
  }

  private void sharesGradient(Operation.SharesGradient op) {
    double[][] p = in(op.shares());
    double[][] dp = in(op.dShares());
    double[][] out = out(op.out(), null);
    double[][] means = new double[out.length][out[0].length / length];
    visit(
        op.out(), (row, head, key, column) -> means[row][head] += p[row][column] * dp[row][column]);
    visit(
        op.out(),
        (row, head, key, column) ->
            out[row][column] =
                p[row][column] * (dp[row][column] - means[row][head]) / Math.sqrt(size));
  }

  private void mix(Operation.Mix op) {
    double[][] p = in(op.shares());
    double[][] values = in(op.values());
    double[][] out = out(op.out(), null);
    visit(
        op.shares(),
        (row, head, key, column) -> {
          for (int i = 0; i < size; i++) {
            out[row][head * size + i] += p[row][column] * values[key][i];
          }
        });
  }

  private void spread(Operation.Spread op) {
    double[][] p = in(op.shares());
    double[][] rows = in(op.rows());
    double[][] out = out(op.out(), op.base());
    visit(
        op.shares(),
        (row, head, key, column) -> {
          for (int i = 0; i < size; i++) {
            out[key][i] += p[row][column] * rows[row][head * size + i];
          }
        });
  }

  private void gated(Operation.Gated op) {
    double[][] out = out(op.out(), op.up());
    for (int row = 0; row < out.length; row++) {
      for (int i = 0; i < out[row].length; i++) {
        double x = in(op.gate())[row][i];
        out[row][i] *= x / (1 + Math.exp(-x));
      }
    }
  }

  private void gatedGradient(Operation.GatedGradient op) {
    double[][] dGate = out(op.dGate(), null);
    double[][] dUp = out(op.dUp(), null);
    for (int row = 0; row < dGate.length; row++) {
      for (int i = 0; i < dGate[row].length; i++) {
        double x = in(op.gate())[row][i];
        double d = in(op.dOut())[row][i];
        double s = 1 / (1 + Math.exp(-x));
        dGate[row][i] = d * in(op.up())[row][i] * s * (1 + x * (1 - s));
        dUp[row][i] = d * x * s;
      }
    }
  }

  private void crossEntropy(Operation.CrossEntropyLoss op) {
    double[][] logits = in(op.logits());
    double[][] out = out(op.dLogits(), null);
    long counted = Arrays.stream(targets).filter(target -> target >= 0).count();
    loss = 0;
    for (int row = 0; row < out.length; row++) {
      if (targets[row] >= 0) {
        double sum = 0;
        for (double logit : logits[row]) {
          sum += Math.exp(logit);
        }
        for (int i = 0; i < out[row].length; i++) {
          out[row][i] = (Math.exp(logits[row][i]) / sum - (i == targets[row] ? 1 : 0)) / counted;
        }
        loss += (Math.log(sum) - logits[row][targets[row]]) / counted;
      }
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void addTo(double[] into, double[] other, double factor) {
    for (int i = 0; i < into.length; i++) {
      into[i] += factor * other[i];
    }
  }
}
