package dev.redoubt.node;

import dev.redoubt.store.FrameHeader;
import dev.redoubt.trainer.program.AbandonedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Pieces of collectives that have arrived, until the compute thread asks for them; it waits here
 * for those that have not.
 *
 * <p>A wait ends when the piece is there, when the epoch does, when the machine is switched off, or
 * when the connection to anybody of the pod breaks: a pod with a hole finishes no step, whoever it
 * is that one waits for. So nobody who is dead or hangs can keep a new epoch from beginning.
 *
 * <p>A rank is at most a few collectives ahead of the slowest of its pod, since it waits for all of
 * them: {@value #WAITING_MAX} pieces are far more than any program needs.
 */
final class Pieces implements AutoCloseable {

  /** No more wait to be asked for. */
  static final int WAITING_MAX = 4096;

  private static final long ALIGNMENT_BYTES = 64;

  /** Who said what. */
  private record Key(String from, long step, int microbatch, int collective) {}

  private final Arena arena = Arena.ofShared();
  private final Map<Key, MemorySegment> waiting = new HashMap<>();
  private final Map<Long, Deque<MemorySegment>> free = new HashMap<>();
  private final Set<String> broken = new HashSet<>();
  private Set<String> mates = Set.of();
  private long epoch;
  private @Nullable String end;
  private int taken;

  /** A new epoch: what waits is dropped, who waits is sent away. */
  synchronized void open(long next) {
    epoch = next;
    broken.clear();
    drop(Long.MAX_VALUE);
    notifyAll();
  }

  /**
   * A step begins: what is left of older ones is dropped.
   *
   * @param others of the pod
   * @throws AbandonedException if {@code of} is over
   */
  synchronized void enter(long of, long step, Set<String> others) {
    check(of);
    mates = Set.copyOf(others);
    drop(step);
  }

  /**
   * Keeps what has arrived, unless it is of another epoch.
   *
   * @return false if too many wait already
   */
  synchronized boolean arrived(String from, FrameHeader.Piece header, MemorySegment payload) {
    if (header.epoch() != epoch || end != null) {
      return true;
    }
    if (waiting.size() >= WAITING_MAX) {
      return false;
    }
    Key key = new Key(from, header.step(), header.microbatch(), header.collective());
    MemorySegment copy = take(payload.byteSize());
    copy.copyFrom(payload);
    MemorySegment before = waiting.put(key, copy);
    if (before != null) {
      give(before);
    }
    notifyAll();
    return true;
  }

  /**
   * Waits for a piece and writes it.
   *
   * @param into of exactly the size that was sent
   * @throws AbandonedException if it will not come
   */
  synchronized void receive(
      String from, long of, long step, int microbatch, int collective, MemorySegment into) {
    Key key = new Key(from, step, microbatch, collective);
    MemorySegment piece = await(of, key);
    try {
      if (piece.byteSize() != into.byteSize()) {
        throw new IllegalStateException(
            "%s has %d bytes, not %d".formatted(key, piece.byteSize(), into.byteSize()));
      }
      into.copyFrom(piece);
    } finally {
      give(piece);
    }
  }

  private synchronized MemorySegment await(long of, Key key) {
    try {
      check(of);
      while (!waiting.containsKey(key)) {
        wait();
        check(of);
      }
      return Objects.requireNonNull(waiting.remove(key));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AbandonedException("interrupted while waiting for a piece");
    }
  }

  private void check(long of) {
    if (end != null) {
      throw new AbandonedException(end);
    }
    if (of != epoch) {
      throw new AbandonedException("epoch " + of + " is over, this is epoch " + epoch);
    }
    for (String mate : mates) {
      if (broken.contains(mate)) {
        throw new AbandonedException("the connection to " + mate + " of the same pod broke");
      }
    }
  }

  /** The connection to somebody broke; until the next epoch nobody of its pod waits any more. */
  synchronized void broken(String peer) {
    broken.add(peer);
    notifyAll();
  }

  /** Power off: whoever waits is sent away, and nothing is kept any more. */
  synchronized void end(String reason) {
    end = reason;
    notifyAll();
  }

  /** Pieces that nobody has asked for yet. */
  synchronized int waiting() {
    return waiting.size();
  }

  /** Buffers that were ever taken; each is used again. */
  synchronized int buffers() {
    return taken;
  }

  private void drop(long before) {
    waiting
        .entrySet()
        .removeIf(
            entry -> {
              boolean old = entry.getKey().step() < before;
              if (old) {
                give(entry.getValue());
              }
              return old;
            });
  }

  private MemorySegment take(long bytes) {
    MemorySegment buffer = shelf(bytes).poll();
    if (buffer != null) {
      return buffer;
    }
    taken++;
    return arena.allocate(bytes, ALIGNMENT_BYTES);
  }

  private void give(MemorySegment buffer) {
    shelf(buffer.byteSize()).push(buffer);
  }

  private Deque<MemorySegment> shelf(long bytes) {
    return free.computeIfAbsent(bytes, size -> new ArrayDeque<>());
  }

  /** Frees the memory; nobody may call it any more. */
  @Override
  public synchronized void close() {
    arena.close();
  }
}
