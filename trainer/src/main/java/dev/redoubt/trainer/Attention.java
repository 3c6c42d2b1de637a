package dev.redoubt.trainer;

import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Slices;

/**
 * Causal multi-query attention of one block, with its norm and residual: all query heads read one
 * key and value head (Shazeer, "Fast Transformer Decoding", 2019).
 *
 * <p>As the heads share keys, the queries of a sequence are seen as (positions * heads) rows of one
 * head's size, and a product serves all heads. Queries go in blocks of {@value #QUERIES} positions,
 * so that most of the future is not computed only to be masked.
 */
final class Attention {

  private static final int QUERIES = 64;

  /** Gradients that live only within one backward pass, shared by all blocks. */
  static final class Scratch {
    final Matrix dQuery;
    final Matrix dOut;
    final Matrix dKey;
    final Matrix dValue;
    final Matrix dScores;
    final Slices keySlices;

    Scratch(Workspace space) {
      ModelConfig model = space.model;
      dQuery = space.perToken(model.queryWidth());
      dOut = space.perToken(model.queryWidth());
      dKey = space.perToken(model.headSize());
      dValue = space.perToken(model.headSize());
      int length = space.sequenceLength;
      dScores = Matrix.allocate(space.arena, length * model.heads(), length);
      keySlices = new Slices(space.products, space.arena, length, model.headSize());
    }
  }

  private final Workspace space;
  private final Scratch scratch;
  private final int heads;
  private final float scale;
  private final Matrix normal;
  private final Matrix inverse;
  private final Matrix query;
  private final Matrix key;
  private final Matrix value;
  private final Matrix out;

  /** Attention weights: (sequences * positions * heads) x positions. */
  private final Matrix shares;

  Attention(Workspace space, Scratch scratch) {
    this.space = space;
    this.scratch = scratch;
    ModelConfig model = space.model;
    heads = model.heads();
    scale = (float) (1 / Math.sqrt(model.headSize()));
    normal = space.perToken(model.width());
    inverse = space.perToken(1);
    query = space.perToken(model.queryWidth());
    key = space.perToken(model.headSize());
    value = space.perToken(model.headSize());
    out = space.perToken(model.queryWidth());
    shares = Matrix.allocate(space.arena, space.tokens() * heads, space.sequenceLength);
  }

  /** Writes y; both are tokens x width. */
  void forward(Weights.Attention weights, Matrix x, Matrix y) {
    space.norm.forward(x, weights.norm(), normal, inverse);
    space.products.nn(normal, weights.query(), query, Into.OVERWRITE);
    space.products.nn(normal, weights.key(), key, Into.OVERWRITE);
    space.products.nn(normal, weights.value(), value, Into.OVERWRITE);
    space.rotary.forward(query, space.sequenceLength);
    space.rotary.forward(key, space.sequenceLength);
    for (int sequence = 0; sequence < space.batchSize; sequence++) {
      for (int from = 0; from < space.sequenceLength; from += QUERIES) {
        attend(sequence, from, Math.min(QUERIES, space.sequenceLength - from));
      }
    }
    space.slices.nn(out, weights.output(), Into.OVERWRITE).addTo(x, y);
  }

  private void attend(int sequence, int from, int count) {
    int keys = from + count;
    Matrix p = heads(shares(sequence), from, count).columns(0, keys);
    space.products.nt(
        heads(byHead(query, sequence), from, count), keys(key, sequence, keys), p, Into.OVERWRITE);
    space.softmax.causal(p, heads, from, scale);
    space.products.nn(
        p, keys(value, sequence, keys), heads(byHead(out, sequence), from, count), Into.OVERWRITE);
  }

  /**
   * Turns the gradient of y into that of x, in place, and overwrites the weights' gradients.
   *
   * @param x the input of {@link #forward}
   * @param dx the gradient of y; becomes that of x
   */
  void backward(Weights.Attention weights, Weights.Attention gradients, Matrix x, Matrix dx) {
    space.products.tn(out, dx, gradients.output(), Into.OVERWRITE);
    space.products.nt(dx, weights.output(), scratch.dOut, Into.OVERWRITE);
    for (int sequence = 0; sequence < space.batchSize; sequence++) {
      for (int from = 0; from < space.sequenceLength; from += QUERIES) {
        scores(sequence, from, Math.min(QUERIES, space.sequenceLength - from));
      }
      keysAndValues(sequence);
    }
    space.rotary.backward(scratch.dQuery, space.sequenceLength);
    space.rotary.backward(scratch.dKey, space.sequenceLength);
    projections(weights, gradients);
    space.norm.backward(x, weights.norm(), inverse, space.dNormal, dx, gradients.norm());
  }

  /** The gradients of the scores and of the queries, for a block of positions. */
  private void scores(int sequence, int from, int count) {
    int keys = from + count;
    Matrix p = heads(shares(sequence), from, count).columns(0, keys);
    Matrix ds = heads(scratch.dScores, from, count).columns(0, keys);
    Matrix dOut = heads(byHead(scratch.dOut, sequence), from, count);
    space.products.nt(dOut, keys(value, sequence, keys), ds, Into.OVERWRITE);
    space.softmax.causalBackward(p, ds, heads, from, scale);
    Matrix dQuery = heads(byHead(scratch.dQuery, sequence), from, count);
    space.products.nn(ds, keys(key, sequence, keys), dQuery, Into.OVERWRITE);
  }

  private void keysAndValues(int sequence) {
    overHeads(scratch.dScores, byHead(query, sequence), space.sequence(scratch.dKey, sequence));
    overHeads(
        shares(sequence), byHead(scratch.dOut, sequence), space.sequence(scratch.dValue, sequence));
  }

  /**
   * The sum over heads and positions, as slices of heads: within a slice head by head, within a
   * head in order of positions. What a row does not see is beyond the diagonal and left out.
   */
  private void overHeads(Matrix weights, Matrix rows, Matrix into) {
    int perSlice = heads / Slices.COUNT;
    for (int head = 0; head < heads; head++) {
      Matrix partial = scratch.keySlices.partial(head / perSlice);
      Into start = head % perSlice == 0 ? Into.OVERWRITE : Into.CONTINUE;
      Matrix left = weights.everyRow(heads, head);
      Matrix right = rows.everyRow(heads, head);
      for (int from = 0; from < space.sequenceLength; from += QUERIES) {
        int count = Math.min(QUERIES, space.sequenceLength - from);
        int later = space.sequenceLength - from;
        space.products.tn(
            left.rows(from, later).columns(from, count),
            right.rows(from, later),
            partial.rows(from, count),
            start);
      }
    }
    scratch.keySlices.sum(into);
  }

  private void projections(Weights.Attention weights, Weights.Attention gradients) {
    space.products.tn(normal, scratch.dQuery, gradients.query(), Into.OVERWRITE);
    space.products.tn(normal, scratch.dKey, gradients.key(), Into.OVERWRITE);
    space.products.tn(normal, scratch.dValue, gradients.value(), Into.OVERWRITE);
    space
        .slices
        .nt(scratch.dQuery, weights.query(), Into.OVERWRITE)
        .nt(scratch.dKey, weights.key(), Into.CONTINUE)
        .nt(scratch.dValue, weights.value(), Into.CONTINUE)
        .sum(space.dNormal);
  }

  /** A sequence's rows as (positions * heads) x headSize. */
  private Matrix byHead(Matrix perToken, int sequence) {
    return space
        .sequence(perToken, sequence)
        .reshape(space.sequenceLength * heads, space.model.headSize());
  }

  private Matrix shares(int sequence) {
    int rows = space.sequenceLength * heads;
    return shares.rows(sequence * rows, rows);
  }

  /** The rows of all heads for some positions. */
  private Matrix heads(Matrix byHead, int from, int count) {
    return byHead.rows(from * heads, count * heads);
  }

  private Matrix keys(Matrix perToken, int sequence, int count) {
    return space.sequence(perToken, sequence).rows(0, count);
  }
}
