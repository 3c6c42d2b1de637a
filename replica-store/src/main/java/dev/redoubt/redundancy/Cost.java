package dev.redoubt.redundancy;

import java.util.OptionalLong;
import java.util.Set;

/**
 * What a scheme costs a cluster.
 *
 * @param most the largest figure of any worker, for each kind of figure
 * @param total of all workers
 * @param lossBytes read from memory or disk until a lost worker is replaced, for the worker for
 *     which that is most; empty if no loss is sure to be survived
 * @param stepsRepeatedMax after a loss
 */
public record Cost(Load most, Load total, OptionalLong lossBytes, int stepsRepeatedMax) {

  /** Adds up what a scheme costs on a mesh. */
  public static Cost of(Scheme scheme, Shape mesh, StateSize state) {
    Placement placement = scheme.place(mesh);
    Load most = new Load(0, 0, 0, 0);
    Load total = most;
    long lossBytes = 0;
    int repeated = 0;
    boolean survived = true;
    for (Place place : mesh.places()) {
      Load load = scheme.load(placement, place, state);
      most = most.max(load);
      total = total.plus(load);
      Restoration loss = Restoration.of(scheme, placement, state, Set.of(place), place);
      survived &= !loss.incomplete();
      int back = stepsRepeatedMax(loss);
      repeated = Math.max(repeated, back);
      lossBytes = Math.max(lossBytes, back == 0 ? loss.bytes() : rereadBytes(placement, state));
    }
    return new Cost(
        most, total, survived ? OptionalLong.of(lossBytes) : OptionalLong.empty(), repeated);
  }

  private static int stepsRepeatedMax(Restoration loss) {
    return loss.fetches().stream()
        .mapToInt(fetch -> fetch.source() instanceof Source.Disk disk ? disk.stepsRepeatedMax() : 0)
        .max()
        .orElse(0);
  }

  /** All workers go back to their files, not only the one that replaces a lost one. */
  private static long rereadBytes(Placement placement, StateSize state) {
    return placement.mesh().places().stream()
        .mapToLong(place -> state.bytes(placement.owned(place).slice(), placement.slices()))
        .sum();
  }
}
