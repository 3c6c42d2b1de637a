package dev.redoubt.fault;

/**
 * Data change in one place, by a {@link Pattern}.
 *
 * @param id of the fault in its plan
 * @param when it strikes, or strikes first
 * @param target whom it strikes
 * @param place where
 * @param pattern how
 * @param recurrence how long it lasts
 * @param everywhere whether it is in the software: every machine that computes that microbatch does
 *     it wrong, audits and replays too
 */
public record Corruption(
    String id,
    When when,
    Target target,
    Place place,
    Pattern pattern,
    Recurrence recurrence,
    boolean everywhere)
    implements MemoryFault {

  /** The kind in scenario files. */
  public static final String KIND = "corruption";

  /** The kind in scenario files of one that is {@link #everywhere}. */
  public static final String SOFTWARE = "software-bug";

  /** Checks what can be checked without knowing the model. */
  public Corruption {
    require(
        place.site().phases().contains(when.phase()),
        id,
        "the site %s is struck in the phase %s"
            .formatted(place.site().kebab(), place.site().phasesInWords()));
    require(
        !(pattern instanceof Pattern.StaleRead) || place.site().hasOlder(),
        id,
        "only parameters and moments have an older version to be read");
    require(
        !everywhere || place.microbatch().isPresent(),
        id,
        "software is wrong in a microbatch, which is to be named: every machine comes to others");
    require(!place.site().isDigest(), id, "a digest has no floats; it is struck by a bit-flip");
  }

  private static void require(boolean holds, String id, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("fault '" + id + "': " + rule);
    }
  }

  @Override
  public String kind() {
    return everywhere ? SOFTWARE : KIND;
  }
}
