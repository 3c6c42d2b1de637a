package dev.redoubt.redundancy;

import dev.redoubt.digest.Digest;

/** How a {@link SurgicalRepair} ended. */
public sealed interface RepairResult {

  /**
   * The copy has the agreed bits.
   *
   * @param blocks that were fetched
   * @param digests that were exchanged to find them
   * @param messages in both directions
   * @param bytes of all messages, with {@link SurgicalRepair#ENVELOPE_BYTES} for each
   */
  record Repaired(int blocks, long digests, int messages, long bytes) implements RepairResult {}

  /** The donor's copy is not the agreed one either. The target is untouched. */
  record DonorCorrupt(Digest found) implements RepairResult {}

  /**
   * The donor's answers do not lead to the agreed root, though it claimed that root. The target is
   * untouched.
   *
   * @param found the root that the answers lead to
   */
  record AnswersWrong(Digest found) implements RepairResult {}

  /**
   * A block did not arrive with its digest, or was not the next one asked for. The blocks before it
   * are mended.
   */
  record ArrivedCorrupt(int block) implements RepairResult {}

  /**
   * The donor gave fewer blocks than were asked for. Those that came are mended.
   *
   * @param missing how many
   */
  record DonorStopped(int missing) implements RepairResult {}

  /** Every block arrived well, and yet the target does not hold them: its own memory is broken. */
  record TargetCorrupt(Digest found) implements RepairResult {}
}
