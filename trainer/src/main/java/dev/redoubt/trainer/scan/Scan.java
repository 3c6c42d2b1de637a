package dev.redoubt.trainer.scan;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs every kernel on operands to which the right answers are known, round after round, on the
 * thread that calls it. A wrong answer is asked for again: how often it comes, and in which lanes,
 * tells a lasting defect from one that comes and goes.
 *
 * <p>What it cannot find is a defect that other operands trigger, or other sequences of
 * instructions. Not thread-safe.
 */
public final class Scan {

  /** A wrong answer is asked for again so often, less one. */
  static final int RUNS = 9;

  static final int FINDINGS_MAX = 64;

  private static final int NOWHERE = -1;

  private final List<Kernel> kernels;
  private final KnownAnswers known = KnownAnswers.load();
  private final @Nullable Defect defect;
  private long test;

  /**
   * Of these kernels.
   *
   * @param defect that is simulated; null = none
   */
  public Scan(Set<Kernel> kernels, @Nullable Defect defect) {
    if (kernels.isEmpty()) {
      throw new IllegalArgumentException("a scan of no kernel");
    }
    this.kernels = List.copyOf(new TreeSet<>(kernels));
    this.defect = defect;
  }

  /** How many tests a round has. */
  public int tests() {
    return kernels.size() * Operands.values().length;
  }

  /**
   * Runs one test of a round, for whoever has other things to do between two of them.
   *
   * @param number from 0 up to {@link #tests} - 1
   * @return null if the answer was right; a wrong one is asked for again before this returns
   */
  public @Nullable Finding run(int number) {
    Operands[] kinds = Operands.values();
    Kernel kernel = kernels.get(number / kinds.length);
    Operands operands = kinds[number % kinds.length];
    Answer right = known.of(kernel, operands);
    Answer found = answer(kernel, operands);
    return found.equals(right) ? null : again(NOWHERE, kernel, operands, right, found);
  }

  /**
   * Scans until it is told to stop; that is asked before each test.
   *
   * @param cpu for the report
   */
  public ScanResult run(int cpu, BooleanSupplier goesOn) {
    EnumMap<Kernel, Long> tests = new EnumMap<>(Kernel.class);
    EnumMap<Kernel, Long> wrong = new EnumMap<>(Kernel.class);
    kernels.forEach(kernel -> tests.put(kernel, 0L));
    kernels.forEach(kernel -> wrong.put(kernel, 0L));
    List<Finding> findings = new ArrayList<>();
    long passes = 0;
    while (pass(cpu, goesOn, tests, wrong, findings)) {
      passes++;
    }
    return new ScanResult(cpu, passes, new TreeMap<>(tests), new TreeMap<>(wrong), findings);
  }

  private boolean pass(
      int cpu,
      BooleanSupplier goesOn,
      EnumMap<Kernel, Long> tests,
      EnumMap<Kernel, Long> wrong,
      List<Finding> findings) {
    for (Kernel kernel : kernels) {
      for (Operands operands : Operands.values()) {
        if (!goesOn.getAsBoolean()) {
          return false;
        }
        tests.merge(kernel, 1L, Long::sum);
        Answer right = known.of(kernel, operands);
        Answer found = answer(kernel, operands);
        if (!found.equals(right)) {
          wrong.merge(kernel, 1L, Long::sum);
          if (isNew(kernel, operands, findings)) {
            findings.add(again(cpu, kernel, operands, right, found));
          }
        }
      }
    }
    return true;
  }

  /** The same test may be wrong in every round: one finding says it. */
  private static boolean isNew(Kernel kernel, Operands operands, List<Finding> findings) {
    return findings.size() < FINDINGS_MAX
        && findings.stream()
            .noneMatch(
                known ->
                    known.kernel().equals(kernel.word())
                        && known.operands().equals(operands.word()));
  }

  private Finding again(int cpu, Kernel kernel, Operands operands, Answer right, Answer first) {
    Set<Integer> lanes = new TreeSet<>(right.lanesUnlike(first));
    int wrong = 1;
    for (int run = 1; run < RUNS; run++) {
      Answer found = answer(kernel, operands);
      if (!found.equals(right)) {
        wrong++;
        lanes.addAll(right.lanesUnlike(found));
      }
    }
    return new Finding(cpu, kernel.word(), operands.word(), List.copyOf(lanes), wrong, RUNS);
  }

  private Answer answer(Kernel kernel, Operands operands) {
    try (Arena arena = Arena.ofConfined()) {
      Room room = new Room(arena, operands);
      kernel.run(room);
      int[] results = room.results();
      if (defect != null) {
        defect.strike(kernel, results, room.firstOperand(), test);
      }
      test++;
      return Answer.of(results);
    }
  }
}
