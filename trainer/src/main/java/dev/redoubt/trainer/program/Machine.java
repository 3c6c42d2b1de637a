package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.CrossEntropy;
import dev.redoubt.trainer.kernel.Products;
import dev.redoubt.trainer.kernel.RmsNorm;
import dev.redoubt.trainer.kernel.Rotary;
import dev.redoubt.trainer.kernel.Softmax;
import dev.redoubt.trainer.program.Links.Piece;
import java.lang.foreign.SegmentAllocator;

/**
 * What instructions work with beside their windows: the kernels that have state, the tokens and the
 * place in the run.
 */
final class Machine {

  final Products products;
  final RmsNorm norm = new RmsNorm();
  final Softmax softmax = new Softmax();
  final CrossEntropy crossEntropy = new CrossEntropy();
  final Rotary rotary;
  final Links links;
  final int[] tokens;
  final int[] targets;

  long step;
  int microbatch;
  int row;
  double loss;
  BucketListener listener = BucketListener.NONE;

  Machine(int sequenceLength, int headSize, int tokens, Links links, SegmentAllocator allocator) {
    products = new Products(allocator);
    rotary = new Rotary(allocator, sequenceLength, headSize);
    this.links = links;
    this.tokens = new int[tokens];
    this.targets = new int[tokens];
  }

  Piece piece(int collective) {
    return new Piece(step, microbatch, collective);
  }
}
