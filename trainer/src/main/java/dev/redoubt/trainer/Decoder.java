package dev.redoubt.trainer;

import dev.redoubt.trainer.kernel.CrossEntropy;
import dev.redoubt.trainer.kernel.Elementwise;
import dev.redoubt.trainer.kernel.Embedding;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import java.util.ArrayList;
import java.util.List;

/**
 * A decoder-only transformer: embedding, blocks of attention and feed-forward, final norm, head.
 *
 * <p>Forward keeps what backward needs; one microbatch at a time.
 */
final class Decoder {

  private final Workspace space;
  private final List<Attention> attentions = new ArrayList<>();
  private final List<FeedForward> feedForwards = new ArrayList<>();

  /** The residual stream before each half block, and after the last: tokens x width. */
  private final List<Matrix> stream = new ArrayList<>();

  private final CrossEntropy crossEntropy = new CrossEntropy();
  private final Matrix normal;
  private final Matrix inverse;
  private final Matrix logits;
  private final Matrix dStream;

  Decoder(Workspace space) {
    this.space = space;
    ModelConfig model = space.model;
    var attention = new Attention.Scratch(space);
    var feedForward = new FeedForward.Scratch(space);
    stream.add(space.perToken(model.width()));
    for (int layer = 0; layer < model.layers(); layer++) {
      attentions.add(new Attention(space, attention));
      stream.add(space.perToken(model.width()));
      feedForwards.add(new FeedForward(space, feedForward));
      stream.add(space.perToken(model.width()));
    }
    normal = space.perToken(model.width());
    inverse = space.perToken(1);
    logits = space.perToken(model.vocabulary());
    dStream = space.perToken(model.width());
  }

  /**
   * Overwrites the gradients of the mean loss over the rows.
   *
   * @param tokens one for each row, sequence by sequence
   * @param targets the token that follows each
   * @return the mean loss, in nats per token
   */
  double gradient(Weights weights, Weights gradients, int[] tokens, int[] targets) {
    forward(weights, tokens);
    double loss = crossEntropy.lossAndGradient(logits, targets);
    backward(weights, gradients, tokens);
    return loss;
  }

  private void forward(Weights weights, int[] tokens) {
    Embedding.forward(weights.embedding(), tokens, stream.getFirst());
    for (int layer = 0; layer < attentions.size(); layer++) {
      Weights.Block block = weights.blocks().get(layer);
      Matrix middle = stream.get(2 * layer + 1);
      attentions.get(layer).forward(block.attention(), stream.get(2 * layer), middle);
      feedForwards.get(layer).forward(block.ffn(), middle, stream.get(2 * layer + 2));
    }
    space.norm.forward(stream.getLast(), weights.finalNorm(), normal, inverse);
    space.products.nn(normal, weights.head(), logits, Into.OVERWRITE);
  }

  /** The logits hold their own gradient by now. */
  private void backward(Weights weights, Weights gradients, int[] tokens) {
    head(weights, gradients);
    for (int layer = attentions.size() - 1; layer >= 0; layer--) {
      Weights.Block block = weights.blocks().get(layer);
      Weights.Block into = gradients.blocks().get(layer);
      Matrix middle = stream.get(2 * layer + 1);
      feedForwards.get(layer).backward(block.ffn(), into.ffn(), middle, dStream);
      Matrix x = stream.get(2 * layer);
      attentions.get(layer).backward(block.attention(), into.attention(), x, dStream);
    }
    Embedding.backward(dStream, tokens, gradients.embedding());
  }

  private void head(Weights weights, Weights gradients) {
    space.products.tn(normal, logits, gradients.head(), Into.OVERWRITE);
    space.slices.nt(logits, weights.head(), Into.OVERWRITE).sum(space.dNormal);
    Elementwise.zero(dStream);
    Matrix x = stream.getLast();
    space.norm.backward(
        x, weights.finalNorm(), inverse, space.dNormal, dStream, gradients.finalNorm());
  }
}
