package dev.redoubt.fault;

import java.util.Arrays;
import java.util.Locale;

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
  GRADIENT;

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
