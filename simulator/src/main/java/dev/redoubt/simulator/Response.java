package dev.redoubt.simulator;

/** What was done about an injection. */
public enum Response {
  /** Nothing. */
  NONE,
  /** The step was done again, or the bits were fetched from a copy that was verified. */
  REPAIRED,
  /** The victim lost its rank. */
  EVICTED,
  /** All went back to an older version. */
  REWOUND,
  /** Somebody who was not struck was named. */
  WRONG_BLAME,
  /** Nobody could say who was wrong. */
  UNDECIDABLE,
  /** An alarm although no bit had changed. */
  FALSE_ALARM
}
