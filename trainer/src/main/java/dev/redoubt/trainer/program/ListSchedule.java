package dev.redoubt.trainer.program;

import dev.redoubt.trainer.program.Unit.Part;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The order in which units run, fixed when the program is compiled.
 *
 * <p>Without overlap it is the order of the operations, the two halves of an exchange one after the
 * other. With overlap it is list scheduling: an exchange starts as soon as its value is there and
 * is awaited as late as can be; meanwhile runs whatever does not need it, and when nothing else is
 * left the gradients of weights, for which nobody waits. Only the order changes, never an
 * operation, so the bits are the same.
 */
final class ListSchedule {

  /**
   * What an exchange is taken to cost: as much as so many floating-point operations for each byte
   * sent. It decides only how many weight gradients run before an exchange is awaited.
   */
  private static final long FLOPS_PER_BYTE = 100;

  /** Weight gradients that may wait; each keeps its factors in memory. */
  private static final int WAITING_MAX = 6;

  private final Map<Unit, Set<Unit>> needs = new HashMap<>();
  private final Map<Collective, Unit> starts = new HashMap<>();
  private final Set<Unit> left;
  private final List<Unit> order = new ArrayList<>();
  private final Map<Collective, Long> startedAt = new HashMap<>();
  private long flops;

  private ListSchedule(List<Unit> units) {
    left = new LinkedHashSet<>(units);
    Map<Storage, Unit> writers = new HashMap<>();
    Map<Storage, List<Unit>> readers = new HashMap<>();
    for (Unit unit : units) {
      Set<Unit> before = new HashSet<>();
      for (Storage read : unit.reads) {
        before.add(writers.get(read));
        readers.computeIfAbsent(read, _ -> new ArrayList<>()).add(unit);
      }
      for (Storage written : unit.writes) {
        before.add(writers.put(written, unit));
        before.addAll(Objects.requireNonNullElse(readers.remove(written), List.of()));
      }
      if (unit.part == Part.START) {
        starts.put(unit.collective(), unit);
      } else if (unit.part == Part.FINISH) {
        before.add(starts.get(unit.collective()));
      }
      before.remove(null);
      before.remove(unit);
      needs.put(unit, before);
    }
  }

  /**
   * Orders the units.
   *
   * @param units in an order in which they could run
   * @param overlap whether to hide exchanges behind computing
   */
  static List<Unit> of(List<Unit> units, boolean overlap) {
    if (!overlap) {
      return List.copyOf(units);
    }
    ListSchedule schedule = new ListSchedule(units);
    while (!schedule.left.isEmpty()) {
      schedule.run(schedule.next());
    }
    return List.copyOf(schedule.order);
  }

  private void run(Unit unit) {
    left.remove(unit);
    order.add(unit);
    flops += unit.flops;
    if (unit.part == Part.START) {
      startedAt.put(unit.collective(), flops);
    }
    needs.values().forEach(before -> before.remove(unit));
  }

  private Unit next() {
    List<Unit> weights = ready(Part.WEIGHT_GRADIENT);
    List<Unit> starts = ready(Part.START);
    if (!starts.isEmpty()) {
      return starts.getFirst();
    }
    if (weights.size() > WAITING_MAX) {
      return weights.getFirst();
    }
    List<Unit> compute = ready(Part.COMPUTE);
    if (!compute.isEmpty()) {
      return compute.getFirst();
    }
    List<Unit> finishes = ready(Part.FINISH);
    if (finishes.isEmpty()) {
      return weights.getFirst();
    }
    Unit finish = finishes.getFirst();
    return isCovered(finish.collective()) || weights.isEmpty() ? finish : weights.getFirst();
  }

  private boolean isCovered(Collective collective) {
    long since = flops - Objects.requireNonNull(startedAt.get(collective));
    return since >= collective.bytes() * FLOPS_PER_BYTE;
  }

  /** In the order of the operations. */
  private List<Unit> ready(Part part) {
    return left.stream()
        .filter(unit -> unit.part == part && Objects.requireNonNull(needs.get(unit)).isEmpty())
        .toList();
  }
}
