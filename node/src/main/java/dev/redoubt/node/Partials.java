package dev.redoubt.node;

import dev.redoubt.core.Span;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The partial gradient sums of an epoch, own and received. Any thread may call it. */
final class Partials {

  /** Whose sum. */
  record Key(long epoch, long step, Span span) {}

  /**
   * A sum of gradients.
   *
   * @param loss the sum of the losses
   */
  record Partial(MemorySegment gradient, double loss) {}

  private final Map<Key, Partial> partials = new HashMap<>();

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

  /** Takes out all of epochs before {@code epoch}, or of steps up to {@code step}. */
  synchronized Map<Key, Partial> removeOld(long epoch, long step) {
    Map<Key, Partial> old = new HashMap<>(partials);
    old.keySet().removeIf(key -> key.epoch() >= epoch && key.step() > step);
    partials.keySet().removeAll(old.keySet());
    return old;
  }
}
