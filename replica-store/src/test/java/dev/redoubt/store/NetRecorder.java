package dev.redoubt.store;

/** The recorder for tests in other packages, with news of links. */
public final class NetRecorder extends Recorder {

  /** A link is up. */
  public record Linked(String peer) implements Event {}

  /** A peer is silent. */
  public record Silent(String peer) implements Event {}

  /** A peer was heard again. */
  public record Heard(String peer) implements Event {}

  @Override
  public Event next() throws InterruptedException {
    return super.next();
  }

  /** The next frame; news of links before it are passed over. */
  public Frame nextFrame() throws InterruptedException {
    return next(Frame.class);
  }

  /** The next event of a kind; others before it are passed over. */
  public <E extends Event> E next(Class<E> kind) throws InterruptedException {
    Event event = next();
    while (!kind.isInstance(event)) {
      event = next();
    }
    return kind.cast(event);
  }

  @Override
  public void frame(String from, FrameHeader header, Payload payload) {
    super.frame(from, header, payload);
  }

  @Override
  public void peerLinked(String peer) {
    add(new Linked(peer));
  }

  @Override
  public void peerSilent(String peer) {
    add(new Silent(peer));
  }

  @Override
  public void peerHeard(String peer) {
    add(new Heard(peer));
  }
}
