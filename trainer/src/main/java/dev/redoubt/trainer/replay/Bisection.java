package dev.redoubt.trainer.replay;

import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.Program;
import dev.redoubt.trainer.program.Program.OperationPlan;
import dev.redoubt.trainer.program.Program.Pass;
import dev.redoubt.trainer.replay.Computation.Window;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the first operation whose output differs between two computations of one microbatch, by a
 * binary search over chained digests: about log2 of the number of instructions questions, then one
 * output of each.
 *
 * <p>All outputs before the first one that differs are the same, so what it read was the same when
 * it was made: the fault is in this operation, or in the memory that it read after that was
 * digested. What lies in memory between two operations cannot be told from what they compute.
 */
public final class Bisection {

  private static final Pattern LAYER = Pattern.compile("\\bblocks\\.(\\d+)\\.");

  private Bisection() {}

  /** What was found. */
  public sealed interface Finding {}

  /** All digests are the same. */
  public record Same() implements Finding {}

  /** The computations did not begin with the same: their states are to be compared. */
  public record OtherInputs() implements Finding {}

  /**
   * A digest differed, but when the output was computed again it was the same.
   *
   * @param operation the first that had differed
   */
  public record Gone(Place operation) implements Finding {}

  /**
   * The first output that differs.
   *
   * @param operation that made it
   * @param output which of its outputs, from 0
   * @param difference in that output
   */
  public record Differs(Place operation, int output, Difference difference) implements Finding {

    @Override
    public String toString() {
      return operation + ": " + difference;
    }
  }

  /**
   * An operation of the program.
   *
   * @param index of the instruction in the order in which they run, from 0
   * @param name with its tile, such as {@code blocks.0.attention.scores[0,0]}
   * @param kind such as PRODUCT
   * @param layer from 0; empty outside the blocks
   * @param pass before or after the loss
   */
  public record Place(int index, String name, Instruction.Kind kind, OptionalInt layer, Pass pass) {

    @Override
    public String toString() {
      return "operation %d, %s (%s, %s)"
          .formatted(index, name, kind.name().toLowerCase(Locale.ROOT), word(pass));
    }

    private static String word(Pass pass) {
      return pass == Pass.FORWARD ? "forward" : "backward";
    }
  }

  /**
   * Compares two computations.
   *
   * @param program of both
   * @param expected the one that is trusted
   * @param suspect the other one
   * @throws IllegalArgumentException if they are not of this program
   */
  public static Finding compare(Program program, Computation expected, Computation suspect) {
    return expected.prefix(0) == suspect.prefix(0)
        ? operations(program, expected, suspect)
        : new OtherInputs();
  }

  /**
   * As {@link #compare}, whatever the inputs: the first operation in which a difference of the
   * parameters shows.
   */
  public static Finding operations(Program program, Computation expected, Computation suspect) {
    int count = program.instructions().size();
    if (expected.instructions() != count || suspect.instructions() != count) {
      throw new IllegalArgumentException(
          "a program of %d instructions, but computations of %d and %d"
              .formatted(count, expected.instructions(), suspect.instructions()));
    }
    if (expected.prefix(count) == suspect.prefix(count)) {
      return new Same();
    }
    int at = firstThatDiffers(expected, suspect, count);
    return inside(place(program, at), expected.output(at), suspect.output(at));
  }

  /** The prefix of {@code same} outputs agrees, that of {@code other} does not. */
  private static int firstThatDiffers(Computation expected, Computation suspect, int count) {
    int same = 0;
    int other = count;
    while (other - same > 1) {
      int middle = (same + other) >>> 1;
      if (expected.prefix(middle) == suspect.prefix(middle)) {
        same = middle;
      } else {
        other = middle;
      }
    }
    return other - 1;
  }

  private static Finding inside(Place place, List<Window> expected, List<Window> found) {
    for (int output = 0; output < expected.size(); output++) {
      Window wanted = expected.get(output);
      Window made = found.get(output);
      Optional<Difference> difference =
          Difference.of(wanted.rows(), wanted.columns(), wanted.bits()::get, made.bits()::get);
      if (difference.isPresent()) {
        return new Differs(place, output, difference.get());
      }
    }
    return new Gone(place);
  }

  /** Where an instruction stands in its program. */
  static Place place(Program program, int at) {
    Instruction instruction = program.instructions().get(at);
    String name = instruction.name();
    Matcher layer = LAYER.matcher(name);
    return new Place(
        at,
        instruction.toString(),
        instruction.kind(),
        layer.find() ? OptionalInt.of(Integer.parseInt(layer.group(1))) : OptionalInt.empty(),
        pass(program, name));
  }

  /** A part of an operation, such as a copy of its base, has the operation's name and a suffix. */
  private static Pass pass(Program program, String name) {
    return program.operations().stream()
        .filter(plan -> name.equals(plan.name()) || name.startsWith(plan.name() + "."))
        .max(Comparator.comparingInt(plan -> plan.name().length()))
        .map(OperationPlan::pass)
        .orElse(Pass.BACKWARD);
  }
}
