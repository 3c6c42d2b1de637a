package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Slices;
import dev.redoubt.trainer.program.Operation.Form;
import dev.redoubt.trainer.program.Tensor.Role;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model as named operations over named matrices, built in the order of the forward pass.
 *
 * <p>Shapes are those of the whole model; how a mesh splits it follows from the annotations on the
 * parameters. Every method gives the value that its operation makes, which bears the operation's
 * name.
 */
public final class Graph {

  private final int sequences;
  private final int sequenceLength;
  private final int headSize;
  private final List<Tensor> tensors = new ArrayList<>();
  private final List<Operation> operations = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private @Nullable Tensor result;

  /**
   * An empty graph for some sequences of tokens.
   *
   * @param headSize floats in a head of attention
   */
  public Graph(int sequences, int sequenceLength, int headSize) {
    this.sequences = sequences;
    this.sequenceLength = sequenceLength;
    this.headSize = headSize;
  }

  /** A weight of the model state, with the annotation that says how a mesh splits it. */
  public Tensor parameter(String name, int rows, int columns, Split split) {
    return tensor(name, Role.PARAMETER, rows, columns, split);
  }

  /** A matrix with a row for each token, filled before the program runs. */
  public Tensor input(String name, int columns) {
    return tensor(name, Role.INPUT, tokens(), columns, Split.NONE);
  }

  /** The table's rows by the tokens; a row without a token is zero. */
  public Tensor embed(String name, Tensor table) {
    Tensor out = activation(name, tokens(), table.columns());
    add(new Operation.Embed(name, table, out));
    return out;
  }

  /** {@code x weight}. */
  public Tensor product(String name, Tensor x, Tensor weight) {
    check(name, x.columns() == weight.rows(), x, weight);
    Tensor out = activation(name, x.rows(), weight.columns());
    add(new Operation.Product(name, Form.NN, x, weight, null, out));
    return out;
  }

  /** {@code base + x weight}. */
  public Tensor product(String name, Tensor x, Tensor weight, Tensor base) {
    check(name, x.columns() == weight.rows() && sameShape(base, x.rows(), weight), x, weight);
    Tensor out = activation(name, x.rows(), weight.columns());
    add(new Operation.Product(name, Form.NN, x, weight, base, out));
    return out;
  }

  /** The rows of x, each divided by its root mean square, times the gain. */
  public Tensor norm(String name, Tensor x, Tensor gain) {
    check(name, gain.rows() == 1 && gain.columns() == x.columns(), x, gain);
    Tensor out = activation(name, x.rows(), x.columns());
    Tensor inverse = activation(name + ".inverse", x.rows(), 1);
    add(new Operation.Norm(name, x, gain, out, inverse));
    return out;
  }

  /** Every head of x turned by its position. */
  public Tensor rotate(String name, Tensor x) {
    check(name, x.columns() % headSize == 0 && headSize % 2 == 0, x, x);
    Tensor out = activation(name, x.rows(), x.columns());
    add(new Operation.Rotate(name, x, false, out));
    return out;
  }

  /**
   * What each query has in common with each key up to its own position.
   *
   * @param queries tokens x (heads * headSize)
   * @param keys tokens x headSize: one for all heads
   */
  public Tensor scores(String name, Tensor queries, Tensor keys) {
    check(name, keys.columns() == headSize && queries.columns() % headSize == 0, queries, keys);
    int columns = queries.columns() / headSize * sequenceLength;
    Tensor out = tensor(name, Role.STREAMED, queries.rows(), columns, Split.NONE);
    add(new Operation.Scores(name, queries, keys, out));
    return out;
  }

  /** Causal softmax of the scores over the root of the head's size. */
  public Tensor shares(String name, Tensor scores) {
    check(name, scores.is(Role.STREAMED), scores, scores);
    Tensor out = tensor(name, Role.STREAMED, scores.rows(), scores.columns(), Split.NONE);
    add(new Operation.Shares(name, scores, out));
    return out;
  }

  /**
   * The values that each query's head sees, weighted by its shares; tokens x (heads * headSize).
   */
  public Tensor mix(String name, Tensor shares, Tensor values) {
    check(name, shares.is(Role.STREAMED) && values.columns() == headSize, shares, values);
    int heads = shares.columns() / sequenceLength;
    Tensor out = activation(name, shares.rows(), heads * headSize);
    add(new Operation.Mix(name, shares, values, out));
    return out;
  }

  /** {@code silu(gate) * up}. */
  public Tensor gated(String name, Tensor gate, Tensor up) {
    check(name, sameShape(gate, up), gate, up);
    Tensor out = activation(name, gate.rows(), gate.columns());
    add(new Operation.Gated(name, gate, up, out));
    return out;
  }

  /** {@code base + other}. */
  public Tensor add(String name, Tensor base, Tensor other) {
    check(name, sameShape(base, other), base, other);
    Tensor out = activation(name, base.rows(), base.columns());
    add(new Operation.Add(name, base, other, out));
    return out;
  }

  /** One row of x, chosen when the program runs. */
  public Tensor pickRow(String name, Tensor x) {
    Tensor out = activation(name, 1, x.columns());
    add(new Operation.PickRow(name, x, out));
    return out;
  }

  /**
   * The mean loss over the rows that have a target, in nats; where gradients begin.
   *
   * @throws IllegalArgumentException if the vocabulary cannot be summed in slices
   */
  public void crossEntropy(String name, Tensor logits) {
    check(name, logits.columns() % Slices.COUNT == 0, logits, logits);
    Tensor out = activation(name, logits.rows(), logits.columns());
    add(new Operation.CrossEntropyLoss(name, logits, out));
  }

  /** What the program is asked for, whole on every rank and still there after it has run. */
  public void result(String name, Tensor x) {
    Tensor out = activation(name, x.rows(), x.columns());
    add(new Operation.Copy(name, x, out));
    result = out;
  }

  @Nullable Tensor result() {
    return result;
  }

  int sequences() {
    return sequences;
  }

  int sequenceLength() {
    return sequenceLength;
  }

  int headSize() {
    return headSize;
  }

  int tokens() {
    return Math.multiplyExact(sequences, sequenceLength);
  }

  List<Operation> operations() {
    return List.copyOf(operations);
  }

  /** The parameters in the order in which they were added. */
  List<Tensor> parameters() {
    return tensors.stream().filter(tensor -> tensor.is(Role.PARAMETER)).toList();
  }

  Tensor activation(String name, int rows, int columns) {
    return tensor(name, Role.ACTIVATION, rows, columns, Split.NONE);
  }

  Tensor tensor(String name, Role role, int rows, int columns, Split split) {
    Tensor tensor = new Tensor(tensors.size(), name, role, rows, columns, split);
    tensors.add(tensor);
    return tensor;
  }

  void add(Operation operation) {
    if (!names.add(operation.name())) {
      throw new IllegalArgumentException("two operations are called " + operation.name());
    }
    operations.add(operation);
  }

  private static boolean sameShape(Tensor a, Tensor b) {
    return a.rows() == b.rows() && a.columns() == b.columns();
  }

  private static boolean sameShape(Tensor base, int rows, Tensor weight) {
    return base.rows() == rows && base.columns() == weight.columns();
  }

  private static void check(String name, boolean fits, Tensor a, Tensor b) {
    if (!fits) {
      throw new IllegalArgumentException(name + " does not fit " + a + " and " + b);
    }
  }
}
