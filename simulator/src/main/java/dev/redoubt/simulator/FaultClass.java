package dev.redoubt.simulator;

import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import java.util.List;
import java.util.Locale;

/** Which kind of hardware fault an injection stands for. */
public enum FaultClass {
  /** Memory rots: bits of a version change before somebody reads them. */
  MEMORY(Phase.COMPUTE, Site.PARAMETERS, Site.FIRST_MOMENTS, Site.SECOND_MOMENTS, Site.STORED_COPY),
  /** The gradient of a microbatch comes out wrong, before it is digested or reduced. */
  GRADIENT(Phase.COMPUTE, Site.GRADIENT),
  /** An operation of a microbatch writes a wrong result, which the next ones read. */
  ACTIVATION(Phase.COMPUTE, Site.ACTIVATIONS),
  /** A matrix product comes out wrong, before it is checked. */
  PRODUCT(Phase.COMPUTE, Site.PRODUCT),
  /** A core of the machine is defective: one lane of its products, from then on. */
  CORE(Phase.COMPUTE, Site.ACTIVATIONS),
  /** A token of a microbatch is another one when the model reads it. */
  TOKEN(Phase.COMPUTE, Site.TOKENS),
  /** The sum over all microbatches is wrong on one worker, after it was reduced. */
  REDUCED(Phase.UPDATE, Site.REDUCED_GRADIENT),
  /** The optimizer writes wrong bits, before the version is digested. */
  UPDATE(Phase.UPDATE, Site.PARAMETERS, Site.FIRST_MOMENTS, Site.SECOND_MOMENTS),
  /** The digest of a state is wrong, and the state is not. */
  ATTESTATION(Phase.ATTEST, Site.DIGEST);

  private final Phase phase;

  @SuppressWarnings("ImmutableEnumChecker") // It is: List.of copies.
  private final List<Site> sites;

  FaultClass(Phase phase, Site... sites) {
    this.phase = phase;
    this.sites = List.of(sites);
  }

  /** When in a step it strikes. */
  public Phase phase() {
    return phase;
  }

  /** Where it can strike. */
  public List<Site> sites() {
    return sites;
  }

  /** Whether it is a wrong result, whose operation and element a diagnosis is to name. */
  public boolean isComputed() {
    return this != MEMORY && this != ATTESTATION;
  }

  /** The name in files. */
  public String kebab() {
    return name().toLowerCase(Locale.ROOT);
  }
}
