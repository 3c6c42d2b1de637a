package dev.redoubt.node;

import dev.redoubt.core.Span;
import dev.redoubt.node.Partial.Part;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.Payload;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The partial gradient sums of an epoch: own, received, and those of which only some parts have
 * arrived. Any thread may call it; one at a time delivers parts.
 *
 * <p>Parts are kept as they came: copying them together was one pass over memory more, for nothing.
 */
final class Partials {

  /** Whose sum. */
  record Key(long epoch, long step, Span span) {}

  /** Who sends which sum: while its owner does so, somebody may stand in for it. */
  private record Source(Key key, String from) {}

  /** No program has so many; what says so was damaged on its way. */
  private static final int PARTS_MAX = 1 << 16;

  /** A sum on its way: a network may change the order of its parts, or bring one twice. */
  private static final class Arriving {
    final int count;
    final BitSet here = new BitSet();
    final List<Part> parts = new ArrayList<>();
    long bytes;
    double loss;

    Arriving(int count) {
      this.count = count;
    }

    boolean wants(FrameHeader.Gradient header) {
      return header.parts() == count && !here.get(header.part());
    }

    void take(FrameHeader.Gradient header, Payload payload) {
      payload.keep();
      parts.add(Part.of(header.offset(), payload));
      here.set(header.part());
      bytes += payload.bytes().byteSize();
      loss = header.isLast() ? header.loss() : loss;
    }

    boolean isComplete() {
      return here.cardinality() == count;
    }

    /** Whether the parts follow each other, without a gap, up to {@code all}. */
    boolean isWhole(long all) {
      parts.sort(Comparator.comparingLong(Part::offset));
      long end = 0;
      for (Part part : parts) {
        if (part.offset() != end) {
          return false;
        }
        end = part.end();
      }
      return end == all;
    }

    Partial sum() {
      return new Partial(parts, loss);
    }
  }

  private final Map<Key, Partial> partials = new HashMap<>();

  /** Apart from the lock of the finished sums, which the compute thread must not wait for. */
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
      arriving.values().forEach(sum -> old.add(sum.sum()));
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
   * @param payload kept if it is wanted
   * @return whose sum is complete with it; null if none is
   */
  @Nullable Key arrive(String from, FrameHeader.Gradient header, Payload payload) {
    synchronized (arrival) {
      Workbench here = bench;
      if (here == null || !fits(here, header, payload.bytes().byteSize())) {
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
        sum = begin(here, source, header.parts());
      }
      if (!sum.wants(header)) {
        return null;
      }
      sum.take(header, payload);
      if (sum.bytes > here.layout().regionBytes()) {
        throwAway(here, source);
        return null;
      }
      return sum.isComplete() ? complete(here, source, sum) : null;
    }
  }

  private Arriving begin(Workbench here, Source source, int parts) {
    dropBroken(here);
    int most = here.buffers().countMax();
    if (arriving.size() + count() >= most) {
      throw new IllegalStateException("more than " + most + " gradient sums are to be kept");
    }
    Arriving sum = new Arriving(parts);
    arriving.put(source, sum);
    return sum;
  }

  /** It is not wanted: all of it is here already, from whomever, or there is too much of it. */
  private void throwAway(Workbench here, Source source) {
    Arriving sum = arriving.remove(source);
    if (sum != null) {
      sum.sum().giveBack(here.buffers());
    }
  }

  /** The rest of sums of steps that are done never comes: their owners were relieved. */
  private void dropBroken(Workbench here) {
    List<Source> over =
        arriving.keySet().stream().filter(source -> source.key().step() <= done).toList();
    over.forEach(source -> throwAway(here, source));
  }

  private boolean fits(Workbench here, FrameHeader.Gradient header, long bytes) {
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
        && header.offset() <= all - bytes;
  }

  private @Nullable Key complete(Workbench here, Source source, Arriving arrived) {
    arriving.remove(source);
    boolean whole = arrived.isWhole(here.layout().regionBytes());
    Partial sum = arrived.sum();
    if (whole && put(source.key(), sum)) {
      return source.key();
    }
    sum.giveBack(here.buffers());
    return null;
  }

  /** Keeps it; false if there is one already. */
  synchronized boolean put(Key key, Partial partial) {
    return partials.putIfAbsent(key, partial) == null;
  }

  private synchronized int count() {
    return partials.size();
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
