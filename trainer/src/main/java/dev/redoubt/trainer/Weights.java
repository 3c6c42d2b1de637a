package dev.redoubt.trainer;

import dev.redoubt.trainer.kernel.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The tensors of one region as matrices: of the parameters, or of their gradients. */
record Weights(Matrix embedding, List<Block> blocks, Matrix finalNorm, Matrix head) {

  /** The tensors of one block. */
  record Block(Attention attention, FeedForward ffn) {}

  /** The tensors of a block's attention. */
  record Attention(Matrix norm, Matrix query, Matrix key, Matrix value, Matrix output) {}

  /** The tensors of a block's feed-forward. */
  record FeedForward(Matrix norm, Matrix gate, Matrix up, Matrix down) {}

  /** Looks at a region through its layout; the order is that of {@link ParameterLayout}. */
  static Weights over(ParameterLayout layout, int layers, MemorySegment region) {
    Iterator<Matrix> next =
        layout.tensors().stream()
            .map(each -> Matrix.of(region, each.offset(), each.rows(), each.columns()))
            .iterator();
    Matrix embedding = next.next();
    List<Block> blocks = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      blocks.add(block(next));
    }
    return new Weights(embedding, blocks, next.next(), next.next());
  }

  private static Block block(Iterator<Matrix> next) {
    return new Block(
        new Attention(next.next(), next.next(), next.next(), next.next(), next.next()),
        new FeedForward(next.next(), next.next(), next.next(), next.next()));
  }
}
