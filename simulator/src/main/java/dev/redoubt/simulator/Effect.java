package dev.redoubt.simulator;

/** What became of an injection in the end. */
public enum Effect {
  /** No bit changed. */
  NOT_ACTIVATED,
  /** The run ends on the golden bits, and would have done so with nobody looking. */
  MASKED,
  /** The run ends on the golden bits, and would not have done so with nobody looking. */
  CORRECTED,
  /** The run was completed, on other bits. */
  ESCAPED,
  /** The run was not completed, and says so. */
  LOST
}
