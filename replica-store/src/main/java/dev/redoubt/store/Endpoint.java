package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent.Ask;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/** One worker's end of the fabric. Any thread may call it. */
public interface Endpoint extends AutoCloseable {

  /** The name it was opened with. */
  String node();

  /**
   * Sends a frame. Frames of one sender arrive in order. The payload is copied before the call
   * returns, and stays the caller's. The call waits while the peer's inbox is full, up to the
   * fabric's patience.
   *
   * @param payload native memory, at most {@link FabricOptions#payloadBytesMax()} bytes
   * @throws PeerBrokenException if the peer is not there, broke off, or took no frame in time; the
   *     frame was not delivered. Without an exception it may still be lost with the peer
   */
  void send(String peer, FrameHeader.Gradient header, MemorySegment payload)
      throws PeerBrokenException;

  /**
   * Sends a piece of a collective. As {@link #send}, but it never waits, and overtakes the frames
   * that do: whoever computes must not depend on how fast a peer takes gradients.
   *
   * @throws PeerBrokenException if the peer is not there, broke off, or has {@link
   *     FabricOptions#inboxPieces()} pieces waiting, which no program needs
   */
  void post(String peer, FrameHeader.Piece header, MemorySegment payload)
      throws PeerBrokenException;

  /**
   * A frame that the network damages: as {@link #send} or {@link #post}, by its kind, but what
   * arrives has the digest of other bytes. For injectors of faults.
   *
   * @param payload that arrives
   * @param digested that the digest is taken of, as long as {@code payload}
   * @throws IllegalArgumentException if the header is of neither kind, or the lengths differ
   */
  void damaged(String peer, FrameHeader header, MemorySegment payload, MemorySegment digested)
      throws PeerBrokenException;

  /**
   * The digests of a version's blocks, which the peer takes from its memory at this moment.
   *
   * @param patience how long to wait for the answer
   */
  BlockDigests digests(String peer, long epoch, long version, Duration patience)
      throws TransferException;

  /**
   * The root of a version's digest tree, which the peer takes from its memory at this moment.
   *
   * @param patience how long to wait for the answer
   */
  Digest root(String peer, long epoch, long version, Duration patience) throws TransferException;

  /**
   * Nodes of the tree whose {@link #root} the peer gave last.
   *
   * @param patience how long to wait for the answer
   */
  long[] nodes(String peer, long epoch, long version, Ask ask, Duration patience)
      throws TransferException;

  /**
   * Pulls blocks of a version, in the order asked for. The sink is called on the caller's thread.
   *
   * @param patience how long to wait for each block, not for all of them
   * @throws TransferException with the blocks before it delivered
   */
  void blocks(
      String peer, long epoch, long version, int[] blocks, BlockSink sink, Duration patience)
      throws TransferException;

  /** What this endpoint gives to others from now on; without a donor it has no version. */
  void serve(Donor donor);

  /**
   * Refuses frames and requests of an epoch older than {@code epoch} from now on. The bar never
   * goes down.
   */
  void fence(long epoch);

  /**
   * Breaks off at once, as a killed process does: every peer with a link to this endpoint is told
   * {@link Receiver#peerBroken}; sends and pulls to it and from it fail; nothing more is delivered
   * to this endpoint, and to a peer nothing more of this one after it was told. Frames on their way
   * are lost, or were delivered before that.
   */
  void breakOff();

  /**
   * Breaks off and waits for the callbacks in progress.
   *
   * @throws IllegalStateException if a callback does not return within ten seconds
   */
  @Override
  void close();
}
