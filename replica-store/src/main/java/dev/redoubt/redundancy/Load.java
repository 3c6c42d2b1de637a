package dev.redoubt.redundancy;

/**
 * What a scheme costs one worker.
 *
 * @param memoryBytes all versions of all that it holds, and buffers
 * @param sentBytes over the network for each step, beyond what training itself sends
 * @param receivedBytes from the network for each step, likewise
 * @param diskBytes written for each step, on average
 */
public record Load(long memoryBytes, long sentBytes, long receivedBytes, long diskBytes) {

  /** The larger of each figure. */
  Load max(Load other) {
    return new Load(
        Math.max(memoryBytes, other.memoryBytes),
        Math.max(sentBytes, other.sentBytes),
        Math.max(receivedBytes, other.receivedBytes),
        Math.max(diskBytes, other.diskBytes));
  }

  /** The sum of each figure. */
  Load plus(Load other) {
    return new Load(
        memoryBytes + other.memoryBytes,
        sentBytes + other.sentBytes,
        receivedBytes + other.receivedBytes,
        diskBytes + other.diskBytes);
  }
}
