package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.Instruction.Action;
import dev.redoubt.trainer.program.Instruction.Factors;
import dev.redoubt.trainer.program.Instruction.Kind;
import dev.redoubt.trainer.program.Operation.Form;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Instructions that stay together: those of one operation, of one half of an exchange, or of the
 * operations that share a streamed value. The scheduler moves units and nothing smaller.
 */
final class Unit {

  /** What the scheduler has to know. */
  enum Part {
    /** Others wait for it. */
    COMPUTE,
    /** Only the gradient's listener waits for it. */
    WEIGHT_GRADIENT,
    /** Sends the pieces of an exchange. */
    START,
    /** Waits for the pieces, and makes the value of them. */
    FINISH
  }

  final String name;
  final Part part;
  private final @Nullable Collective collective;
  final List<Instruction> instructions = new ArrayList<>();
  final Set<Storage> reads = new LinkedHashSet<>();
  final Set<Storage> writes = new LinkedHashSet<>();
  long flops;

  Unit(String name, Part part, @Nullable Collective collective) {
    this.name = name;
    this.part = part;
    this.collective = collective;
  }

  /** Of the half of an exchange. */
  Collective collective() {
    return Objects.requireNonNull(collective, name);
  }

  void reads(Value value) {
    reads.addAll(value.storages());
  }

  void writes(Value value) {
    writes.addAll(value.storages());
  }

  /** Memory that only this unit uses. */
  Storage scratch(String what, long floats) {
    Storage storage = Storage.workspace(what, floats);
    writes.add(storage);
    return storage;
  }

  void emit(String what, Kind kind, Tile tile, List<Matrix> outputs, Action action) {
    instructions.add(new Instruction(what, kind, tile, outputs, null, 0, action));
  }

  void emit(String what, Kind kind, Matrix output, Action action) {
    emit(what, kind, Tile.ALL, List.of(output), action);
  }

  void product(String what, Tile tile, Form form, Matrix a, Matrix b, Matrix c, Into into) {
    var factors = new Factors(a, form == Form.TN, b, form == Form.NT, into);
    Action action =
        switch (form) {
          case NN -> machine -> machine.products.nn(a, b, c, into);
          case NT -> machine -> machine.products.nt(a, b, c, into);
          case TN -> machine -> machine.products.tn(a, b, c, into);
        };
    int depth = form == Form.TN ? a.rows() : a.columns();
    long work = 2L * c.rows() * c.columns() * depth;
    instructions.add(new Instruction(what, Kind.PRODUCT, tile, List.of(c), factors, work, action));
    flops += work;
  }
}
