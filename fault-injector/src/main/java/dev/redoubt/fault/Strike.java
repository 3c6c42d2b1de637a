package dev.redoubt.fault;

import dev.redoubt.digest.Digest;
import org.jspecify.annotations.Nullable;

/**
 * The proof that a fault struck.
 *
 * @param faultId which fault
 * @param kind of the fault
 * @param node the machine that was struck, not the rank
 * @param step in which it was struck
 * @param evidence what was seen, for people
 * @param bits of the float before and after, for a bit flip
 * @param digests of the block around it before and after, for a bit flip
 */
public record Strike(
    String faultId,
    String kind,
    String node,
    long step,
    String evidence,
    @Nullable Change<Integer> bits,
    @Nullable Change<Digest> digests) {

  /**
   * A value before and after the strike.
   *
   * @param before the strike
   * @param after it, never equal
   */
  public record Change<T>(T before, T after) {

    /** Refuses a change that is none. */
    public Change {
      if (before.equals(after)) {
        throw new IllegalArgumentException("nothing changed: still " + before);
      }
    }
  }

  /** Refuses a strike without evidence. */
  public Strike {
    if (evidence.isBlank()) {
      throw new IllegalArgumentException("a strike of '" + faultId + "' needs evidence");
    }
  }

  /**
   * What was seen to have happened, of a fault that leaves no bits to compare.
   *
   * @param evidence what is gone, as the one that looked saw it: "process 4711 exited with 137"
   */
  public static Strike of(Fault fault, String node, long step, String evidence) {
    return new Strike(fault.id(), fault.kind(), node, step, evidence, null, null);
  }
}
