package dev.redoubt.trainer.program;

import static dev.redoubt.trainer.program.Sharding.COLUMNS;
import static dev.redoubt.trainer.program.Sharding.PARTIAL;
import static dev.redoubt.trainer.program.Sharding.REPLICATED;
import static dev.redoubt.trainer.program.Sharding.ROWS;

import dev.redoubt.trainer.kernel.Slices;
import dev.redoubt.trainer.program.Tensor.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds how each value is split over the mesh's model axis, from the annotations on the parameters,
 * and inserts the exchanges between ranks where an operation needs a value otherwise than it is (Xu
 * et al., "GSPMD", 2021).
 *
 * <p>One rule for each operation, in one pass from the first to the last: what the shardings of its
 * inputs make of its output. The result does not depend on the number of ranks: one rank has the
 * same slices, partial sums and order of additions as four, so it has the same bits.
 *
 * <p>A contraction over a split dimension gives a PARTIAL value: {@link Slices#COUNT} slices, which
 * are summed only when somebody needs the sum; so products that continue one sum are exchanged
 * once.
 */
final class Partition {

  private final Graph graph;
  private final List<Operation> operations = new ArrayList<>();
  private final Set<Operation> backwards = new HashSet<>();
  private boolean backward;
  private final Set<String> names = new HashSet<>();
  private final Map<Tensor, Sharding> shardings = new HashMap<>();
  private final Map<Tensor, Map<Sharding, Tensor>> converted = new HashMap<>();

  private Partition(Graph graph) {
    this.graph = graph;
    graph.operations().forEach(operation -> names.add(operation.name()));
  }

  /**
   * Partitions a graph.
   *
   * @throws IllegalArgumentException if an annotation does not suit an operation
   */
  static Partition of(Graph graph) {
    Partition partition = new Partition(graph);
    for (Operation operation : graph.operations()) {
      partition.place(operation);
      partition.backward |= operation instanceof Operation.CrossEntropyLoss;
    }
    return partition;
  }

  /** Whether an operation comes after the loss. */
  boolean isBackward(Operation operation) {
    return backwards.contains(operation);
  }

  /** The operations and the exchanges between them. */
  List<Operation> operations() {
    return List.copyOf(operations);
  }

  /** How a value is split; of a parameter, its annotation. */
  Sharding sharding(Tensor tensor) {
    return switch (tensor.role()) {
      case PARAMETER, GRADIENT -> Sharding.of(tensor.split());
      case INPUT -> REPLICATED;
      case ACTIVATION, STREAMED -> Objects.requireNonNull(shardings.get(tensor), tensor.name());
    };
  }

  private void place(Operation operation) {
    switch (operation) {
      case Operation.Embed embed -> {
        checkNot(ROWS, embed, embed.table());
        emit(embed, sharding(embed.table()));
      }
      case Operation.EmbedGradient embed -> embedGradient(embed);
      case Operation.Product product -> product(product);
      case Operation.Norm norm -> norm(norm);
      case Operation.NormGradient norm -> normGradient(norm);
      case Operation.Rotate rotate -> rotate(rotate);
      case Operation.Scores scores -> scores(scores);
      case Operation.Shares shares -> emit(shares, sharding(shares.scores()));
      case Operation.SharesGradient shares -> emit(shares, sharding(shares.shares()));
      case Operation.Mix mix -> mix(mix);
      case Operation.Spread spread -> spread(spread);
      case Operation.Gated gated -> gated(gated);
      case Operation.GatedGradient gated -> gatedGradient(gated);
      case Operation.Add add -> add(add);
      case Operation.Copy copy -> copy(copy);
      case Operation.PickRow pick -> pickRow(pick);
      case Operation.CrossEntropyLoss loss -> {
        Tensor logits = as(loss.logits(), REPLICATED);
        emit(new Operation.CrossEntropyLoss(loss.name(), logits, loss.dLogits()), REPLICATED);
      }
      case Operation.Exchange exchange ->
          throw new IllegalArgumentException(exchange.name() + " is for the partition to insert");
    }
  }

  private void embedGradient(Operation.EmbedGradient embed) {
    Sharding wanted = wanted(embed.dTable());
    Tensor dOut = as(embed.dOut(), wanted);
    emit(new Operation.EmbedGradient(embed.name(), dOut, embed.dTable()), wanted);
  }

  private void norm(Operation.Norm norm) {
    checkWhole(norm, norm.gain());
    Tensor x = as(norm.x(), REPLICATED);
    emit(new Operation.Norm(norm.name(), x, norm.gain(), norm.y(), norm.inverse()), REPLICATED);
  }

  private void normGradient(Operation.NormGradient norm) {
    Tensor x = as(norm.x(), REPLICATED);
    Tensor dy = as(norm.dy(), REPLICATED);
    Tensor base = norm.base() == null ? null : as(norm.base(), REPLICATED);
    emit(
        new Operation.NormGradient(
            norm.name(), x, norm.gain(), norm.inverse(), dy, base, norm.dx(), norm.dGain()),
        REPLICATED);
  }

  /** Heads turn by themselves, so a rank that has whole heads can turn them. */
  private void rotate(Operation.Rotate rotate) {
    boolean whole = wholeHeads(rotate.x()) && sharding(rotate.x()) == COLUMNS;
    Sharding to = whole ? COLUMNS : REPLICATED;
    Tensor x = as(rotate.x(), to);
    emit(new Operation.Rotate(rotate.name(), x, rotate.back(), rotate.out()), to);
  }

  private void scores(Operation.Scores scores) {
    boolean whole = wholeHeads(scores.rows()) && sharding(scores.rows()) == COLUMNS;
    Sharding to = whole ? COLUMNS : REPLICATED;
    Tensor rows = as(scores.rows(), to);
    Tensor keys = as(scores.keys(), REPLICATED);
    emit(new Operation.Scores(scores.name(), rows, keys, scores.out()), to);
  }

  private void mix(Operation.Mix mix) {
    Tensor values = as(mix.values(), REPLICATED);
    Sharding to = sharding(mix.shares());
    emit(new Operation.Mix(mix.name(), mix.shares(), values, mix.out()), to);
  }

  /** A sum over heads: over slices of them where they are split. */
  private void spread(Operation.Spread spread) {
    Sharding heads = sharding(spread.shares());
    Tensor rows = as(spread.rows(), heads);
    sum(
        heads == COLUMNS ? PARTIAL : REPLICATED,
        spread.name(),
        spread.base(),
        spread.out(),
        (base, out) -> new Operation.Spread(spread.name(), spread.shares(), rows, base, out));
  }

  private void product(Operation.Product product) {
    switch (product.form()) {
      case NN -> forward(product);
      case NT -> backward(product);
      case TN -> weightGradient(product);
    }
  }

  private void forward(Operation.Product product) {
    boolean contracted = sharding(product.right()) == ROWS;
    Tensor left = as(product.left(), contracted ? COLUMNS : REPLICATED);
    Sharding to =
        switch (sharding(product.right())) {
          case ROWS -> PARTIAL;
          case COLUMNS -> COLUMNS;
          case REPLICATED -> REPLICATED;
          case PARTIAL -> throw unsuitable(product, product.right());
        };
    product(product, left, product.right(), to);
  }

  /** The weight transposed: its columns are contracted, its rows are the result's columns. */
  private void backward(Operation.Product product) {
    boolean contracted = sharding(product.right()) == COLUMNS;
    Tensor left = as(product.left(), contracted ? COLUMNS : REPLICATED);
    Sharding to =
        switch (sharding(product.right())) {
          case ROWS -> COLUMNS;
          case COLUMNS -> PARTIAL;
          case REPLICATED -> REPLICATED;
          case PARTIAL -> throw unsuitable(product, product.right());
        };
    product(product, left, product.right(), to);
  }

  private void weightGradient(Operation.Product product) {
    Sharding to = wanted(product.out());
    Tensor left = as(product.left(), to == ROWS ? COLUMNS : REPLICATED);
    Tensor right = as(product.right(), to == COLUMNS ? COLUMNS : REPLICATED);
    product(product, left, right, to);
  }

  private void product(Operation.Product product, Tensor left, Tensor right, Sharding to) {
    sum(
        to,
        product.name(),
        product.base(),
        product.out(),
        (base, out) ->
            new Operation.Product(product.name(), product.form(), left, right, base, out));
  }

  private void gated(Operation.Gated gated) {
    Sharding to = either(gated.gate(), gated.up());
    emit(
        new Operation.Gated(gated.name(), as(gated.gate(), to), as(gated.up(), to), gated.out()),
        to);
  }

  private void gatedGradient(Operation.GatedGradient gated) {
    Sharding to = either(gated.gate(), gated.up());
    emit(
        new Operation.GatedGradient(
            gated.name(),
            as(gated.gate(), to),
            as(gated.up(), to),
            as(gated.dOut(), to),
            gated.dGate(),
            gated.dUp()),
        to);
  }

  /** A partial sum that is added at once is added to the base as it arrives. */
  private void add(Operation.Add add) {
    boolean whole = wanted(add.out()) == REPLICATED;
    if (whole && (isPartial(add.other()) || isPartial(add.base()))) {
      Tensor partial = isPartial(add.other()) ? add.other() : add.base();
      Tensor base = isPartial(add.other()) ? add.base() : add.other();
      Tensor replicated = as(base, REPLICATED);
      emit(new Operation.AllReduce(add.name(), partial, replicated, add.out()), REPLICATED);
      return;
    }
    boolean split = sharding(add.base()) == COLUMNS && sharding(add.other()) == COLUMNS;
    Sharding to = add.out().is(Role.GRADIENT) ? wanted(add.out()) : split ? COLUMNS : REPLICATED;
    Tensor base = as(add.base(), to);
    emit(new Operation.Add(add.name(), base, as(add.other(), to), add.out()), to);
  }

  private boolean isPartial(Tensor tensor) {
    return sharding(tensor) == PARTIAL;
  }

  private void copy(Operation.Copy copy) {
    Sharding to = copy.out().is(Role.GRADIENT) ? wanted(copy.out()) : REPLICATED;
    emit(new Operation.Copy(copy.name(), as(copy.x(), to), copy.out()), to);
  }

  private void pickRow(Operation.PickRow pick) {
    Tensor x = as(pick.x(), REPLICATED);
    emit(new Operation.PickRow(pick.name(), x, pick.out()), REPLICATED);
  }

  private interface Maker {
    Operation of(@Nullable Tensor base, Tensor out);
  }

  /**
   * An operation that continues a sum can do so if the sum is sharded as its own contribution; if
   * not, it begins anew and the two are added.
   */
  private void sum(Sharding own, String name, @Nullable Tensor base, Tensor out, Maker maker) {
    if (base == null || sharding(base) == own) {
      emit(maker.of(base, out), own);
      return;
    }
    Tensor fresh = graph.activation(out.name(), out.rows(), out.columns());
    emit(maker.of(null, fresh), own);
    add(new Operation.Add(name + ".sum", base, fresh, out));
  }

  /** The annotation of the parameter whose gradient it is; other values are summed whole. */
  private static Sharding wanted(Tensor gradient) {
    return Sharding.of(gradient.split());
  }

  private Sharding either(Tensor a, Tensor b) {
    return sharding(a) == COLUMNS || sharding(b) == COLUMNS ? COLUMNS : REPLICATED;
  }

  private boolean wholeHeads(Tensor heads) {
    return heads.columns() / graph.headSize() % Slices.COUNT == 0;
  }

  /** A value as an operation needs it: itself, or what an exchange makes of it, once. */
  private Tensor as(Tensor tensor, Sharding wanted) {
    Sharding is = sharding(tensor);
    if (is == wanted) {
      return tensor;
    }
    Map<Sharding, Tensor> known = converted.computeIfAbsent(tensor, _ -> new HashMap<>());
    Tensor there = known.get(wanted);
    if (there == null) {
      there = graph.activation(tensor.name(), tensor.rows(), tensor.columns());
      known.put(wanted, there);
      emit(exchange(tensor, is, wanted, there), wanted);
    }
    return there;
  }

  /** Sums in progress share a name, so an exchange of a second one is numbered. */
  private String free(String name) {
    String free = name;
    for (int number = 2; !names.add(free); number++) {
      free = name + "." + number;
    }
    return free;
  }

  private Operation exchange(Tensor x, Sharding is, Sharding wanted, Tensor out) {
    String name = x.name();
    if (is == PARTIAL && wanted == REPLICATED) {
      return new Operation.AllReduce(free(name + ".sum"), x, null, out);
    }
    if (is == PARTIAL && wanted == COLUMNS) {
      return new Operation.ReduceScatter(free(name + ".sum"), x, out);
    }
    if (is == COLUMNS && wanted == REPLICATED) {
      return new Operation.AllGather(free(name + ".whole"), x, out);
    }
    if (is == REPLICATED && wanted == COLUMNS) {
      return new Operation.OwnColumns(free(name + ".own"), x, out);
    }
    throw new IllegalArgumentException(name + " is " + is + " and cannot become " + wanted);
  }

  private void emit(Operation operation, Sharding sharding) {
    for (Tensor out : operation.outputs()) {
      if (!out.is(Role.GRADIENT)) {
        shardings.put(out, sharding);
      } else if (wanted(out) != sharding) {
        throw unsuitable(operation, out);
      }
    }
    operations.add(operation);
    if (backward) {
      backwards.add(operation);
    }
  }

  private void checkWhole(Operation operation, Tensor parameter) {
    if (sharding(parameter) != REPLICATED) {
      throw unsuitable(operation, parameter);
    }
  }

  private void checkNot(Sharding sharding, Operation operation, Tensor parameter) {
    if (sharding(parameter) == sharding) {
      throw unsuitable(operation, parameter);
    }
  }

  private static IllegalArgumentException unsuitable(Operation operation, Tensor tensor) {
    return new IllegalArgumentException(
        operation.name() + " cannot work with " + tensor + " split by " + tensor.split());
  }
}
