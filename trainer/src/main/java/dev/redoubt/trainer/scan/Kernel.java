package dev.redoubt.trainer.scan;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.trainer.kernel.AdamW;
import dev.redoubt.trainer.kernel.CrossEntropy;
import dev.redoubt.trainer.kernel.DigestedUpdate;
import dev.redoubt.trainer.kernel.Elementwise;
import dev.redoubt.trainer.kernel.Embedding;
import dev.redoubt.trainer.kernel.Gate;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Pairs;
import dev.redoubt.trainer.kernel.ProductCheck;
import dev.redoubt.trainer.kernel.Products;
import dev.redoubt.trainer.kernel.RmsNorm;
import dev.redoubt.trainer.kernel.Rotary;
import dev.redoubt.trainer.kernel.Softmax;
import dev.redoubt.trainer.kernel.SquaredNorm;
import dev.redoubt.trainer.kernel.WindowNorm;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/** Every kernel that a training step consists of, at sizes that fill no vector evenly. */
@SuppressWarnings("ImmutableEnumChecker") // The functions keep nothing.
public enum Kernel {
  /** a * b. */
  PRODUCTS_NN(
      room -> {
        Matrix c = room.blank(37, 53);
        new Products(room.arena())
            .nn(room.operand(37, 29), room.operand(29, 53), c, Into.OVERWRITE);
        room.result(c);
      }),
  /** c + a * b. */
  PRODUCTS_CONTINUED(
      room -> {
        Matrix a = room.operand(24, 64);
        Matrix b = room.operand(64, 96);
        Matrix c = room.operand(24, 96);
        new Products(room.arena()).nn(a, b, c, Into.CONTINUE);
        room.result(c);
      }),
  /** a * transposed b. */
  PRODUCTS_NT(
      room -> {
        Matrix c = room.blank(33, 47);
        new Products(room.arena())
            .nt(room.operand(33, 31), room.operand(47, 31), c, Into.OVERWRITE);
        room.result(c);
      }),
  /** Transposed a * b. */
  PRODUCTS_TN(
      room -> {
        Matrix c = room.blank(41, 51);
        new Products(room.arena())
            .tn(room.operand(27, 41), room.operand(27, 51), c, Into.OVERWRITE);
        room.result(c);
      }),
  /** The sums by which products are checked: a check may be computed wrong, too. */
  PRODUCT_CHECK(
      room -> {
        Products products = new Products(room.arena());
        ProductCheck check = new ProductCheck();
        products.watch(check);
        Matrix a = room.operand(77, 35);
        Matrix b = room.operand(35, 51);
        Matrix c = room.blank(77, 51);
        products.nn(a, b, c, Into.OVERWRITE);
        room.result(check, check.wrong(a, false, b, false, c, Into.OVERWRITE));
        Matrix transposed = room.operand(35, 41);
        Matrix continued = room.operand(41, 51);
        products.tn(transposed, b, continued, Into.CONTINUE);
        room.result(check, check.wrong(transposed, true, b, false, continued, Into.CONTINUE));
      }),
  /** The probabilities of attention. */
  SOFTMAX(
      room -> {
        Matrix scores = room.operand(2 * 35, 35);
        new Softmax().causal(scores, 2, 0, 0.25f);
        room.result(scores);
      }),
  /** Their gradient. */
  SOFTMAX_GRADIENT(
      room -> {
        Matrix p = room.operand(2 * 35, 35);
        Matrix d = room.operand(2 * 35, 35);
        new Softmax().causal(p, 2, 0, 0.25f);
        new Softmax().causalBackward(p, d, 2, 0, 0.25f);
        room.result(d);
      }),
  /** The root mean square norm. */
  NORM(
      room -> {
        Matrix x = room.operand(19, 77);
        Matrix y = room.blank(19, 77);
        Matrix inverse = room.blank(19, 1);
        new RmsNorm().forward(x, room.operand(1, 77), y, inverse);
        room.result(y);
        room.result(inverse);
      }),
  /** Its gradient. */
  NORM_GRADIENT(
      room -> {
        Matrix x = room.operand(19, 77);
        Matrix gain = room.operand(1, 77);
        Matrix y = room.blank(19, 77);
        Matrix inverse = room.blank(19, 1);
        Matrix dGain = room.blank(1, 77);
        new RmsNorm().forward(x, gain, y, inverse);
        new RmsNorm().backward(x, gain, inverse, room.operand(19, 77), y, dGain);
        room.result(y);
        room.result(dGain);
      }),
  /** Rotary positions. */
  ROTARY(
      room -> {
        Matrix x = room.operand(26, 3 * 22);
        Rotary rotary = new Rotary(room.arena(), 13, 22);
        rotary.forward(x, 13);
        room.result(x);
        rotary.backward(x, 7);
        room.result(x);
      }),
  /** The gate of the feed-forward. */
  GATE(
      room -> {
        Matrix out = room.blank(23, 61);
        Gate.forward(room.operand(23, 61), room.operand(23, 61), out);
        room.result(out);
      }),
  /** Its gradients. */
  GATE_GRADIENT(
      room -> {
        Matrix dGate = room.blank(23, 61);
        Matrix dUp = room.blank(23, 61);
        Gate.backward(room.operand(23, 61), room.operand(23, 61), room.operand(23, 61), dGate, dUp);
        room.result(dGate);
        room.result(dUp);
      }),
  /** The loss and its gradient. */
  CROSS_ENTROPY(
      room -> {
        Matrix logits = room.operand(17, 103);
        int[] targets = new int[17];
        Arrays.setAll(targets, row -> row * 31 % 103);
        room.result(new CrossEntropy().lossAndGradient(logits, targets));
        room.result(logits);
      }),
  /** Rows of a table. */
  EMBEDDING(
      room -> {
        Matrix out = room.blank(40, 45);
        Embedding.forward(room.operand(50, 45), tokens(), out);
        room.result(out);
      }),
  /** The sum of their gradients. */
  EMBEDDING_GRADIENT(
      room -> {
        Matrix table = room.blank(50, 45);
        Embedding.backward(room.operand(40, 45), tokens(), table);
        room.result(table);
      }),
  /** Sums of slices, as a mesh makes them. */
  SUMS(
      room -> {
        Matrix a = room.operand(21, 43);
        Matrix b = room.operand(21, 43);
        Matrix c = room.operand(21, 43);
        Matrix d = room.operand(21, 43);
        Matrix into = room.blank(21, 43);
        Elementwise.tree(a, b, c, d, into);
        room.result(into);
        Elementwise.addTree(d, c, b, a, d, into);
        room.result(into);
        Pairs.sum(a, b, into);
        room.result(into);
        Pairs.addSum(c, a, b, into);
        room.result(into);
        Pairs.copy(d, into);
        room.result(into);
        Elementwise.add(a, b);
        room.result(a);
      }),
  /** Sums of squares. */
  SQUARED_NORM(
      room -> {
        Matrix window = room.operand(29, 83);
        room.result(SquaredNorm.of(window));
        room.result(new WindowNorm().squared(window));
        double[] sums = new double[4];
        new WindowNorm()
            .addSquared(window, room.operand(29, 83), window, room.operand(29, 83), sums, 0);
        for (double sum : sums) {
          room.result(sum);
        }
      }),
  /** The optimizer. */
  UPDATE(
      room -> {
        AdamW.Moments to =
            new AdamW.Moments(room.blank(9, 91), room.blank(9, 91), room.blank(9, 91));
        Matrix gradient = room.operand(9, 91);
        rule()
            .apply(
                gradient,
                new AdamW.Moments(room.operand(9, 91), room.operand(9, 91), room.positive(9, 91)),
                to);
        room.result(to.parameters());
        room.result(to.first());
        room.result(to.second());
      }),
  /** The optimizer that digests what it writes. */
  UPDATE_WITH_DIGEST(
      room -> {
        AdamW.Moments to =
            new AdamW.Moments(room.blank(8, 112), room.blank(8, 112), room.blank(8, 112));
        DigestedUpdate update = new DigestedUpdate(room.arena());
        Matrix gradient = room.operand(8, 112);
        update.apply(
            rule(),
            gradient,
            new AdamW.Moments(room.operand(8, 112), room.operand(8, 112), room.positive(8, 112)),
            to);
        long[] digests = new long[3];
        update.end(digests, 0, 1);
        room.result(to.parameters());
        for (long digest : digests) {
          room.result(digest);
        }
      }),
  /** The digest itself: a checker may lie, too. */
  DIGEST(
      room -> {
        MemorySegment bytes = room.bytes(16384);
        for (int part = 0; part < 8; part++) {
          long length = bytes.byteSize() - part * 4104L;
          room.result(BlockDigest.of(bytes, part * 72L, length));
        }
      });

  private final Consumer<Room> run;

  Kernel(Consumer<Room> run) {
    this.run = run;
  }

  private static AdamW rule() {
    return new AdamW(0.7f, 0.9f, 0.95f, 0.01f, 1.3f, 1e-8f, 0.999f);
  }

  private static int[] tokens() {
    int[] tokens = new int[40];
    Arrays.setAll(tokens, row -> row % 7 == 3 ? Embedding.NONE : row * 11 % 50);
    return tokens;
  }

  /** Computes, and leaves the results in the room. */
  void run(Room room) {
    run.accept(room);
  }

  /** Whether it is a matrix product, all multiply-adds. */
  public boolean isProduct() {
    return switch (this) {
      case PRODUCTS_NN, PRODUCTS_CONTINUED, PRODUCTS_NT, PRODUCTS_TN -> true;
      default -> false;
    };
  }

  /** As in reports: {@code products-nn}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The kernel of that name. */
  public static Optional<Kernel> of(String word) {
    return Arrays.stream(values()).filter(kernel -> kernel.word().equals(word)).findFirst();
  }
}
