package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Elementwise;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Pairs;
import dev.redoubt.trainer.program.Instruction.Kind;
import dev.redoubt.trainer.program.Operation.Form;
import dev.redoubt.trainer.program.Tensor.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Lowers the operations of attention, whose scores are quadratic in the context and so are never
 * whole in memory: the operations that share a streamed value run tile by tile, one after the other
 * on the same tile.
 *
 * <p>A tile is a sequence and a block of {@value #QUERIES} positions of queries, with all heads of
 * the rank: as the heads share keys, the queries are seen as (positions * heads) rows of one head's
 * size, and one product serves all heads. A tile reaches only to the last key that its queries see.
 */
final class Streams {

  static final int QUERIES = 64;

  private final int sequences;
  private final int length;
  private final int headSize;
  private final int slices;
  private final int rank;
  private final Values values;
  private final List<Operation> operations;
  private final Map<Tensor, List<Integer>> groups = new HashMap<>();

  Streams(Graph graph, List<Operation> operations, Values values, Shard shard) {
    sequences = graph.sequences();
    length = graph.sequenceLength();
    headSize = graph.headSize();
    slices = values.slices();
    rank = shard.index();
    this.values = values;
    this.operations = operations;
    for (int at = 0; at < operations.size(); at++) {
      join(at);
    }
  }

  private void join(int at) {
    List<Integer> group = new ArrayList<>();
    List<Tensor> members = streamed(operations.get(at)).toList();
    for (Tensor tensor : members) {
      List<Integer> known = groups.get(tensor);
      if (known != null && known != group) {
        group.addAll(known.stream().filter(each -> !group.contains(each)).toList());
      }
    }
    group.add(at);
    group.sort(null);
    for (int each : List.copyOf(group)) {
      streamed(operations.get(each)).forEach(tensor -> groups.put(tensor, group));
    }
  }

  private static Stream<Tensor> streamed(Operation operation) {
    return Stream.concat(operation.inputs().stream(), operation.outputs().stream())
        .filter(tensor -> tensor.is(Role.STREAMED));
  }

  boolean isStreamed(Operation operation) {
    return streamed(operation).findAny().isPresent();
  }

  /** The instructions of a whole group, when its last operation is reached. */
  Optional<Unit> lower(Operation operation, int at) {
    List<Integer> group = groups.get(streamed(operation).findFirst().orElseThrow());
    if (group == null || group.getLast() != at) {
      return Optional.empty();
    }
    Unit unit = new Unit(operations.get(group.getFirst()).name(), Unit.Part.COMPUTE, null);
    List<Step> steps = group.stream().map(each -> prepare(unit, each, group)).toList();
    for (int sequence = 0; sequence < sequences; sequence++) {
      for (int from = 0; from < length; from += QUERIES) {
        Range range = new Range(sequence, from, Math.min(QUERIES, length - from));
        steps.forEach(step -> step.emit(range));
      }
    }
    return Optional.of(unit);
  }

  /** The queries of a tile: some positions of a sequence. */
  private record Range(int sequence, int from, int count) {

    int keys() {
      return from + count;
    }

    Tile tile() {
      return Tile.of(sequence, from / QUERIES);
    }
  }

  @FunctionalInterface
  private interface Step {
    void emit(Range range);
  }

  private Step prepare(Unit unit, int at, List<Integer> group) {
    Operation operation = operations.get(at);
    Step step =
        switch (operation) {
          case Operation.Scores scores -> scores(unit, scores);
          case Operation.Shares shares -> shares(unit, shares, at);
          case Operation.SharesGradient shares -> sharesGradient(unit, shares, at);
          case Operation.Mix mix -> mix(unit, mix);
          case Operation.Spread spread -> spread(unit, spread, at, group);
          default ->
              throw new IllegalArgumentException(
                  operation.name() + " cannot work on scores or shares, of which only tiles exist");
        };
    operation.inputs().forEach(input -> unit.reads(values.of(input)));
    operation.outputs().forEach(output -> unit.writes(values.of(output)));
    return step;
  }

  private Step scores(Unit unit, Operation.Scores scores) {
    Matrix rows = byHead(unit, scores.rows());
    Matrix keys = values.window(scores.keys());
    int heads = heads(scores.out());
    values.create(scores.out());
    return range ->
        unit.product(
            scores.name(),
            range.tile(),
            Form.NT,
            rows(rows, range, heads),
            keys(keys, range),
            tile(scores.out(), range),
            Into.OVERWRITE);
  }

  private Step shares(Unit unit, Operation.Shares shares, int at) {
    int heads = heads(shares.out());
    float scale = scale();
    Replaced replaced = replaced(unit, shares.name(), shares.scores(), shares.out(), at);
    return range -> {
      Matrix tile = replaced.emit(range);
      unit.emit(
          shares.name(),
          Kind.SOFTMAX,
          range.tile(),
          List.of(tile),
          m -> m.softmax.causal(tile, heads, range.from(), scale));
    };
  }

  private Step sharesGradient(Unit unit, Operation.SharesGradient shares, int at) {
    int heads = heads(shares.out());
    float scale = scale();
    Replaced replaced = replaced(unit, shares.name(), shares.dShares(), shares.out(), at);
    return range -> {
      Matrix p = tile(shares.shares(), range);
      Matrix tile = replaced.emit(range);
      unit.emit(
          shares.name(),
          Kind.SOFTMAX,
          range.tile(),
          List.of(tile),
          m -> m.softmax.causalBackward(p, tile, heads, range.from(), scale));
    };
  }

  private float scale() {
    return (float) (1 / Math.sqrt(headSize));
  }

  @FunctionalInterface
  private interface Replaced {
    Matrix emit(Range range);
  }

  /** A streamed value that replaces another one, tile by tile, or begins as its copy. */
  private Replaced replaced(Unit unit, String name, Tensor from, Tensor to, int at) {
    if (values.mayReplace(from, to, at)) {
      values.alias(to, values.of(from));
      return range -> tile(to, range);
    }
    values.create(to);
    return range -> {
      Matrix x = tile(from, range);
      Matrix copy = tile(to, range);
      unit.emit(name + ".base", Kind.COPY, range.tile(), List.of(copy), _ -> Pairs.copy(x, copy));
      return copy;
    };
  }

  private Step mix(Unit unit, Operation.Mix mix) {
    Matrix keys = values.window(mix.values());
    int heads = heads(mix.shares());
    Matrix out = byHead(values.create(mix.out()).window());
    return range ->
        unit.product(
            mix.name(),
            range.tile(),
            Form.NN,
            tile(mix.shares(), range),
            keys(keys, range),
            rows(out, range, heads),
            Into.OVERWRITE);
  }

  /**
   * A sum over heads and queries, block after block of queries; within a block head by head, within
   * a head in order of positions. Heads that a mesh may split are summed in slices.
   */
  private Step spread(Unit unit, Operation.Spread spread, int at, List<Integer> group) {
    Matrix rows = byHead(unit, spread.rows());
    int heads = heads(spread.shares());
    boolean partial = values.isPartial(spread.out());
    int first = partial || values.isSplit(spread.shares()) ? rank * heads : 0;
    int perSlice = partial ? heads / slices : heads;
    List<Matrix> into = begin(unit, spread, at, group).windows();
    return range -> {
      for (int head = 0; head < heads; head++) {
        unit.product(
            spread.name(),
            Tile.of(range.sequence(), range.from() / QUERIES, first + head),
            Form.TN,
            tile(spread.shares(), range).everyRow(heads, head),
            rows(rows, range, heads).everyRow(heads, head),
            keys(into.get(head / perSlice), range),
            Into.CONTINUE);
      }
    };
  }

  private Value begin(Unit unit, Operation.Spread spread, int at, List<Integer> group) {
    Tensor base = spread.base();
    if (base == null) {
      Value fresh = values.create(spread.out());
      for (int s = 0; s < fresh.windows().size(); s++) {
        Matrix zero = fresh.windows().get(s);
        Tile tile = Tile.of(s);
        unit.emit(
            spread.name() + ".zero", Kind.ZERO, tile, List.of(zero), _ -> Elementwise.zero(zero));
      }
      return fresh;
    }
    Value sum = values.of(base);
    boolean shared =
        group.stream()
            .filter(each -> each != at)
            .flatMap(each -> operations.get(each).inputs().stream())
            .anyMatch(input -> values.sameMemory(input, base));
    if (!shared && values.mayReplace(base, spread.out(), at)) {
      return values.alias(spread.out(), sum);
    }
    Value copy = values.create(spread.out());
    for (int s = 0; s < copy.windows().size(); s++) {
      Matrix from = sum.windows().get(s);
      Matrix to = copy.windows().get(s);
      Tile tile = Tile.of(s);
      unit.emit(spread.name() + ".base", Kind.COPY, tile, List.of(to), _ -> Pairs.copy(from, to));
    }
    return copy;
  }

  /** Heads of this rank. */
  private int heads(Tensor streamed) {
    return values.columns(streamed) / length;
  }

  private Matrix tile(Tensor streamed, Range range) {
    int rows = range.count() * heads(streamed);
    return Matrix.of(values.of(streamed).storage().base(), 0, rows, range.keys());
  }

  private Matrix byHead(Unit unit, Tensor perToken) {
    return byHead(values.dense(unit, perToken));
  }

  /** Tokens as (tokens * heads) x headSize. */
  private Matrix byHead(Matrix perToken) {
    return perToken.reshape(perToken.rows() * perToken.columns() / headSize, headSize);
  }

  /** The rows of all heads for the queries of a tile. */
  private Matrix rows(Matrix byHead, Range range, int heads) {
    int position = range.sequence() * length + range.from();
    return byHead.rows(position * heads, range.count() * heads);
  }

  /** The keys that a tile reaches. */
  private Matrix keys(Matrix perToken, Range range) {
    return perToken.rows(range.sequence() * length, range.keys());
  }
}
