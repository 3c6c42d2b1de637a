package dev.redoubt.fault;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Changes data as a fault says, and proves that it did. */
final class Corruptor {

  private Corruptor() {}

  /**
   * What changed.
   *
   * @param count of cells whose bits differ
   * @param first of them
   * @param before its bits
   * @param after its bits
   */
  private record Change(int count, long first, int before, int after) {}

  /**
   * Changes the cells and reads them back.
   *
   * @param cells the tensor, or what else the place is in
   * @param older the same in the version before, if there is one
   * @return the proof; empty if no bit is other than it was, as when zeros are nulled
   * @throws IndexOutOfBoundsException if the pattern does not fit into the cells
   */
  static Optional<Strike> corrupt(
      Cells cells, @Nullable Cells older, MemoryFault fault, String node, long step) {
    Pattern pattern = fault.pattern();
    long from = fault.place().element();
    if (from + pattern.reach() > cells.size()) {
      throw new IndexOutOfBoundsException(
          "fault '%s': %s reaches over elements %d to %d of %d"
              .formatted(
                  fault.id(), pattern.kind(), from, from + pattern.reach() - 1, cells.size()));
    }
    int[] wanted = new int[Math.toIntExact(pattern.reach())];
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = pattern.changed(i, cells, from + i, older);
    }
    Change change = write(cells, from, wanted);
    if (change.count() == 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Strike(
            fault.id(),
            fault.kind(),
            node,
            step,
            evidence(fault, change),
            new Strike.Change<>(change.before(), change.after()),
            null));
  }

  private static Change write(Cells cells, long from, int[] wanted) {
    int count = 0;
    long first = -1;
    int before = 0;
    for (int i = 0; i < wanted.length; i++) {
      int was = cells.get(from + i);
      cells.set(from + i, wanted[i]);
      if (cells.get(from + i) != was) {
        if (count == 0) {
          first = from + i;
          before = was;
        }
        count++;
      }
    }
    return new Change(count, first, before, count == 0 ? 0 : cells.get(first));
  }

  private static String evidence(MemoryFault fault, Change change) {
    String shown =
        fault.place().site() == Site.TOKENS
            ? "%d became %d".formatted(change.before(), change.after())
            : "%08x (%s) became %08x (%s)"
                .formatted(
                    change.before(),
                    Float.intBitsToFloat(change.before()),
                    change.after(),
                    Float.intBitsToFloat(change.after()));
    return fault instanceof BitFlip flip
        ? "%s, element %d: bit %d flipped, %s"
            .formatted(fault.place(), change.first(), flip.bit(), shown)
        : "%s: %s changed %d of %d cells, the first of them element %d, %s"
            .formatted(
                fault.place(),
                fault.pattern().kind(),
                change.count(),
                fault.pattern().reach(),
                change.first(),
                shown);
  }
}
