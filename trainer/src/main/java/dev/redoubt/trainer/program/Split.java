package dev.redoubt.trainer.program;

/** The annotation on a tensor: which of its dimensions the mesh's model axis splits. */
public enum Split {
  /** Every rank has all of it. */
  NONE,
  /** Ranks have consecutive rows. */
  ROWS,
  /** Ranks have consecutive columns. */
  COLUMNS
}
