package dev.redoubt.store.net;

import dev.redoubt.store.FabricOptions;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a fabric over the network works.
 *
 * @param frames what is common to all fabrics; its inboxes are one for each peer here
 * @param token that all members of the run have
 * @param host that endpoints listen at
 * @param timing of the links
 * @param windowBytes of frames, and as many of pieces, that may wait at a receiver for each peer;
 *     one frame may always wait, however large
 * @param tls the certificates; null for plain TCP
 * @param faults a hand on the network; null for none
 * @param refusals told once of each cause and peer
 */
public record NetOptions(
    FabricOptions frames,
    RunToken token,
    String host,
    LinkTiming timing,
    long windowBytes,
    @Nullable TlsFiles tls,
    @Nullable LinkFaults faults,
    Consumer<Refused> refusals) {

  private static final Logger LOG = LoggerFactory.getLogger(NettyFabric.class);
  private static final long WINDOW_BYTES = 256L << 20;

  /** Checks the limit. */
  public NetOptions {
    if (windowBytes < 1) {
      throw new IllegalArgumentException("a window has at least 1 byte, not " + windowBytes);
    }
  }

  /** Plain TCP at the loopback address, 256 MiB for each peer; refusals go to the log. */
  public static NetOptions defaults(RunToken token) {
    return new NetOptions(
        FabricOptions.defaults(),
        token,
        "127.0.0.1",
        LinkTiming.defaults(),
        WINDOW_BYTES,
        null,
        null,
        refused -> LOG.warn("{}", refused));
  }

  /** The same with other options of frames. */
  public NetOptions withFrames(FabricOptions other) {
    return new NetOptions(other, token, host, timing, windowBytes, tls, faults, refusals);
  }

  /** The same at another address of this machine. */
  public NetOptions withHost(String other) {
    return new NetOptions(frames, token, other, timing, windowBytes, tls, faults, refusals);
  }

  /** The same with other times. */
  public NetOptions withTiming(LinkTiming other) {
    return new NetOptions(frames, token, host, other, windowBytes, tls, faults, refusals);
  }

  /** The same with another window. */
  public NetOptions withWindow(long bytes) {
    return new NetOptions(frames, token, host, timing, bytes, tls, faults, refusals);
  }

  /** The same with TLS. */
  public NetOptions withTls(TlsFiles files) {
    return new NetOptions(frames, token, host, timing, windowBytes, files, faults, refusals);
  }

  /** The same with a hand on the network. */
  public NetOptions withFaults(LinkFaults hand) {
    return new NetOptions(frames, token, host, timing, windowBytes, tls, hand, refusals);
  }

  /** The same with somebody else who is told of refusals. */
  public NetOptions withRefusals(Consumer<Refused> other) {
    return new NetOptions(frames, token, host, timing, windowBytes, tls, faults, other);
  }
}
