package dev.redoubt.cli.campaign;

import dev.redoubt.simulator.Diagnosis;
import dev.redoubt.simulator.InjectionRow;
import dev.redoubt.simulator.Proportion;
import java.util.Map;
import java.util.TreeMap;

/** Counts of a group of injections. */
final class Tally {
  private final TreeMap<Long, Long> latencies = new TreeMap<>();
  private long injections;
  private long activated;
  private long harmful;
  private long found;
  private long foundHarmful;
  private long escapedHarmful;
  private long blamed;
  private long blamedRight;
  private long foundGolden;
  private long diagnosed;
  private long operationRight;
  private long elementRight;
  private long bitsRight;

  /** What did not change a bit counts as drawn, and as nothing else. */
  void add(InjectionRow row) {
    injections++;
    if (!row.outcome().activated()) {
      return;
    }
    activated++;
    if (row.outcome().harm()) {
      harmful++;
      foundHarmful += row.found() ? 1 : 0;
      escapedHarmful += row.outcome().golden() ? 0 : 1;
    }
    if (row.found()) {
      found++;
      foundGolden += row.outcome().golden() ? 1 : 0;
      latencies.merge(row.latencySteps(), 1L, Long::sum);
    }
    Diagnosis diagnosis = row.diagnosis();
    if (diagnosis != null) {
      diagnosed++;
      operationRight += diagnosis.operation() ? 1 : 0;
      elementRight += diagnosis.element() ? 1 : 0;
      bitsRight += diagnosis.bits() ? 1 : 0;
    }
    Boolean right = row.outcome().blamedRight();
    if (right != null) {
      blamed++;
      blamedRight += right ? 1 : 0;
    }
  }

  /** Of all that were drawn, those that changed a bit. */
  Proportion activated() {
    return new Proportion(activated, injections);
  }

  /** Of those that changed a bit, those that end on other bits when nobody looks. */
  Proportion harmful() {
    return new Proportion(harmful, activated);
  }

  /** Of those that changed a bit, those that were found. */
  Proportion found() {
    return new Proportion(found, activated);
  }

  /** The same, counting only alarms at most so many steps after the strike. */
  Proportion foundWithin(long steps) {
    long soon = latencies.headMap(steps, true).values().stream().mapToLong(Long::longValue).sum();
    return new Proportion(soon, activated);
  }

  /** Of all that were drawn, those that were found. */
  Proportion foundOfDrawn() {
    return new Proportion(found, injections);
  }

  /** Of those that harm, those that were found. */
  Proportion foundGivenHarm() {
    return new Proportion(foundHarmful, harmful);
  }

  /** Of those that harm, those whose run did not end on the golden bits here either. */
  Proportion escapedGivenHarm() {
    return new Proportion(escapedHarmful, harmful);
  }

  /** Of those after which a worker was blamed, those where it was the victim alone. */
  Proportion blamedRight() {
    return new Proportion(blamedRight, blamed);
  }

  /** Of the wrong results that were found, those whose operation a replay named. */
  Proportion operationRight() {
    return new Proportion(operationRight, diagnosed);
  }

  /** Of the same, those whose element it named. */
  Proportion elementRight() {
    return new Proportion(elementRight, diagnosed);
  }

  /** Of the same, those whose bits it named, and so everything. */
  Proportion bitsRight() {
    return new Proportion(bitsRight, diagnosed);
  }

  /** Of those that were found, those whose run ended on the golden bits. */
  Proportion corrected() {
    return new Proportion(foundGolden, found);
  }

  /**
   * The number of steps within which a share of the found ones had been found: the smallest with at
   * least that share; empty text if none was found.
   */
  String latency(double share) {
    long wanted = Math.max(1, (long) Math.ceil(share * found));
    long so = 0;
    for (Map.Entry<Long, Long> entry : latencies.entrySet()) {
      so += entry.getValue();
      if (so >= wanted) {
        return entry.getKey().toString();
      }
    }
    return "";
  }
}
