package dev.redoubt.fault;

/** A fault that changes data in one place. */
public sealed interface MemoryFault extends DataFault permits BitFlip, Corruption {

  /** Where. */
  Place place();

  /** How. */
  Pattern pattern();

  /**
   * Whether every machine that computes the same does it wrong in the same way, as software does:
   * such a fault follows the data.
   */
  boolean everywhere();
}
