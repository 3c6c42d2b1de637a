package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** What was done about a fault. */
public enum Response implements Word {
  /** Nothing. */
  NONE,
  /** What was wrong was fetched again from a verified copy, or done again. */
  REPAIRED,
  /** A spare took the rank. */
  REPLACED,
  /** A spare did its work too, as often as it was late. */
  SPECULATED,
  /** The worker lost its rank for misconduct, or because it was late again and again. */
  EVICTED,
  /** The pod was given up, the others went on. */
  DISSOLVED,
  /** All went back to a verified version. */
  REWOUND,
  /** A healthy worker was named. */
  WRONG_BLAME,
  /** Nobody could say who was wrong. */
  UNDECIDABLE,
  /** An alarm without a fault. */
  FALSE_ALARM;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
