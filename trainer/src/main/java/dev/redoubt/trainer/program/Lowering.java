package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Elementwise;
import dev.redoubt.trainer.kernel.Embedding;
import dev.redoubt.trainer.kernel.Gate;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Pairs;
import dev.redoubt.trainer.program.Instruction.Kind;
import dev.redoubt.trainer.program.Operation.Form;
import dev.redoubt.trainer.program.Tensor.Role;
import dev.redoubt.trainer.program.Unit.Part;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns partitioned operations into the instructions of one rank, in the order of the operations.
 *
 * <p>Here a value becomes memory: an operation that continues a sum does so in place, and one whose
 * kernel can work in place does, unless somebody still reads what stood there, who then gets a
 * copy.
 */
final class Lowering {

  private final Values values;
  private final Streams streams;
  private final Exchanges exchanges;
  private final List<Operation> operations;
  private final int sequenceLength;
  private final List<Unit> units = new ArrayList<>();

  private Lowering(Graph graph, Partition partition, Region region, Shard shard) {
    operations = partition.operations();
    values = new Values(graph, partition, region, shard);
    streams = new Streams(graph, operations, values, shard);
    exchanges = new Exchanges(values, shard, units);
    sequenceLength = graph.sequenceLength();
  }

  /** The units in the order of the operations, and the memory that they work on. */
  record Lowered(List<Unit> units, List<Collective> collectives, Values values) {}

  static Lowered lower(Graph graph, Partition partition, Region region, Shard shard) {
    Lowering lowering = new Lowering(graph, partition, region, shard);
    for (int at = 0; at < lowering.operations.size(); at++) {
      lowering.lower(at);
    }
    return new Lowered(
        List.copyOf(lowering.units), lowering.exchanges.collectives(), lowering.values);
  }

  private void lower(int at) {
    Operation operation = operations.get(at);
    if (operation instanceof Operation.Exchange exchange) {
      exchanges.lower(exchange, at);
      return;
    }
    if (streams.isStreamed(operation)) {
      streams.lower(operation, at).ifPresent(units::add);
      return;
    }
    boolean gradient = operation.outputs().stream().allMatch(out -> out.is(Role.GRADIENT));
    Part part = gradient ? Part.WEIGHT_GRADIENT : Part.COMPUTE;
    Unit unit = new Unit(operation.name(), part, null);
    emit(unit, operation, at);
    operation.inputs().forEach(input -> unit.reads(values.of(input)));
    operation.outputs().forEach(output -> unit.writes(values.of(output)));
    units.add(unit);
  }

  private void emit(Unit unit, Operation operation, int at) {
    switch (operation) {
      case Operation.Embed embed -> {
        Matrix table = values.window(embed.table());
        Matrix out = values.create(embed.out()).window();
        unit.emit(embed.name(), Kind.EMBED, out, m -> Embedding.forward(table, m.tokens, out));
      }
      case Operation.EmbedGradient embed -> {
        Matrix dOut = values.window(embed.dOut());
        Matrix dTable = values.create(embed.dTable()).window();
        unit.emit(
            embed.name(), Kind.EMBED, dTable, m -> Embedding.backward(dOut, m.tokens, dTable));
      }
      case Operation.Product product -> product(unit, product, at);
      case Operation.Norm norm -> norm(unit, norm);
      case Operation.NormGradient norm -> normGradient(unit, norm, at);
      case Operation.Rotate rotate -> rotate(unit, rotate, at);
      case Operation.Gated gated -> gated(unit, gated);
      case Operation.GatedGradient gated -> gatedGradient(unit, gated, at);
      case Operation.Add add -> add(unit, add, at);
      case Operation.Copy copy -> {
        Matrix x = values.window(copy.x());
        Matrix out = values.create(copy.out()).window();
        unit.emit(copy.name(), Kind.COPY, out, _ -> Pairs.copy(x, out));
      }
      case Operation.PickRow pick -> {
        Matrix x = values.window(pick.x());
        Matrix out = values.create(pick.out()).window();
        unit.emit(pick.name(), Kind.COPY, out, m -> Pairs.copy(x.rows(m.row, 1), out));
      }
      case Operation.CrossEntropyLoss loss -> {
        Matrix logits = replace(unit, loss.name(), loss.logits(), loss.dLogits(), at);
        unit.emit(
            loss.name(),
            Kind.LOSS,
            logits,
            m -> m.loss = m.crossEntropy.lossAndGradient(logits, m.targets));
      }
      case Operation.Scores _,
          Operation.Shares _,
          Operation.SharesGradient _,
          Operation.Mix _,
          Operation.Spread _,
          Operation.Exchange _ ->
          throw new IllegalStateException(operation.name() + " is lowered elsewhere");
    }
  }

  private void product(Unit unit, Operation.Product product, int at) {
    Matrix left = values.window(product.left());
    Matrix right = values.window(product.right());
    Value out = continued(unit, product.name(), product.base(), product.out(), at);
    Into into = product.base() == null ? Into.OVERWRITE : Into.CONTINUE;
    if (!values.isPartial(product.out())) {
      unit.product(product.name(), Tile.ALL, product.form(), left, right, out.window(), into);
      return;
    }
    int depth = values.sliceOf(product.left());
    for (int s = 0; s < out.windows().size(); s++) {
      Matrix b =
          product.form() == Form.NT
              ? right.columns(s * depth, depth)
              : right.rows(s * depth, depth);
      Tile tile = Tile.of(values.firstSlice() + s);
      Matrix a = left.columns(s * depth, depth);
      unit.product(product.name(), tile, product.form(), a, b, out.windows().get(s), into);
    }
  }

  /** Where a sum goes on: in place of the base, or of a copy if somebody still reads the base. */
  private Value continued(Unit unit, String name, @Nullable Tensor base, Tensor out, int at) {
    if (base == null) {
      return values.create(out);
    }
    if (values.mayReplace(base, out, at)) {
      return values.alias(out, values.of(base));
    }
    Value from = values.of(base);
    Value copy = values.create(out);
    for (int s = 0; s < copy.windows().size(); s++) {
      Matrix x = from.windows().get(s);
      Matrix into = copy.windows().get(s);
      unit.emit(name + ".base", Kind.COPY, Tile.of(s), List.of(into), _ -> Pairs.copy(x, into));
    }
    return copy;
  }

  /** The window of a value that replaces another one, or begins as its copy. */
  private Matrix replace(Unit unit, String name, Tensor from, Tensor to, int at) {
    return continued(unit, name, from, to, at).window();
  }

  private void norm(Unit unit, Operation.Norm norm) {
    Matrix x = values.window(norm.x());
    Matrix gain = values.window(norm.gain());
    Matrix y = values.create(norm.y()).window();
    Matrix inverse = values.create(norm.inverse()).window();
    unit.emit(
        norm.name(),
        Kind.NORM,
        Tile.ALL,
        List.of(y, inverse),
        m -> m.norm.forward(x, gain, y, inverse));
  }

  private void normGradient(Unit unit, Operation.NormGradient norm, int at) {
    Matrix x = values.window(norm.x());
    Matrix gain = values.window(norm.gain());
    Matrix inverse = values.window(norm.inverse());
    Matrix dy = values.window(norm.dy());
    Matrix dx = continued(unit, norm.name(), norm.base(), norm.dx(), at).window();
    if (norm.base() == null) {
      unit.emit(norm.name() + ".zero", Kind.ZERO, dx, _ -> Elementwise.zero(dx));
    }
    Matrix dGain = values.create(norm.dGain()).window();
    unit.emit(
        norm.name(),
        Kind.NORM,
        Tile.ALL,
        List.of(dx, dGain),
        m -> m.norm.backward(x, gain, inverse, dy, dx, dGain));
  }

  private void rotate(Unit unit, Operation.Rotate rotate, int at) {
    Matrix x = replace(unit, rotate.name(), rotate.x(), rotate.out(), at);
    unit.emit(
        rotate.name(),
        Kind.ROTARY,
        x,
        rotate.back()
            ? m -> m.rotary.backward(x, sequenceLength)
            : m -> m.rotary.forward(x, sequenceLength));
  }

  private void gated(Unit unit, Operation.Gated gated) {
    Matrix gate = values.dense(unit, gated.gate());
    Matrix up = values.dense(unit, gated.up());
    Matrix out = values.create(gated.out()).window();
    unit.emit(gated.name(), Kind.GATE, out, _ -> Gate.forward(gate, up, out));
  }

  private void gatedGradient(Unit unit, Operation.GatedGradient gated, int at) {
    Matrix gate = values.dense(unit, gated.gate());
    Matrix up = values.dense(unit, gated.up());
    Matrix dOut = values.dense(unit, gated.dOut());
    boolean inPlace = values.mayReplace(gated.dOut(), gated.dGate(), at);
    Value first =
        inPlace
            ? values.alias(gated.dGate(), values.of(gated.dOut()))
            : values.create(gated.dGate());
    Matrix dGate = first.window();
    Matrix dUp = values.create(gated.dUp()).window();
    unit.emit(
        gated.name(),
        Kind.GATE,
        Tile.ALL,
        List.of(dGate, dUp),
        _ -> Gate.backward(gate, up, dOut, dGate, dUp));
  }

  private void add(Unit unit, Operation.Add add, int at) {
    Matrix base = values.dense(unit, add.base());
    Matrix other = values.dense(unit, add.other());
    Matrix out =
        values.mayReplace(add.base(), add.out(), at)
            ? values.alias(add.out(), values.of(add.base())).window()
            : values.create(add.out()).window();
    unit.emit(add.name(), Kind.SUM, out, _ -> Pairs.sum(base, other, out));
  }
}
