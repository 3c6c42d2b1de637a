package dev.redoubt.simulator;

import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import java.util.List;
import java.util.Locale;

/** Which kind of hardware fault a bit flip stands for. */
public enum FaultClass {
  /** Memory rots: a bit of a version changes before somebody reads it. */
  MEMORY,
  /** The gradient of a microbatch comes out wrong, before it is digested or reduced. */
  GRADIENT,
  /** The optimizer writes a wrong bit, before the version is digested. */
  UPDATE;

  /** When in a step it strikes. */
  public Phase phase() {
    return this == UPDATE ? Phase.UPDATE : Phase.COMPUTE;
  }

  /** Where it can strike. */
  public List<Site> sites() {
    return switch (this) {
      case MEMORY ->
          List.of(Site.PARAMETERS, Site.FIRST_MOMENTS, Site.SECOND_MOMENTS, Site.STORED_COPY);
      case GRADIENT -> List.of(Site.GRADIENT);
      case UPDATE -> List.of(Site.PARAMETERS, Site.FIRST_MOMENTS, Site.SECOND_MOMENTS);
    };
  }

  /** The name in files. */
  public String kebab() {
    return name().toLowerCase(Locale.ROOT);
  }
}
