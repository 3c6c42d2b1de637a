package dev.redoubt.node;

import dev.redoubt.store.FrameTap;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a network that is cut does to the fabric: what comes from somebody behind the wall is
 * dropped where it arrives. A link is not broken by that; whoever waits, waits in vain.
 */
final class Wall implements FrameTap {

  /** By receiver. */
  private final Map<String, Set<String>> deafTo = new ConcurrentHashMap<>();

  /** From now on {@code receiver} hears nothing of {@code senders}, and all of the others. */
  void build(String receiver, Set<String> senders) {
    deafTo.put(receiver, Set.copyOf(senders));
  }

  private boolean stands(String from, String to) {
    return deafTo.getOrDefault(to, Set.of()).contains(from);
  }

  @Override
  public Fate frame(String from, String to, MemorySegment wire) {
    return stands(from, to) ? Fate.DROP : Fate.DELIVER;
  }

  @Override
  public Fate block(String donor, String to, long version, int block, MemorySegment wire) {
    return stands(donor, to) ? Fate.DROP : Fate.DELIVER;
  }
}
