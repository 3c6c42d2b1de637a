package dev.redoubt.store.net;

import java.lang.foreign.MemorySegment;

/** What a connection's frames mean: first a {@link Handshake}, then a {@link Connection}. */
interface Stage {

  /**
   * Bytes may flow: the connection is made, and TLS if it is on. On the event loop, as all here.
   *
   * @throws RefusedException if the other end is not who it should be
   */
  void opened();

  /**
   * Where the body of a frame goes: memory of exactly its length, taken before a byte of it is
   * read.
   *
   * @throws RefusedException if no such frame may come now, or none so long
   */
  MemorySegment body(Prefix prefix);

  /**
   * A frame is complete.
   *
   * @throws RefusedException if what it says makes no sense
   */
  void complete(Prefix prefix, MemorySegment body);

  /** What came is refused; the connection will be closed. */
  void refused(Refusal refusal, String detail);

  /** More may be written, or no more for now. */
  void writable();

  /** The connection is gone. */
  void closed();
}
