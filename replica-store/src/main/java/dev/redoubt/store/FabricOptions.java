package dev.redoubt.store;

import java.time.Duration;

/**
 * How a fabric works.
 *
 * @param frameDigests whether each frame carries a CRC32C over header and payload, which the
 *     receiver verifies
 * @param inboxFrames how many frames wait at a receiver before senders have to wait
 * @param inboxPieces how many pieces of collectives may wait at a receiver, beside the frames
 * @param patience how long a sender waits for a full inbox
 * @param payloadBytesMax the largest payload of a frame, below 2 GiB
 * @param tap the hand on the wire
 */
public record FabricOptions(
    boolean frameDigests,
    int inboxFrames,
    int inboxPieces,
    Duration patience,
    int payloadBytesMax,
    FrameTap tap) {

  /** Checks the limits. */
  public FabricOptions {
    if (inboxFrames < 1 || inboxPieces < 1 || payloadBytesMax < 0 || payloadBytesMax > 1 << 30) {
      throw new IllegalArgumentException(
          ("a fabric needs an inbox of at least 1 frame and 1 piece, and payloads of 0 to 1 GiB,"
                  + " not %d, %d and %d")
              .formatted(inboxFrames, inboxPieces, payloadBytesMax));
    }
    if (!patience.isPositive()) {
      throw new IllegalArgumentException("a fabric's patience is positive, not " + patience);
    }
  }

  /**
   * Frame digests on, 64 frames, 1024 pieces, 10 seconds, payloads to 1 GiB, nobody on the wire.
   */
  public static FabricOptions defaults() {
    return new FabricOptions(true, 64, 1024, Duration.ofSeconds(10), 1 << 30, FrameTap.NONE);
  }

  /** The same with frame digests on or off. */
  public FabricOptions withFrameDigests(boolean on) {
    return new FabricOptions(on, inboxFrames, inboxPieces, patience, payloadBytesMax, tap);
  }

  /** The same with another hand on the wire. */
  public FabricOptions withTap(FrameTap other) {
    return new FabricOptions(
        frameDigests, inboxFrames, inboxPieces, patience, payloadBytesMax, other);
  }

  /** The same with another limit of frames and wait for it. */
  public FabricOptions withInbox(int frames, Duration wait) {
    return new FabricOptions(frameDigests, frames, inboxPieces, wait, payloadBytesMax, tap);
  }

  /** The same with another limit of pieces. */
  public FabricOptions withPieces(int most) {
    return new FabricOptions(frameDigests, inboxFrames, most, patience, payloadBytesMax, tap);
  }
}
