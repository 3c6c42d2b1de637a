package dev.redoubt.core;

/** Which layer saw it. */
public enum Detector {
  /** Copies of a shard were compared after the update. */
  STATE_DIGEST("state-digest"),
  /** A frame did not match the digest that it was sent with. */
  FRAME_DIGEST("frame-digest"),
  /** A gradient was not finite, or out of all proportion. */
  SCREEN("screen"),
  /** A stored version was read again. */
  SCRUB("scrub"),
  /** A version was read again because somebody wanted to build on it. */
  BASE_CHECK("base-check"),
  /** A block did not match its digest when it arrived. */
  TRANSFER("transfer"),
  /** A third worker replayed the step. */
  ARBITRATION("arbitration"),
  /** A spare computed a part of the step again before it counted. */
  AUDIT("audit"),
  /** A worker's own checksums of a matrix product did not fit, nor did what they were asked to. */
  ABFT("abft"),
  /** A machine gave a wrong answer to a known-answer test. */
  SCAN("scan"),
  /** A rank took several times as long as usual for its sums. */
  SLOW("slow"),
  /** Connections broke, or the cluster's membership took the worker off. */
  MEMBERSHIP("membership"),
  /** An answer did not come in time. */
  DEADLINE("deadline");

  private final String label;

  Detector(String label) {
    this.label = label;
  }

  /** The name in journals and reports. */
  public String label() {
    return label;
  }
}
