package dev.redoubt.trainer;

import dev.redoubt.trainer.kernel.Gate;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;

/**
 * The gated feed-forward of one block, with its norm and residual: {@code y = x + (silu(n Wg) * (n
 * Wu)) Wd}, n = norm(x).
 */
final class FeedForward {

  /** Gradients that live only within one backward pass, shared by all blocks. */
  static final class Scratch {
    final Matrix dGate;
    final Matrix dUp;
    final Matrix dActive;

    Scratch(Workspace space) {
      dGate = space.perToken(space.model.ffnWidth());
      dUp = space.perToken(space.model.ffnWidth());
      dActive = space.perToken(space.model.ffnWidth());
    }
  }

  private final Workspace space;
  private final Scratch scratch;
  private final Matrix normal;
  private final Matrix inverse;
  private final Matrix gate;
  private final Matrix up;
  private final Matrix active;

  FeedForward(Workspace space, Scratch scratch) {
    this.space = space;
    this.scratch = scratch;
    normal = space.perToken(space.model.width());
    inverse = space.perToken(1);
    gate = space.perToken(space.model.ffnWidth());
    up = space.perToken(space.model.ffnWidth());
    active = space.perToken(space.model.ffnWidth());
  }

  /** Writes y; both are tokens x width. */
  void forward(Weights.FeedForward weights, Matrix x, Matrix y) {
    space.norm.forward(x, weights.norm(), normal, inverse);
    space.products.nn(normal, weights.gate(), gate, Into.OVERWRITE);
    space.products.nn(normal, weights.up(), up, Into.OVERWRITE);
    Gate.forward(gate, up, active);
    space.slices.nn(active, weights.down(), Into.OVERWRITE).addTo(x, y);
  }

  /**
   * Turns the gradient of y into that of x, in place, and overwrites the weights' gradients.
   *
   * @param x the input of {@link #forward}
   * @param dx the gradient of y; becomes that of x
   */
  void backward(Weights.FeedForward weights, Weights.FeedForward gradients, Matrix x, Matrix dx) {
    space.products.tn(active, dx, gradients.down(), Into.OVERWRITE);
    space.products.nt(dx, weights.down(), scratch.dActive, Into.OVERWRITE);
    Gate.backward(gate, up, scratch.dActive, scratch.dGate, scratch.dUp);
    space.products.tn(normal, scratch.dGate, gradients.gate(), Into.OVERWRITE);
    space.products.tn(normal, scratch.dUp, gradients.up(), Into.OVERWRITE);
    space
        .slices
        .nt(scratch.dGate, weights.gate(), Into.OVERWRITE)
        .nt(scratch.dUp, weights.up(), Into.CONTINUE)
        .sum(space.dNormal);
    space.norm.backward(x, weights.norm(), inverse, space.dNormal, dx, gradients.norm());
  }
}
