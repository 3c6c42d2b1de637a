package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Floats.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each operation's vector form against its scalar form, bit for bit, at odd sizes. */
class OperationsTest {

  private static final int ROWS = 3;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Matrix random(int columns, long seed) {
    return Floats.random(arena, ROWS, columns, seed);
  }

  private Matrix zeros(int columns) {
    return Matrix.allocate(arena, ROWS, columns);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 207, 1003})
  void sums(int n) {
    Matrix a = random(n, 1);
    Matrix b = random(n, 2);
    Matrix c = random(n, 3);
    Matrix d = random(n, 4);
    Matrix base = random(n, 5);
    Matrix fast = zeros(n);
    Matrix slow = zeros(n);
    Elementwise.tree(a, b, c, d, fast);
    Elementwise.treeScalar(
        a.address(), b.address(), c.address(), d.address(), slow.address(), 0, ROWS * n);
    assertSameBits(fast, slow);
    Elementwise.addTree(base, a, b, c, d, fast);
    Elementwise.addTreeScalar(
        base.address(),
        a.address(),
        b.address(),
        c.address(),
        d.address(),
        slow.address(),
        0,
        ROWS * n);
    assertSameBits(fast, slow);
    Elementwise.add(fast, a);
    Elementwise.addScalar(slow.address(), a.address(), 0, ROWS * n);
    assertSameBits(fast, slow);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 207, 1003})
  void gates(int n) {
    Matrix gate = random(n, 1);
    Matrix up = random(n, 2);
    Matrix fast = zeros(n);
    Matrix slow = zeros(n);
    Gate.forward(gate, up, fast);
    Gate.forwardScalar(gate.address(), up.address(), slow.address(), 0, ROWS * n);
    assertSameBits(fast, slow);
    Matrix dOut = random(n, 3);
    Matrix dGate = zeros(n);
    Matrix dUp = zeros(n);
    Matrix dGateSlow = zeros(n);
    Matrix dUpSlow = zeros(n);
    Gate.backward(gate, up, dOut, dGate, dUp);
    Gate.backwardScalar(
        gate.address(),
        up.address(),
        dOut.address(),
        dGateSlow.address(),
        dUpSlow.address(),
        0,
        ROWS * n);
    assertSameBits(dGate, dGateSlow);
    assertSameBits(dUp, dUpSlow);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 207, 1003})
  void norms(int n) {
    Matrix x = random(n, 1);
    Matrix gain = Floats.random(arena, 1, n, 2);
    Matrix y = zeros(n);
    Matrix inverse = zeros(1);
    RmsNorm norm = new RmsNorm();
    norm.forward(x, gain, y, inverse);
    Matrix dy = random(n, 3);
    Matrix dx = random(n, 4);
    Matrix wanted = zeros(n);
    Matrix dxWanted = Floats.copy(arena, dx);
    Matrix dGainWanted = Matrix.allocate(arena, 1, n);
    for (int r = 0; r < ROWS; r++) {
      float factor = RmsNorm.factor(Reductions.dotScalar(x.row(r), x.row(r), n), n);
      RmsNorm.scaleScalar(x.row(r), gain.address(), factor, wanted.row(r), 0, n);
      float projection = Reductions.dotScalar(dy.row(r), gain.address(), x.row(r), n);
      RmsNorm.rowScalar(
          x.row(r),
          gain.address(),
          dy.row(r),
          factor,
          RmsNorm.pull(projection, factor, n),
          dxWanted.row(r),
          0,
          n);
      RmsNorm.gainRowScalar(x.row(r), dy.row(r), factor, dGainWanted.address(), 0, n);
    }
    assertSameBits(y, wanted);
    Matrix dGain = Floats.random(arena, 1, n, 5);
    norm.backward(x, gain, inverse, dy, dx, dGain);
    assertSameBits(dx, dxWanted);
    assertSameBits(dGain, dGainWanted);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 14, 32, 46, 414})
  void rotations(int headSize) {
    Matrix x = Floats.random(arena, 10, 3 * headSize, 1);
    Matrix original = Floats.copy(arena, x);
    Matrix slow = Floats.copy(arena, x);
    Rotary rotary = new Rotary(arena, 5, headSize);
    rotary.forward(x, 5);
    rotary.forwardScalar(slow, 5);
    assertSameBits(x, slow);
    rotary.backward(x, 5);
    for (int i = 0; i < 10; i++) {
      for (int j = 0; j < x.columns(); j++) {
        assertThat(Math.abs(x.get(i, j) - original.get(i, j))).isLessThan(1e-6f * 8);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 207, 1003})
  void softmaxes(int n) {
    int heads = 2;
    Matrix scores = Floats.random(arena, 2 * heads, n + 1, 1);
    Matrix p = Floats.copy(arena, scores);
    Softmax softmax = new Softmax();
    softmax.causal(p, heads, n - 1, 0.5f);
    Matrix dp = Floats.random(arena, 2 * heads, n + 1, 2);
    Matrix dpWanted = Floats.copy(arena, dp);
    for (int row = 0; row < 2 * heads; row++) {
      softmaxScalar(scores, row, n + row / heads, 0.5f);
      backwardScalar(p.row(row), dpWanted, row, n + row / heads, 0.5f);
    }
    assertSameBits(p, scores);
    softmax.causalBackward(p, dp, heads, n - 1, 0.5f);
    assertSameBits(dp, dpWanted);
  }

  private static void softmaxScalar(Matrix scores, int row, int visible, float scale) {
    float max = scores.get(row, 0);
    for (int i = 1; i < visible; i++) {
      max = Math.max(max, scores.get(row, i));
    }
    Softmax.exponentialsScalar(scores.row(row), 0, visible, scale, max * scale);
    float factor = 1f / Reductions.sumScalar(scores.row(row), visible);
    for (int i = 0; i < scores.columns(); i++) {
      scores.set(row, i, i < visible ? scores.get(row, i) * factor : 0f);
    }
  }

  private static void backwardScalar(long p, Matrix dp, int row, int visible, float scale) {
    float mean = Reductions.dotScalar(dp.row(row), p, visible);
    Softmax.backwardScalar(p, dp.row(row), 0, visible, mean, scale);
    for (int i = visible; i < dp.columns(); i++) {
      dp.set(row, i, 0f);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 207, 1003})
  void optimizers(int n) {
    AdamW rule = new AdamW(0.125f, 0.9f, 0.95f, 0.01f, 1.5f, 1e-8f, 0.999f);
    Matrix gradient = Floats.random(arena, 1, n, 1);
    AdamW.Moments from =
        new AdamW.Moments(
            Floats.random(arena, 1, n, 2), Floats.random(arena, 1, n, 3), squares(n, 4));
    AdamW.Moments fast = moments(n);
    AdamW.Moments slow = moments(n);
    rule.apply(gradient, from, fast);
    rule.applyScalar(gradient, from, slow);
    assertSameBits(fast.parameters(), slow.parameters());
    assertSameBits(fast.first(), slow.first());
    assertSameBits(fast.second(), slow.second());
  }

  private AdamW.Moments moments(int n) {
    return new AdamW.Moments(
        Matrix.allocate(arena, 1, n), Matrix.allocate(arena, 1, n), Matrix.allocate(arena, 1, n));
  }

  private Matrix squares(int n, long seed) {
    Matrix matrix = Matrix.allocate(arena, 1, n);
    Random random = new Random(seed);
    for (int i = 0; i < n; i++) {
      matrix.set(0, i, random.nextFloat());
    }
    return matrix;
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 28, 64, 208, 1004})
  void losses(int vocabulary) {
    int[] targets = {0, vocabulary / 2, vocabulary - 1};
    Matrix logits = random(vocabulary, 1);
    Matrix wanted = Floats.copy(arena, logits);
    double loss = new CrossEntropy().lossAndGradient(logits, targets);
    double sum = 0;
    for (int row = 0; row < ROWS; row++) {
      sum += crossEntropyScalar(wanted, row, targets[row]);
    }
    assertSameBits(logits, wanted);
    assertThat(loss).isEqualTo(sum / ROWS);
  }

  private static double crossEntropyScalar(Matrix logits, int row, int target) {
    int n = logits.columns();
    float max = logits.get(row, 0);
    for (int i = 1; i < n; i++) {
      max = Math.max(max, logits.get(row, i));
    }
    float margin = logits.get(row, target) - max;
    Softmax.exponentialsScalar(logits.row(row), 0, n, 1f, max);
    float[] slices = new float[Slices.COUNT];
    for (int s = 0; s < Slices.COUNT; s++) {
      slices[s] = Reductions.sumScalar(logits.row(row) + 4L * s * (n / 4), n / 4);
    }
    float sum = (slices[0] + slices[1]) + (slices[2] + slices[3]);
    for (int i = 0; i < n; i++) {
      logits.set(row, i, logits.get(row, i) * (1f / (sum * ROWS)));
    }
    logits.set(row, target, logits.get(row, target) - 1f / ROWS);
    return StrictMath.log(sum) - margin;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 207, 1003})
  void embeddings(int n) {
    Matrix table = random(n, 1);
    int[] tokens = {2, 0, 2, 2};
    Matrix out = Matrix.allocate(arena, tokens.length, n);
    Embedding.forward(table, tokens, out);
    Matrix dOut = Floats.random(arena, tokens.length, n, 2);
    Matrix dTable = random(n, 3);
    Embedding.backward(dOut, tokens, dTable);
    for (int j = 0; j < n; j++) {
      for (int row = 0; row < tokens.length; row++) {
        assertThat(out.get(row, j)).isEqualTo(table.get(tokens[row], j));
      }
      assertThat(dTable.get(0, j)).isEqualTo(dOut.get(1, j));
      assertThat(dTable.get(1, j)).isZero();
      assertThat(dTable.get(2, j)).isEqualTo(dOut.get(0, j) + dOut.get(2, j) + dOut.get(3, j));
    }
  }
}
