package dev.redoubt.store.net;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What an endpoint has sent, received and refused since it was opened. Any thread may read. */
public final class FabricCounters {

  private final LongAdder bytesSent = new LongAdder();
  private final LongAdder bytesReceived = new LongAdder();
  private final LongAdder framesSent = new LongAdder();
  private final LongAdder framesReceived = new LongAdder();
  private final LongAdder runsCorrupt = new LongAdder();
  private final LongAdder linksOpened = new LongAdder();
  private final LongAdder linksBroken = new LongAdder();
  private final Map<Refusal, LongAdder> refused = new EnumMap<>(Refusal.class);

  FabricCounters() {
    for (Refusal refusal : Refusal.values()) {
      refused.put(refusal, new LongAdder());
    }
  }

  void sent(long bytes) {
    framesSent.increment();
    bytesSent.add(bytes);
  }

  void received(long bytes) {
    framesReceived.increment();
    bytesReceived.add(bytes);
  }

  void corrupt() {
    runsCorrupt.increment();
  }

  void linkOpened() {
    linksOpened.increment();
  }

  void linkBroken() {
    linksBroken.increment();
  }

  void refused(Refusal refusal) {
    adder(refusal).increment();
  }

  private LongAdder adder(Refusal refusal) {
    return refused.getOrDefault(refusal, bytesSent);
  }

  /** Bytes of all frames sent: heads, bodies, heartbeats; not what TLS, TCP and IP add. */
  public long bytesSent() {
    return bytesSent.sum();
  }

  /** Bytes of all frames received, as {@link #bytesSent}. */
  public long bytesReceived() {
    return bytesReceived.sum();
  }

  /** Frames of all kinds sent. */
  public long framesSent() {
    return framesSent.sum();
  }

  /** Frames of all kinds received. */
  public long framesReceived() {
    return framesReceived.sum();
  }

  /** Runs with a block that had another digest than was agreed: its donor or the wire was wrong. */
  public long runsCorrupt() {
    return runsCorrupt.sum();
  }

  /** Connections to peers that said who they are. */
  public long linksOpened() {
    return linksOpened.sum();
  }

  /** How many of them are gone. */
  public long linksBroken() {
    return linksBroken.sum();
  }

  /** What was refused for this cause. */
  public long refusedFor(Refusal refusal) {
    return adder(refusal).sum();
  }

  /** What was refused for any cause. */
  public long refused() {
    return refused.values().stream().mapToLong(LongAdder::sum).sum();
  }
}
