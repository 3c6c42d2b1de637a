package dev.redoubt.trainer.program;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Where each value stands in the workspace: two values share memory if nobody needs the one when
 * the other is made.
 *
 * <p>The largest are placed first, each into the smallest gap that is free while it lives (best
 * fit; Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020).
 */
final class BufferPlan {

  private static final long ALIGNMENT = 64;

  private final List<Buffer> buffers;
  private final Map<Storage, Buffer> byStorage;
  private final long bytes;

  private BufferPlan(Map<Storage, Buffer> byStorage) {
    this.byStorage = byStorage;
    buffers =
        byStorage.values().stream()
            .sorted(Comparator.comparingInt(Buffer::from).thenComparingLong(Buffer::offset))
            .toList();
    bytes = buffers.stream().mapToLong(Buffer::end).max().orElse(0);
  }

  /**
   * Plans the memory of a schedule.
   *
   * @param order the units as they run
   * @param inputs are filled before the first unit runs
   * @param kept are read after the last unit has run
   */
  static BufferPlan of(List<Unit> order, Set<Storage> inputs, Set<Storage> kept) {
    Map<Storage, Life> lives = new LinkedHashMap<>();
    inputs.forEach(input -> lives.put(input, new Life(0, 0)));
    for (int at = 0; at < order.size(); at++) {
      int now = at;
      List<Storage> used = new ArrayList<>(order.get(at).reads);
      used.addAll(order.get(at).writes);
      used.removeIf(storage -> !storage.planned());
      used.forEach(storage -> lives.merge(storage, new Life(now, now), Life::with));
    }
    Life last = new Life(order.size() - 1, order.size() - 1);
    kept.forEach(storage -> lives.merge(storage, last, Life::with));
    return new BufferPlan(place(lives));
  }

  private record Life(int from, int to) {

    Life with(Life other) {
      return new Life(Math.min(from, other.from), Math.max(to, other.to));
    }
  }

  private static Map<Storage, Buffer> place(Map<Storage, Life> lives) {
    List<Storage> bySize = new ArrayList<>(lives.keySet());
    bySize.sort(Comparator.comparingLong(Storage::bytes).reversed());
    Map<Storage, Buffer> placed = new HashMap<>();
    List<Buffer> byOffset = new ArrayList<>();
    for (Storage storage : bySize) {
      Life life = Objects.requireNonNull(lives.get(storage));
      long size = (storage.bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      long offset = bestFit(byOffset, life, size);
      Buffer buffer = new Buffer(storage.name(), offset, size, life.from, life.to);
      placed.put(storage, buffer);
      byOffset.add(buffer);
      byOffset.sort(Comparator.comparingLong(Buffer::offset));
    }
    return placed;
  }

  private static long bestFit(List<Buffer> byOffset, Life life, long size) {
    long end = 0;
    long best = -1;
    long bestGap = Long.MAX_VALUE;
    for (Buffer other : byOffset) {
      if (other.to() < life.from || other.from() > life.to) {
        continue;
      }
      long gap = other.offset() - end;
      if (gap >= size && gap < bestGap) {
        best = end;
        bestGap = gap;
      }
      end = Math.max(end, other.end());
    }
    return best >= 0 ? best : end;
  }

  /** All buffers in the order in which they are made. */
  List<Buffer> buffers() {
    return buffers;
  }

  Map<Storage, Buffer> byStorage() {
    return byStorage;
  }

  /** Bytes of the workspace. */
  long bytes() {
    return bytes;
  }
}
