package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Elementwise;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Pairs;
import dev.redoubt.trainer.program.Instruction.Action;
import dev.redoubt.trainer.program.Instruction.Kind;
import dev.redoubt.trainer.program.Links.Piece;
import dev.redoubt.trainer.program.Unit.Part;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lowers exchanges between ranks: a start that sends this rank's part to each other rank, and a
 * finish that waits for theirs and sums or joins them in the fixed order.
 *
 * <p>Every rank sums the same parts in the same tree, {@code (s0 + s1) + (s2 + s3)}: a rank of two
 * sends the sum of its two slices, which is one half of the tree, and one rank alone sums all four
 * without sending.
 */
final class Exchanges {

  private final Values values;
  private final Shard shard;
  private final List<Unit> units;
  private final List<Collective> collectives = new ArrayList<>();

  Exchanges(Values values, Shard shard, List<Unit> units) {
    this.values = values;
    this.shard = shard;
    this.units = units;
  }

  List<Collective> collectives() {
    return List.copyOf(collectives);
  }

  void lower(Operation.Exchange exchange, int at) {
    switch (exchange) {
      case Operation.OwnColumns own -> ownColumns(own);
      case Operation.AllGather gather -> allGather(gather);
      case Operation.AllReduce reduce -> allReduce(reduce, at);
      case Operation.ReduceScatter scatter -> reduceScatter(scatter);
    }
  }

  private void ownColumns(Operation.OwnColumns own) {
    Value whole = values.of(own.x());
    int columns = values.columns(own.out());
    Matrix window = whole.window().columns(shard.index() * columns, columns);
    values.alias(own.out(), Value.of(whole.storage(), window));
  }

  private void allGather(Operation.AllGather gather) {
    if (shard.isWhole()) {
      values.alias(gather.out(), values.of(gather.x()));
      return;
    }
    Collective collective = collective(gather, Collective.Kind.ALL_GATHER, gather.x());
    Unit start = unit(collective, gather.name() + ".send", Part.START);
    start.reads(values.of(gather.x()));
    Storage own = message(start, gather, values.window(gather.x()));
    send(start, gather, collective, Collections.nCopies(shard.count(), own));
    Unit finish = unit(collective, gather.name(), Part.FINISH);
    List<Matrix> parts =
        receive(finish, gather, collective, own, gather.x().rows(), values.columns(gather.x()));
    Value whole = values.create(gather.out());
    finish.writes(whole);
    for (int rank = 0; rank < shard.count(); rank++) {
      Matrix part = parts.get(rank);
      Matrix into = whole.window().columns(rank * part.columns(), part.columns());
      finish.emit(
          gather.name(), Kind.COPY, Tile.of(rank), List.of(into), _ -> Pairs.copy(part, into));
    }
  }

  private void allReduce(Operation.AllReduce reduce, int at) {
    Tensor base = reduce.base();
    if (shard.isWhole()) {
      Unit sum = new Unit(reduce.name(), Part.COMPUTE, null);
      sum.reads(values.of(reduce.x()));
      units.add(sum);
      sum(sum, reduce, values.of(reduce.x()).windows(), base, at);
      return;
    }
    Collective collective = collective(reduce, Collective.Kind.ALL_REDUCE, reduce.x());
    Unit start = unit(collective, reduce.name() + ".send", Part.START);
    Storage own = ownSum(start, reduce);
    send(start, reduce, collective, Collections.nCopies(shard.count(), own));
    Unit finish = unit(collective, reduce.name(), Part.FINISH);
    List<Matrix> parts =
        receive(finish, reduce, collective, own, reduce.x().rows(), reduce.x().columns());
    sum(finish, reduce, parts, base, at);
  }

  private void reduceScatter(Operation.ReduceScatter scatter) {
    if (shard.isWhole()) {
      Unit sum = new Unit(scatter.name(), Part.COMPUTE, null);
      sum.reads(values.of(scatter.x()));
      units.add(sum);
      sum(sum, scatter, values.of(scatter.x()).windows(), null, -1);
      return;
    }
    Collective collective = collective(scatter, Collective.Kind.REDUCE_SCATTER, scatter.out());
    Unit start = unit(collective, scatter.name() + ".send", Part.START);
    Storage own = ownSum(start, scatter);
    Matrix all = Matrix.of(own.base(), 0, scatter.x().rows(), scatter.x().columns());
    int columns = values.columns(scatter.out());
    List<Storage> chunks = new ArrayList<>();
    for (int rank = 0; rank < shard.count(); rank++) {
      chunks.add(message(start, scatter, all.columns(rank * columns, columns)));
    }
    send(start, scatter, collective, chunks);
    Unit finish = unit(collective, scatter.name(), Part.FINISH);
    Storage mine = chunks.get(shard.index());
    List<Matrix> parts = receive(finish, scatter, collective, mine, scatter.x().rows(), columns);
    sum(finish, scatter, parts, null, -1);
  }

  private Collective collective(Operation.Exchange exchange, Collective.Kind kind, Tensor perPeer) {
    long floats = (long) values.rows(perPeer) * values.columns(perPeer);
    long bytes = floats * Float.BYTES * (shard.count() - 1);
    var collective = new Collective(collectives.size(), exchange.name(), kind, bytes);
    collectives.add(collective);
    return collective;
  }

  private Unit unit(Collective collective, String name, Part part) {
    Unit unit = new Unit(name, part, collective);
    units.add(unit);
    return unit;
  }

  /** The sum of this rank's slices: a node of the tree. */
  private Storage ownSum(Unit start, Operation.Exchange exchange) {
    Value slices = values.of(exchange.x());
    start.reads(slices);
    if (slices.storages().size() == 1) {
      return slices.storage();
    }
    Matrix left = slices.windows().getFirst();
    Matrix right = slices.windows().getLast();
    Storage sum = start.scratch(exchange.name() + ".part", (long) left.rows() * left.columns());
    Matrix into = Matrix.of(sum.base(), 0, left.rows(), left.columns());
    start.emit(exchange.name() + ".part", Kind.SUM, into, _ -> Pairs.sum(left, right, into));
    return sum;
  }

  /** What is sent: memory of its own without gaps. */
  private Storage message(Unit start, Operation.Exchange exchange, Matrix window) {
    long floats = (long) window.rows() * window.columns();
    Storage known = values.of(exchange.x()).storage();
    if (window.contiguous() && known.base().floats() == floats) {
      return known;
    }
    String name = exchange.name() + ".message";
    Storage storage = start.scratch(name, floats);
    Matrix copy = Matrix.of(storage.base(), 0, window.rows(), window.columns());
    Tile tile = Tile.of(start.instructions.size());
    start.emit(name, Kind.COPY, tile, List.of(copy), _ -> Pairs.copy(window, copy));
    return storage;
  }

  private void send(
      Unit start, Operation.Exchange exchange, Collective collective, List<Storage> messages) {
    int index = collective.index();
    start.emit(
        exchange.name() + ".send",
        Kind.SEND,
        Tile.ALL,
        List.of(),
        machine -> {
          Piece piece = machine.piece(index);
          for (int rank = 0; rank < messages.size(); rank++) {
            if (rank != shard.index()) {
              machine.links.send(rank, piece, messages.get(rank).base().segment());
            }
          }
        });
  }

  /** The parts of all ranks in their order, as windows; this rank's own is where it was. */
  private List<Matrix> receive(
      Unit finish,
      Operation.Exchange exchange,
      Collective collective,
      Storage own,
      int rows,
      int columns) {
    finish.reads.add(own);
    List<Storage> parts = new ArrayList<>();
    List<Matrix> windows = new ArrayList<>();
    String name = exchange.name() + ".receive";
    for (int rank = 0; rank < shard.count(); rank++) {
      boolean mine = rank == shard.index();
      Storage part = mine ? own : finish.scratch(name, (long) rows * columns);
      parts.add(part);
      windows.add(Matrix.of(part.base(), 0, rows, columns));
    }
    List<Matrix> received = new ArrayList<>(windows);
    received.remove(shard.index());
    int index = collective.index();
    finish.emit(
        name,
        Kind.RECEIVE,
        Tile.ALL,
        received,
        machine -> {
          Piece piece = machine.piece(index);
          for (int rank = 0; rank < parts.size(); rank++) {
            if (rank != shard.index()) {
              machine.links.receive(rank, piece, parts.get(rank).base().segment());
            }
          }
        });
    return windows;
  }

  /** The fixed tree over two or four parts, added to the base if there is one. */
  private void sum(
      Unit unit, Operation.Exchange exchange, List<Matrix> parts, @Nullable Tensor base, int at) {
    Matrix from = base == null ? null : values.dense(unit, base);
    Value out =
        base != null && values.mayReplace(base, exchange.out(), at)
            ? values.alias(exchange.out(), values.of(base))
            : values.create(exchange.out());
    if (base != null) {
      unit.reads(values.of(base));
    }
    unit.writes(out);
    unit.emit(exchange.name(), Kind.SUM, out.window(), tree(parts, from, out.window()));
  }

  private static Action tree(List<Matrix> parts, @Nullable Matrix base, Matrix into) {
    Matrix a = parts.get(0);
    Matrix b = parts.get(1);
    if (parts.size() == 2) {
      return base == null ? _ -> Pairs.sum(a, b, into) : _ -> Pairs.addSum(base, a, b, into);
    }
    Matrix c = parts.get(2);
    Matrix d = parts.get(3);
    return base == null
        ? _ -> Elementwise.tree(a, b, c, d, into)
        : _ -> Elementwise.addTree(base, a, b, c, d, into);
  }
}
