package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Base;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Pairs;
import dev.redoubt.trainer.kernel.Slices;
import dev.redoubt.trainer.program.Instruction.Kind;
import dev.redoubt.trainer.program.Region.Entry;
import dev.redoubt.trainer.program.Tensor.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One rank's part of every tensor in memory, and until when somebody reads it. */
final class Values {

  private final Graph graph;
  private final Partition partition;
  private final Region region;
  private final Shard shard;
  private final Base parameters;
  private final Base gradients;
  private final List<Operation> operations;
  private final Map<Tensor, Value> values = new HashMap<>();
  private final Map<String, Value> byParameter = new LinkedHashMap<>();
  private final Map<String, Value> gradientsByParameter = new LinkedHashMap<>();
  private final Map<Tensor, Tensor> roots = new HashMap<>();
  private final Map<Tensor, Integer> lastReads = new HashMap<>();

  Values(Graph graph, Partition partition, Region region, Shard shard) {
    this.graph = graph;
    this.partition = partition;
    this.region = region;
    this.shard = shard;
    parameters = new Base(region.floats());
    gradients = new Base(region.floats());
    operations = partition.operations();
    for (int at = 0; at < operations.size(); at++) {
      Operation operation = operations.get(at);
      if (operation instanceof Operation.Exchange exchange && isAlias(exchange)) {
        roots.put(exchange.out(), root(exchange.x()));
      }
      for (Tensor input : operation.inputs()) {
        lastReads.put(root(input), at);
      }
    }
  }

  /** Whether an exchange gives the same memory, or a window of it. */
  boolean isAlias(Operation.Exchange exchange) {
    return switch (exchange) {
      case Operation.OwnColumns _ -> true;
      case Operation.AllGather _ -> shard.isWhole();
      case Operation.AllReduce _, Operation.ReduceScatter _ -> false;
    };
  }

  /** The tensor in whose memory it is seen. */
  private Tensor root(Tensor tensor) {
    return roots.getOrDefault(tensor, tensor);
  }

  Base parameters() {
    return parameters;
  }

  Base gradients() {
    return gradients;
  }

  /** The memory of the inputs by their names. */
  Map<String, Value> inputs() {
    Map<String, Value> inputs = new LinkedHashMap<>();
    values.forEach(
        (tensor, value) -> {
          if (tensor.is(Role.INPUT)) {
            inputs.put(tensor.name(), value);
          }
        });
    return inputs;
  }

  /** A value that an operation before has made. */
  Value of(Tensor tensor) {
    return switch (tensor.role()) {
      case PARAMETER ->
          byParameter.computeIfAbsent(tensor.name(), _ -> inRegion(tensor, parameters));
      case GRADIENT ->
          gradientsByParameter.computeIfAbsent(tensor.name(), _ -> inRegion(tensor, gradients));
      case INPUT -> values.computeIfAbsent(tensor, this::inWorkspace);
      case ACTIVATION, STREAMED ->
          Objects.requireNonNull(values.get(tensor), () -> tensor + " is used before it is made");
    };
  }

  Matrix window(Tensor tensor) {
    return of(tensor).window();
  }

  /** Room for a value; a gradient's is in the caller's memory. */
  Value create(Tensor tensor) {
    if (tensor.is(Role.GRADIENT)) {
      return of(tensor);
    }
    return alias(tensor, inWorkspace(tensor));
  }

  /** From now on the tensor is seen in this memory. */
  Value alias(Tensor tensor, Value value) {
    values.put(tensor, value);
    return value;
  }

  private Value inRegion(Tensor tensor, Base base) {
    Entry entry = region.entry(tensor.name());
    int rows = rows(tensor);
    int columns = columns(tensor);
    if (entry.rows() != rows || entry.columns() != columns) {
      throw new IllegalArgumentException(
          "the layout has %s as %d x %d, the program as %d x %d"
              .formatted(entry.name(), entry.rows(), entry.columns(), rows, columns));
    }
    Storage storage = new Storage(tensor.name(), false, base);
    return Value.of(storage, Matrix.of(base, entry.offset(), rows, columns));
  }

  private Value inWorkspace(Tensor tensor) {
    if (tensor.is(Role.STREAMED)) {
      int tileRows = Math.min(Streams.QUERIES, graph.sequenceLength());
      long floats = (long) tileRows * columns(tensor);
      return new Value(List.of(Storage.workspace(tensor.name(), floats)), List.of());
    }
    int count = isPartial(tensor) ? slices() : 1;
    List<Storage> storages = new ArrayList<>();
    List<Matrix> windows = new ArrayList<>();
    for (int s = 0; s < count; s++) {
      storages.add(Storage.workspace(tensor.name(), (long) rows(tensor) * columns(tensor)));
      windows.add(Matrix.of(storages.get(s).base(), 0, rows(tensor), columns(tensor)));
    }
    return new Value(List.copyOf(storages), List.copyOf(windows));
  }

  /** Rows of the rank's part. */
  int rows(Tensor tensor) {
    return partition.sharding(tensor) == Sharding.ROWS
        ? part(tensor, tensor.rows())
        : tensor.rows();
  }

  /** Columns of the rank's part. */
  int columns(Tensor tensor) {
    return partition.sharding(tensor) == Sharding.COLUMNS
        ? part(tensor, tensor.columns())
        : tensor.columns();
  }

  private int part(Tensor tensor, int whole) {
    if (whole % Slices.COUNT != 0) {
      throw new IllegalArgumentException(
          tensor + " cannot be split: " + whole + " is no multiple of " + Slices.COUNT);
    }
    return whole / shard.count();
  }

  boolean isPartial(Tensor tensor) {
    return partition.sharding(tensor) == Sharding.PARTIAL;
  }

  boolean isSplit(Tensor tensor) {
    return partition.sharding(tensor) == Sharding.COLUMNS;
  }

  /** Slices of a contraction that this rank computes. */
  int slices() {
    return Slices.COUNT / shard.count();
  }

  /** The number of the first of them. */
  int firstSlice() {
    return shard.index() * slices();
  }

  /** Columns of one slice of a split factor. */
  int sliceOf(Tensor factor) {
    return part(factor, factor.columns()) / slices();
  }

  /**
   * Whether an operation may write its output where its input stands: nobody reads the input after
   * it, and it reads it but once.
   */
  boolean mayReplace(Tensor from, Tensor to, int at) {
    if (from.is(Role.GRADIENT)) {
      return to.is(Role.GRADIENT) && to.name().equals(from.name());
    }
    Tensor root = root(from);
    if (to.role() != from.role()
        || root.is(Role.PARAMETER)
        || root.is(Role.INPUT)
        || lastReads.getOrDefault(root, at) != at) {
      return false;
    }
    long reads = operations.get(at).inputs().stream().filter(in -> root(in).equals(root)).count();
    return reads == 1 && of(from).windows().stream().allMatch(Matrix::contiguous);
  }

  /** Whether both are seen in the same memory. */
  boolean sameMemory(Tensor a, Tensor b) {
    return root(a).equals(root(b));
  }

  /** A value without gaps between its rows, copied if it has some. */
  Matrix dense(Unit unit, Tensor tensor) {
    Matrix window = window(tensor);
    if (window.contiguous()) {
      return window;
    }
    Storage scratch =
        unit.scratch(tensor.name() + ".dense", (long) window.rows() * window.columns());
    Matrix copy = Matrix.of(scratch.base(), 0, window.rows(), window.columns());
    unit.emit(unit.name + ".dense", Kind.COPY, copy, _ -> Pairs.copy(window, copy));
    return copy;
  }
}
