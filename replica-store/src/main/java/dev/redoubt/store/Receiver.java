package dev.redoubt.store;

/**
 * What arrives at an endpoint. The calls come one after the other, on a thread of the endpoint,
 * never on that of a sender. An exception thrown here is a bug: it breaks the endpoint off.
 */
public interface Receiver {

  /**
   * A frame, verified if frame digests are on.
   *
   * @param payload valid only during the call, unless it is kept
   */
  void frame(String from, FrameHeader header, Payload payload);

  /** The link to a peer is gone. Nothing more comes from that incarnation of the peer. */
  void peerBroken(String peer);

  /** A link to a peer is up: its first, or one more after the last one broke. */
  default void peerLinked(String peer) {}

  /**
   * Nothing was heard of a peer for a while, though the link is not broken: it hangs, or the
   * network between is cut. Inside one process nobody is ever silent.
   */
  default void peerSilent(String peer) {}

  /** A silent peer was heard again. */
  default void peerHeard(String peer) {}

  /**
   * A frame did not have the bytes that its sender digested. It is dropped.
   *
   * @param header as it arrived, so it may itself be what is wrong
   */
  void frameCorrupt(String from, FrameHeader header);

  /** A frame of a fenced epoch was dropped. */
  default void frameStale(String from, FrameHeader header) {}
}
