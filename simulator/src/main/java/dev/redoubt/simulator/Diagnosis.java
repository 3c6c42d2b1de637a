package dev.redoubt.simulator;

/**
 * Whether a replay of the struck step, operation by operation, named what was struck.
 *
 * @param operation the first that differs is the one that was struck, or none where the fault came
 *     after the last
 * @param element the first that differs is the first that changed
 * @param bits those that differ in it are those that were flipped
 */
public record Diagnosis(boolean operation, boolean element, boolean bits) {

  static final Diagnosis WRONG = new Diagnosis(false, false, false);
}
