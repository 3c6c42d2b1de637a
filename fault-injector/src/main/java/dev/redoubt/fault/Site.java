package dev.redoubt.fault;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Which memory a bit flip strikes. */
public enum Site {
  /** The parameters of a version. */
  PARAMETERS,
  /** The optimizer's first moments in a version. */
  FIRST_MOMENTS,
  /** The optimizer's second moments in a version. */
  SECOND_MOMENTS,
  /** The parameters of an older version, which nobody reads just then. */
  STORED_COPY,
  /** The gradient of a microbatch, after it was computed and before it is digested or reduced. */
  GRADIENT,
  /** What one operation of a microbatch writes, forward or backward, before anything reads it. */
  ACTIVATIONS,
  /**
   * What one matrix product of a microbatch writes, before its own check looks at it: as if the
   * unit that multiplies had been wrong. Activations are struck after that check.
   */
  PRODUCT,
  /** The ids of a microbatch's tokens, as the model is about to read them. */
  TOKENS,
  /** The sum over all microbatches, as this worker's update is about to read it. */
  REDUCED_GRADIENT,
  /** The digest of the new state, as the worker attests it; the state itself is right. */
  DIGEST,
  /**
   * The digest of a sum that somebody has computed again to check it, as that checker says it; the
   * sum is right, and so is whoever is checked.
   */
  AUDIT;

  /** Those of a version: its parameters and moments, and older ones. */
  public static Set<Site> ofVersions() {
    return EnumSet.of(PARAMETERS, FIRST_MOMENTS, SECOND_MOMENTS, STORED_COPY);
  }

  /** Whether it belongs to one microbatch. */
  public boolean ofMicrobatch() {
    return this == GRADIENT || ofOperations() || this == TOKENS;
  }

  /** Whether it is cut into operations and not into tensors. */
  public boolean ofOperations() {
    return this == ACTIVATIONS || this == PRODUCT;
  }

  /** Whether it has tensors or operations with names. */
  public boolean named() {
    return this != TOKENS && !isDigest();
  }

  /** Whether it is a number of 64 bits rather than floats. */
  public boolean isDigest() {
    return this == DIGEST || this == AUDIT;
  }

  /** Whether there is an older version of the same. */
  boolean hasOlder() {
    return this == PARAMETERS || this == FIRST_MOMENTS || this == SECOND_MOMENTS;
  }

  /** When in a step it can be struck. */
  public Set<Phase> phases() {
    return switch (this) {
      case PARAMETERS, FIRST_MOMENTS, SECOND_MOMENTS -> EnumSet.of(Phase.COMPUTE, Phase.UPDATE);
      case STORED_COPY, GRADIENT, ACTIVATIONS, PRODUCT, TOKENS -> EnumSet.of(Phase.COMPUTE);
      case REDUCED_GRADIENT -> EnumSet.of(Phase.UPDATE);
      case DIGEST -> EnumSet.of(Phase.ATTEST);
      case AUDIT -> EnumSet.of(Phase.COMPUTE);
    };
  }

  /** Those phases in words: "compute or update". */
  public String phasesInWords() {
    return phases().stream()
        .map(phase -> phase.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(" or "));
  }

  /** The name in scenario files, such as {@code first-moments}. */
  public String kebab() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Reads what {@link #kebab} writes.
   *
   * @throws IllegalArgumentException naming the sites that there are
   */
  public static Site parse(String kebab) {
    return Arrays.stream(values())
        .filter(site -> site.kebab().equals(kebab))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no site '%s'; there are %s"
                        .formatted(
                            kebab,
                            String.join(", ", Arrays.stream(values()).map(Site::kebab).toList()))));
  }
}
