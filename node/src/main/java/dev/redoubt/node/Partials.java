package dev.redoubt.node;

import dev.redoubt.core.Span;
import dev.redoubt.store.FrameHeader;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The partial gradient sums of an epoch: own, received, and those of which only some parts have
 * arrived. Any thread may call it; one at a time delivers parts.
 */
final class Partials {

  /** Whose sum. */
  record Key(long epoch, long step, Span span) {}

  /**
   * A sum of gradients.
   *
   * @param loss the sum of the losses
   */
  record Partial(MemorySegment gradient, double loss) {}

  /** Who sends which sum: while its owner does so, somebody may stand in for it. */
  private record Source(Key key, String from) {}

  /** No program has so many; what says so was damaged on its way. */
  private static final int PARTS_MAX = 1 << 16;

  /** A sum on its way: a network may change the order of its parts, or bring one twice. */
  private static final class Arriving {
    final MemorySegment gradient;
    final int parts;
    final BitSet here = new BitSet();
    long bytes;
    double loss;

    Arriving(MemorySegment gradient, int parts) {
      this.gradient = gradient;
      this.parts = parts;
    }

    boolean wants(FrameHeader.Gradient header) {
      return header.parts() == parts && !here.get(header.part());
    }

    void take(FrameHeader.Gradient header, MemorySegment payload) {
      MemorySegment.copy(payload, 0, gradient, header.offset(), payload.byteSize());
      here.set(header.part());
      bytes += payload.byteSize();
      loss = header.isLast() ? header.loss() : loss;
    }

    boolean isComplete() {
      return here.cardinality() == parts;
    }
  }

  private final Map<Key, Partial> partials = new HashMap<>();

  /**
   * Held while a part is copied, so that a buffer is not given back meanwhile; apart from the lock
   * of the finished sums, which the compute thread must not wait for.
   */
  private final Object arrival = new Object();

  private final Map<Source, Arriving> arriving = new HashMap<>();
  private @Nullable Workbench bench;
  private long epoch = -1;
  private volatile long done;

  /**
   * A new epoch, maybe with another shard: all older sums go. They are given back by the caller.
   */
  List<Partial> open(long next, Workbench workbench) {
    List<Partial> old = new ArrayList<>();
    synchronized (arrival) {
      epoch = next;
      bench = workbench;
      done = -1;
      arriving.values().forEach(sum -> old.add(new Partial(sum.gradient, 0)));
      arriving.clear();
    }
    synchronized (this) {
      old.addAll(partials.values());
      partials.clear();
    }
    return old;
  }

  /**
   * Takes a part of a sum of another pod, in whatever order they come. What is of another epoch or
   * shard, or here already, is dropped.
   *
   * @return whose sum is complete with it; null if none is
   */
  @Nullable Key arrive(String from, FrameHeader.Gradient header, MemorySegment payload) {
    synchronized (arrival) {
      Workbench here = bench;
      if (here == null || !fits(here, header, payload)) {
        return null;
      }
      Key key = new Key(epoch, header.step(), new Span(header.from(), header.to()));
      Source source = new Source(key, from);
      if (find(key) != null) {
        throwAway(here, source);
        return null;
      }
      Arriving sum = arriving.get(source);
      if (sum == null) {
        dropBroken(here);
        sum = new Arriving(here.buffers().take(), header.parts());
        arriving.put(source, sum);
      }
      if (!sum.wants(header)) {
        return null;
      }
      sum.take(header, payload);
      return sum.isComplete() ? complete(here, source, sum) : null;
    }
  }

  /** The whole of it is here already, from whomever. */
  private void throwAway(Workbench here, Source source) {
    Arriving sum = arriving.remove(source);
    if (sum != null) {
      here.buffers().give(sum.gradient);
    }
  }

  /** The rest of sums of steps that are done never comes: their owners were relieved. */
  private void dropBroken(Workbench here) {
    arriving
        .entrySet()
        .removeIf(
            entry -> {
              boolean over = entry.getKey().key().step() <= done;
              if (over) {
                here.buffers().give(entry.getValue().gradient);
              }
              return over;
            });
  }

  private boolean fits(Workbench here, FrameHeader.Gradient header, MemorySegment payload) {
    long all = here.layout().regionBytes();
    return header.epoch() == epoch
        && header.step() > done
        && header.shard() == here.shard().index()
        && header.from() >= 0
        && header.to() > header.from()
        && header.parts() <= PARTS_MAX
        && header.part() >= 0
        && header.part() < header.parts()
        && header.offset() >= 0
        && header.offset() <= all - payload.byteSize();
  }

  private @Nullable Key complete(Workbench here, Source source, Arriving sum) {
    arriving.remove(source);
    boolean whole = sum.bytes == here.layout().regionBytes();
    if (whole && put(source.key(), new Partial(sum.gradient, sum.loss))) {
      return source.key();
    }
    here.buffers().give(sum.gradient);
    return null;
  }

  /** Keeps it; false if there is one already. */
  synchronized boolean put(Key key, Partial partial) {
    return partials.putIfAbsent(key, partial) == null;
  }

  synchronized @Nullable Partial find(Key key) {
    return partials.get(key);
  }

  synchronized @Nullable Partial remove(Key key) {
    return partials.remove(key);
  }

  /** Takes out all of steps up to {@code step}; what still comes for them is dropped. */
  Collection<Partial> removeUpTo(long step) {
    done = step;
    List<Partial> old = new ArrayList<>();
    synchronized (this) {
      Iterator<Map.Entry<Key, Partial>> entries = partials.entrySet().iterator();
      while (entries.hasNext()) {
        Map.Entry<Key, Partial> entry = entries.next();
        if (entry.getKey().step() <= step) {
          old.add(entry.getValue());
          entries.remove();
        }
      }
    }
    return old;
  }
}
