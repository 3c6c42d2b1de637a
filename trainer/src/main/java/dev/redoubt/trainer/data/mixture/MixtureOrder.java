package dev.redoubt.trainer.data.mixture;

import dev.redoubt.trainer.CounterRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * Which source, and the how-manyth sample of it, each place of a run has: a pure function of seed
 * and place. Before the end of the first stage it does not depend on the length of the run.
 */
final class MixtureOrder {

  private static final long PURPOSE = 0x6D69787475726573L;

  /** A stage in places: the first one, the one after the last, and what was drawn before it. */
  @SuppressWarnings("ArrayRecordComponent") // It is never compared.
  private record Part(int index, long from, long to, Quotas quotas, long[] before) {}

  /** A draw: the source, and how many of it were drawn before. */
  record Draw(int source, long ordinal) {}

  private final long seed;
  private final List<Part> parts = new ArrayList<>();

  /**
   * Lays the stages out.
   *
   * @param borders the places at which the stages end, rising
   * @param weights of each stage, by source
   */
  MixtureOrder(long seed, long[] borders, List<double[]> weights) {
    this.seed = seed;
    long from = 0;
    long[] before = new long[weights.getFirst().length];
    for (int stage = 0; stage < borders.length; stage++) {
      Part part =
          new Part(stage, from, borders[stage], new Quotas(weights.get(stage)), before.clone());
      parts.add(part);
      before = counts(part, part.to);
      from = part.to;
    }
  }

  /** How many of each source are drawn before a place of a part. */
  private long[] counts(Part part, long place) {
    long[] counts = part.before.clone();
    long blocks = (place - part.from) / Quotas.BLOCK;
    for (int source = 0; source < counts.length; source++) {
      counts[source] += blocks * part.quotas.count(source);
    }
    int rest = (int) ((place - part.from) % Quotas.BLOCK);
    if (rest > 0) {
      byte[] order = order(part, blocks);
      for (int i = 0; i < rest; i++) {
        counts[order[i]]++;
      }
    }
    return counts;
  }

  private byte[] order(Part part, long block) {
    return part.quotas.order(CounterRandom.bits(seed, PURPOSE + part.index, block));
  }

  /** The draw at a place; places after the last stage belong to it. */
  Draw at(long place) {
    Part part = part(place);
    long block = (place - part.from) / Quotas.BLOCK;
    int within = (int) ((place - part.from) % Quotas.BLOCK);
    byte[] order = order(part, block);
    int source = order[within];
    long ordinal = part.before[source] + block * part.quotas.count(source);
    for (int i = 0; i < within; i++) {
      ordinal += order[i] == source ? 1 : 0;
    }
    return new Draw(source, ordinal);
  }

  /** How many of each source are drawn before a place. */
  long[] countsBefore(long place) {
    return counts(part(place), place);
  }

  private Part part(long place) {
    for (Part part : parts) {
      if (place < part.to) {
        return part;
      }
    }
    return parts.getLast();
  }
}
