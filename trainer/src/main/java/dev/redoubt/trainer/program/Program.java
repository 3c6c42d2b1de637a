package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Base;
import dev.redoubt.trainer.kernel.Elementwise;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.Instruction.Kind;
import dev.redoubt.trainer.program.Lowering.Lowered;
import dev.redoubt.trainer.program.Region.Entry;
import dev.redoubt.trainer.program.Tensor.Role;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One rank's training step, or forward pass, as a static list of instructions over planned memory:
 * compiled once, run for each microbatch.
 *
 * <p>Compiling takes no memory for values, so that a plan can be printed for a model that would not
 * fit. A program belongs to one {@link Executor}, and so to one thread.
 */
public final class Program {

  private final Graph graph;
  private final Shard shard;
  private final Region region;
  private final Partition partition;
  private final Lowered lowered;
  private final List<Unit> order;
  private final BufferPlan buffers;
  private final List<Buckets.Ready> buckets;
  private final List<Instruction> instructions;

  private Program(Graph graph, Region region, Shard shard, boolean train, boolean overlap) {
    this.graph = graph;
    this.shard = shard;
    this.region = region;
    if (train) {
      Gradients.append(graph);
    }
    partition = Partition.of(graph);
    lowered = Lowering.lower(graph, partition, region, shard);
    order = ListSchedule.of(lowered.units(), overlap && !shard.isWhole());
    buffers = BufferPlan.of(order, inputs(), kept());
    buckets = train ? Buckets.of(region, order) : List.of();
    instructions = flat(train);
  }

  /**
   * Compiles a graph that ends in a loss, with the gradients of all its parameters.
   *
   * @param graph of the forward pass; the backward pass is appended to it
   * @param region where the parameters of this rank stand
   * @param overlap whether exchanges between ranks are hidden behind computing; the bits are the
   *     same
   * @throws IllegalArgumentException if graph and layout do not fit together
   */
  public static Program train(Graph graph, Region region, Shard shard, boolean overlap) {
    return new Program(graph, region, shard, true, overlap);
  }

  /** Compiles a graph as it is: for its loss, its result, or both. */
  public static Program evaluate(Graph graph, Region region, Shard shard) {
    return new Program(graph, region, shard, false, true);
  }

  private Set<Storage> inputs() {
    return lowered.values().inputs().values().stream()
        .map(Value::storage)
        .collect(Collectors.toSet());
  }

  private Set<Storage> kept() {
    Tensor result = graph.result();
    return result == null ? Set.of() : Set.of(lowered.values().of(result).storage());
  }

  private List<Instruction> flat(boolean train) {
    List<Instruction> flat = new ArrayList<>();
    if (train) {
      flat.add(gaps());
    }
    tell(flat, -1);
    for (int at = 0; at < order.size(); at++) {
      flat.addAll(order.get(at).instructions);
      tell(flat, at);
    }
    return List.copyOf(flat);
  }

  private void tell(List<Instruction> flat, int at) {
    for (Buckets.Ready ready : buckets) {
      if (ready.after() == at) {
        Bucket bucket = ready.bucket();
        flat.add(
            new Instruction(
                "gradient.bucket",
                Kind.BUCKET,
                Tile.of(bucket.index()),
                List.of(),
                null,
                0,
                machine -> machine.listener.ready(bucket)));
      }
    }
  }

  /** What no parameter covers is zero. */
  private Instruction gaps() {
    Base base = lowered.values().gradients();
    List<Matrix> gaps = new ArrayList<>();
    long end = 0;
    for (Entry entry : region.entries()) {
      gap(gaps, base, end, entry.offset());
      end = entry.end();
    }
    gap(gaps, base, end, region.floats());
    return new Instruction(
        "gradient.gaps", Kind.ZERO, Tile.ALL, gaps, null, 0, _ -> gaps.forEach(Elementwise::zero));
  }

  private static void gap(List<Matrix> gaps, Base base, long from, long to) {
    if (from < to) {
      gaps.add(Matrix.of(base, from, 1, Math.toIntExact(to - from)));
    }
  }

  Graph graph() {
    return graph;
  }

  /** As they run. */
  List<Unit> units() {
    return order;
  }

  /** In the order of the graph, in which they could run as well. */
  List<Unit> unitsOfGraph() {
    return lowered.units();
  }

  Map<Storage, Buffer> places() {
    return buffers.byStorage();
  }

  /** The instructions in the order in which they run. */
  public List<Instruction> instructions() {
    return instructions;
  }

  /** The place of this rank in the mesh's model axis. */
  public Shard shard() {
    return shard;
  }

  /** Bytes of the workspace that an executor needs. */
  public long workspaceBytes() {
    return buffers.bytes();
  }

  /** The values in the workspace; their lives are told by places in {@link #schedule}. */
  public List<Buffer> buffers() {
    return buffers.buffers();
  }

  /** The parts of the gradient in the order in which they become final. */
  public List<Bucket> buckets() {
    return buckets.stream().map(Buckets.Ready::bucket).toList();
  }

  /** After which place in {@link #schedule} a bucket is final. */
  public int readyAfter(Bucket bucket) {
    return buckets.get(bucket.index()).after();
  }

  /** The names of the operations, and of halves of exchanges, in the order in which they run. */
  public List<String> schedule() {
    return order.stream().map(unit -> unit.name).toList();
  }

  /** Before or after the loss. */
  public enum Pass {
    FORWARD,
    BACKWARD
  }

  /**
   * An operation, as a plan shows it.
   *
   * @param name stable
   * @param kind of operation, such as Product
   * @param pass forward or backward
   * @param rows of the whole value that it makes
   * @param columns of the whole value
   * @param sharding what of it each rank has
   * @param bytes of the rank's part; of a streamed value one tile
   * @param flops of this rank
   */
  public record OperationPlan(
      String name,
      String kind,
      Pass pass,
      int rows,
      int columns,
      Sharding sharding,
      long bytes,
      long flops) {}

  /** All operations in the order of the graph. */
  public List<OperationPlan> operations() {
    Map<String, Long> flops = new HashMap<>();
    instructions.forEach(each -> flops.merge(each.name(), each.flops(), Long::sum));
    return partition.operations().stream()
        .map(operation -> plan(operation, flops.getOrDefault(operation.name(), 0L)))
        .toList();
  }

  private OperationPlan plan(Operation operation, long flops) {
    Tensor out = operation.outputs().getFirst();
    Value value = lowered.values().of(out);
    long bytes =
        out.is(Role.STREAMED)
            ? value.storage().bytes()
            : value.windows().stream()
                .mapToLong(window -> (long) window.rows() * window.columns() * Float.BYTES)
                .sum();
    return new OperationPlan(
        operation.name(),
        operation.getClass().getSimpleName(),
        partition.isBackward(operation) ? Pass.BACKWARD : Pass.FORWARD,
        out.rows(),
        out.columns(),
        partition.sharding(out),
        bytes,
        flops);
  }

  /**
   * An exchange and its place in the schedule.
   *
   * @param collective what is exchanged
   * @param startAt place in {@link #schedule} where it is sent
   * @param awaitAt place where it is awaited
   * @param between what runs meanwhile
   * @param flopsBetween how much that is
   */
  public record CollectivePlan(
      Collective collective, int startAt, int awaitAt, List<String> between, long flopsBetween) {

    /** Keeps a copy of the list. */
    public CollectivePlan {
      between = List.copyOf(between);
    }
  }

  /** All exchanges in the order of the graph. */
  public List<CollectivePlan> collectives() {
    return lowered.collectives().stream().map(this::plan).toList();
  }

  private CollectivePlan plan(Collective collective) {
    int start = place(collective, Unit.Part.START);
    int await = place(collective, Unit.Part.FINISH);
    List<Unit> between = order.subList(start + 1, await);
    return new CollectivePlan(
        collective,
        start,
        await,
        between.stream().map(unit -> unit.name).toList(),
        between.stream().mapToLong(unit -> unit.flops).sum());
  }

  private int place(Collective collective, Unit.Part part) {
    return IntStream.range(0, order.size())
        .filter(at -> isHalf(order.get(at), collective, part))
        .findFirst()
        .orElseThrow();
  }

  private static boolean isHalf(Unit unit, Collective collective, Unit.Part part) {
    return unit.part == part && unit.collective().equals(collective);
  }

  /** Floating-point operations of this rank's products in one pass over a microbatch. */
  public long flops(Pass pass) {
    return operations().stream()
        .filter(operation -> operation.pass() == pass)
        .mapToLong(OperationPlan::flops)
        .sum();
  }

  /** The window of an input, to be filled before the program runs. */
  Map<String, Matrix> inputWindows() {
    Map<String, Matrix> windows = new LinkedHashMap<>();
    lowered.values().inputs().forEach((name, value) -> windows.put(name, value.window()));
    return windows;
  }

  @Nullable Matrix resultWindow() {
    Tensor result = graph.result();
    return result == null ? null : lowered.values().window(result);
  }

  /** Tells every value where it stands. */
  void bind(MemorySegment workspace) {
    buffers
        .byStorage()
        .forEach(
            (storage, buffer) ->
                storage.base().bind(workspace.asSlice(buffer.offset(), storage.bytes())));
  }

  void bindParameters(MemorySegment parameters) {
    lowered.values().parameters().bind(parameters);
  }

  void bindGradient(MemorySegment gradient) {
    lowered.values().gradients().bind(gradient);
  }
}
