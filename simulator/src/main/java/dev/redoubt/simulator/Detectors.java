package dev.redoubt.simulator;

import dev.redoubt.core.Audits;
import dev.redoubt.core.Buddies;
import dev.redoubt.core.Disk;
import dev.redoubt.core.Patience;
import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.trainer.program.ProductChecks;

/**
 * Which layers of detection look: what an arm of a campaign switches. A layer that is new gets its
 * component here, and its switch in {@code detect} and {@code arms} of the campaign's schema.
 *
 * @param stateDigestEvery steps; 0 is off
 * @param scrubEvery steps; 0 is off
 * @param audits the fraction of the spans that spares compute again; 0 is off
 * @param abft which matrix products workers check
 */
public record Detectors(
    int stateDigestEvery, int scrubEvery, boolean screens, double audits, ProductChecks abft) {

  /** Nobody looks: what a fault does when it is left alone. */
  public static final Detectors NONE = new Detectors(0, 0, false, 0, ProductChecks.NONE);

  /** Whether nobody looks; stored versions are judged by state digests alone. */
  boolean none() {
    return stateDigestEvery == 0 && !screens && abft == ProductChecks.NONE;
  }

  /**
   * The protocol with these detectors, for a part of its steps.
   *
   * @param first the version that it begins with
   * @param last the last step
   * @param seed of the draw of what is audited: each injection has its own, or those of one place
   *     would be found always or never
   */
  public ProtocolConfig in(ProtocolConfig protocol, long first, int last, long seed) {
    return new ProtocolConfig(
        protocol.mesh(),
        last,
        protocol.microbatches(),
        protocol.keepVersions(),
        stateDigestEvery,
        scrubEvery,
        screens,
        protocol.overlap(),
        protocol.strikesToEvict(),
        protocol.redosMax(),
        protocol.timeouts(),
        protocol.succession(),
        first,
        // Without a comparison each step there is no version to audit on.
        stateDigestEvery == 1 && audits > 0 ? new Audits(audits, seed) : Audits.NONE,
        Patience.UNLIMITED,
        protocol.membership(),
        protocol.diagnosis(),
        Disk.NONE,
        Buddies.NONE);
  }
}
