package dev.redoubt.store.net;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Counts what was refused, and says each cause of each peer once, so that whoever sends rubbish
 * cannot fill a disk. Of more than {@value #SAID_MAX} pairs only the count is kept.
 */
final class Refusals {

  private static final int SAID_MAX = 1024;

  private record Key(Refusal refusal, String from) {}

  private final String node;
  private final Consumer<Refused> log;
  private final FabricCounters counters;
  private final Map<Key, LongAdder> said = new ConcurrentHashMap<>();

  Refusals(String node, Consumer<Refused> log, FabricCounters counters) {
    this.node = node;
    this.log = log;
    this.counters = counters;
  }

  /**
   * Something of {@code from} was refused.
   *
   * @param from a peer's name, or the host of a stranger: not its port, which is new each time
   */
  void refused(Refusal refusal, String from, String detail) {
    counters.refused(refusal);
    Key key = new Key(refusal, from);
    if (said.size() >= SAID_MAX && !said.containsKey(key)) {
      return;
    }
    LongAdder times = said.computeIfAbsent(key, _ -> new LongAdder());
    times.increment();
    if (times.sum() == 1) {
      log.accept(new Refused(node, refusal, from, detail));
    }
  }
}
