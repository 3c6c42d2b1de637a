package dev.redoubt.trainer.program;

import dev.redoubt.trainer.program.Operation.Form;
import dev.redoubt.trainer.program.Tensor.Role;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Appends the backward pass to a graph: reverse-mode differentiation, one rule for each operation
 * (the vector-Jacobian product: from the gradient of what it made to those of what it read).
 *
 * <p>Operations are visited from the last to the first, so contributions to one value come in a
 * fixed order: the first makes its gradient, the later ones continue the sum. Streamed values are
 * not kept for the backward pass: the operations that make them are repeated, named {@code .again},
 * which trades arithmetic for memory (Chen et al., "Training Deep Nets with Sublinear Memory Cost",
 * 2016; for attention Dao et al., "FlashAttention", 2022).
 */
final class Gradients {

  /** Makes an operation that continues a sum, or begins it where there is none. */
  private interface Contribution {
    Operation of(@Nullable Tensor sum, Tensor out);
  }

  private final Graph graph;
  private final Map<Tensor, Tensor> gradients = new HashMap<>();
  private final Map<Tensor, Tensor> repeated = new HashMap<>();
  private final Map<Tensor, Operation> makers = new HashMap<>();
  private final Set<Tensor> trained = new HashSet<>();
  private final Set<Tensor> claimed = new HashSet<>();

  private Gradients(Graph graph) {
    this.graph = graph;
  }

  /**
   * Appends the gradients of all parameters.
   *
   * @throws IllegalArgumentException if the graph has no loss, or a parameter has no part in it
   */
  static void append(Graph graph) {
    new Gradients(graph).append();
  }

  private void append() {
    List<Operation> forward = graph.operations();
    trained.addAll(graph.parameters());
    for (Operation operation : forward) {
      operation.outputs().forEach(out -> makers.put(out, operation));
      if (operation.inputs().stream().anyMatch(trained::contains)) {
        trained.addAll(operation.outputs());
      }
    }
    for (Operation operation : forward.reversed()) {
      differentiate(operation);
    }
    for (Tensor parameter : graph.parameters()) {
      if (!gradients.containsKey(parameter)) {
        throw new IllegalArgumentException("the loss does not depend on " + parameter.name());
      }
    }
  }

  private void differentiate(Operation operation) {
    if (operation instanceof Operation.CrossEntropyLoss loss) {
      gradients.put(loss.logits(), loss.dLogits());
      return;
    }
    Tensor d = gradients.get(operation.outputs().getFirst());
    if (d == null) {
      return;
    }
    switch (operation) {
      case Operation.Embed embed -> embed(embed, d);
      case Operation.Product product -> product(product, d);
      case Operation.Norm norm -> norm(norm, d);
      case Operation.Rotate rotate -> rotate(rotate, d);
      case Operation.Scores scores -> scores(scores, d);
      case Operation.Shares shares -> shares(shares, d);
      case Operation.Mix mix -> mix(mix, d);
      case Operation.Gated gated -> gated(gated, d);
      case Operation.Add add -> {
        same(add.base(), add.name() + ".gradient.base", d);
        same(add.other(), add.name() + ".gradient.other", d);
      }
      case Operation.Copy copy -> same(copy.x(), copy.name() + ".gradient", d);
      case Operation.EmbedGradient _,
          Operation.NormGradient _,
          Operation.SharesGradient _,
          Operation.Spread _,
          Operation.GatedGradient _,
          Operation.PickRow _,
          Operation.CrossEntropyLoss _,
          Operation.Exchange _ ->
          throw new IllegalArgumentException(operation.name() + " has no gradient");
    }
  }

  private void embed(Operation.Embed embed, Tensor d) {
    String name = embed.name() + ".gradient";
    Tensor dTable = room(embed.table());
    graph.add(new Operation.EmbedGradient(name, d, dTable));
    settle(embed.table(), name, dTable);
  }

  private void product(Operation.Product product, Tensor d) {
    if (product.form() != Form.NN) {
      throw new IllegalArgumentException(product.name() + " is not of the forward pass");
    }
    Tensor base = product.base();
    if (base != null) {
      same(base, product.name() + ".gradient.base", d);
    }
    String weight = product.name() + ".gradient.weight";
    Tensor x = product.left();
    Tensor w = product.right();
    contribute(w, (sum, out) -> new Operation.Product(weight, Form.TN, x, d, sum, out));
    String input = product.name() + ".gradient.input";
    contribute(x, (sum, out) -> new Operation.Product(input, Form.NT, d, w, sum, out));
  }

  private void norm(Operation.Norm norm, Tensor d) {
    String name = norm.name() + ".gradient";
    Tensor dGain = room(norm.gain());
    Tensor sum = gradients.get(norm.x());
    Tensor dx = room(norm.x(), true);
    graph.add(
        new Operation.NormGradient(name, norm.x(), norm.gain(), norm.inverse(), d, sum, dx, dGain));
    gradients.put(norm.x(), dx);
    settle(norm.gain(), name + ".gain", dGain);
  }

  private void rotate(Operation.Rotate rotate, Tensor d) {
    String name = rotate.name() + ".gradient";
    Tensor dx = room(rotate.x());
    graph.add(new Operation.Rotate(name, d, !rotate.back(), dx));
    settle(rotate.x(), name, dx);
  }

  /** What reads streamed values comes first, so that it stays together in {@link Streams}. */
  private void scores(Operation.Scores scores, Tensor d) {
    String name = scores.name() + ".gradient.query";
    Tensor dRows = room(scores.rows());
    graph.add(new Operation.Mix(name, d, scores.keys(), dRows));
    String keys = scores.name() + ".gradient.key";
    contribute(scores.keys(), (sum, out) -> new Operation.Spread(keys, d, scores.rows(), sum, out));
    settle(scores.rows(), name, dRows);
  }

  private void shares(Operation.Shares shares, Tensor d) {
    String name = shares.name() + ".gradient";
    Tensor dScores = room(shares.scores());
    graph.add(new Operation.SharesGradient(name, again(shares.out()), d, dScores));
    settle(shares.scores(), name, dScores);
  }

  private void mix(Operation.Mix mix, Tensor d) {
    Tensor repeat = again(mix.shares());
    String name = mix.name() + ".gradient.shares";
    Tensor dShares = room(mix.shares());
    graph.add(new Operation.Scores(name, d, mix.values(), dShares));
    settle(mix.shares(), name, dShares);
    String values = mix.name() + ".gradient.value";
    contribute(mix.values(), (sum, out) -> new Operation.Spread(values, repeat, d, sum, out));
  }

  private void gated(Operation.Gated gated, Tensor d) {
    String name = gated.name() + ".gradient";
    Tensor dGate = room(gated.gate());
    Tensor dUp = room(gated.up());
    graph.add(new Operation.GatedGradient(name, gated.gate(), gated.up(), d, dGate, dUp));
    settle(gated.gate(), name + ".gate", dGate);
    settle(gated.up(), name + ".up", dUp);
  }

  /** A contribution that is the gradient of the output itself: nothing is computed or copied. */
  private void same(Tensor of, String name, Tensor d) {
    if (of.is(Role.PARAMETER)) {
      Tensor copy = room(of);
      graph.add(new Operation.Copy(name, d, copy));
      settle(of, name, copy);
    } else {
      settle(of, name, d);
    }
  }

  /** A contribution that continues the sum in one chain of roundings. */
  private void contribute(Tensor to, Contribution contribution) {
    if (trained.contains(to)) {
      Tensor sum = gradients.get(to);
      Tensor out = room(to, true);
      graph.add(contribution.of(sum, out));
      gradients.put(to, out);
    }
  }

  /** Room for a contribution that cannot continue a sum: the gradient itself if it is the first. */
  private Tensor room(Tensor of) {
    return room(of, !gradients.containsKey(of) && claimed.add(of));
  }

  private Tensor room(Tensor of, boolean isGradient) {
    Role role = of.role() == Role.STREAMED ? Role.STREAMED : Role.ACTIVATION;
    if (of.is(Role.PARAMETER) && isGradient) {
      return graph.tensor(of.name(), Role.GRADIENT, of.rows(), of.columns(), of.split());
    }
    return graph.tensor(of.name() + ".gradient", role, of.rows(), of.columns(), Split.NONE);
  }

  /** Takes a contribution as the gradient, or adds it to that. */
  private void settle(Tensor of, String name, Tensor contribution) {
    Tensor sum = gradients.get(of);
    if (!trained.contains(of)) {
      return;
    }
    if (sum == null) {
      gradients.put(of, contribution);
      return;
    }
    Tensor out = room(of, true);
    graph.add(new Operation.Add(name + ".sum", sum, contribution, out));
    gradients.put(of, out);
  }

  /** The value itself, or, if it is streamed, what the same operations make of it again. */
  private Tensor again(Tensor tensor) {
    if (!tensor.is(Role.STREAMED)) {
      return tensor;
    }
    Tensor repeat = repeated.get(tensor);
    if (repeat == null) {
      repeat =
          graph.tensor(
              tensor.name() + ".again", Role.STREAMED, tensor.rows(), tensor.columns(), Split.NONE);
      repeated.put(tensor, repeat);
      graph.add(repeat(Objects.requireNonNull(makers.get(tensor)), repeat));
    }
    return repeat;
  }

  private Operation repeat(Operation maker, Tensor out) {
    String name = maker.name() + ".again";
    return switch (maker) {
      case Operation.Scores scores -> new Operation.Scores(name, scores.rows(), scores.keys(), out);
      case Operation.Shares shares -> new Operation.Shares(name, again(shares.scores()), out);
      default -> throw new IllegalArgumentException(maker.name() + " makes nothing streamed");
    };
  }
}
