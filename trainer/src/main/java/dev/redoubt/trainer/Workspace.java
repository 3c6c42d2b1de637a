package dev.redoubt.trainer;

import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Products;
import dev.redoubt.trainer.kernel.RmsNorm;
import dev.redoubt.trainer.kernel.Rotary;
import dev.redoubt.trainer.kernel.Slices;
import dev.redoubt.trainer.kernel.Softmax;
import java.lang.foreign.Arena;

/**
 * What all layers of one worker share: the dimensions, the kernels with state, and the scratch
 * memory of one layer at a time. The arena belongs to the {@link Trainer}.
 */
final class Workspace {

  final ModelConfig model;
  final int batchSize;
  final int sequenceLength;
  final Arena arena;
  final Products products;
  final RmsNorm norm = new RmsNorm();
  final Softmax softmax = new Softmax();
  final Rotary rotary;

  /** Partial sums of what is split over a mesh, tokens x width. */
  final Slices slices;

  /** Gradient of a normalised input, tokens x width. */
  final Matrix dNormal;

  Workspace(ModelConfig model, int batchSize, int sequenceLength, Arena arena) {
    this.model = model;
    this.batchSize = batchSize;
    this.sequenceLength = sequenceLength;
    this.arena = arena;
    products = new Products(arena);
    rotary = new Rotary(arena, sequenceLength, model.headSize());
    slices = new Slices(products, arena, tokens(), model.width());
    dNormal = perToken(model.width());
  }

  int tokens() {
    return batchSize * sequenceLength;
  }

  /** A new matrix with a row for each token. */
  Matrix perToken(int columns) {
    return Matrix.allocate(arena, tokens(), columns);
  }

  /** The rows of one sequence. */
  Matrix sequence(Matrix perToken, int sequence) {
    return perToken.rows(sequence * sequenceLength, sequenceLength);
  }
}
