package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.ProductCheck;
import dev.redoubt.trainer.kernel.ProductCheck.Wrong;
import dev.redoubt.trainer.program.Instruction.Factors;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * The check of some products of a program, around each instruction.
 *
 * <p>After the first alarm of a run nothing more of it is checked: its result is of no use, and on
 * a machine that is wrong again and again every product would be computed anew, slowly.
 */
final class CheckedProducts {

  private final Machine machine;
  private final ProductCheck check = new ProductCheck();
  private final ProductChecks which;
  private final Consumer<ProductAlarm> alarms;
  private boolean alarmed;

  CheckedProducts(Machine machine, ProductChecks which, Consumer<ProductAlarm> alarms) {
    this.machine = machine;
    this.which = which;
    this.alarms = alarms;
  }

  ProductCheck check() {
    return check;
  }

  /** The program is run from its first instruction. */
  void begin() {
    alarmed = false;
  }

  /** Before an instruction. Returns whether it is to be looked at afterwards. */
  boolean begin(Instruction instruction) {
    boolean covered = !alarmed && which.covers(instruction);
    machine.products.watch(covered ? check : null);
    return covered;
  }

  /** After a product that is covered. */
  void end(Instruction instruction) {
    Factors factors = Objects.requireNonNull(instruction.factors());
    Matrix target = instruction.outputs().getFirst();
    List<Wrong> wrong =
        check.wrong(
            factors.left(),
            factors.leftTransposed(),
            factors.right(),
            factors.rightTransposed(),
            target,
            factors.into());
    if (!wrong.isEmpty()) {
      alarmed = true;
      alarms.accept(
          new ProductAlarm(machine.step, machine.microbatch, instruction.toString(), wrong));
    }
  }
}
