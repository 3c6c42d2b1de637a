package dev.redoubt.store;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Writes down what arrives, in order. */
public class Recorder implements Receiver {

  /** Something that arrived. */
  public interface Event {}

  /** As its name says. */
  public record Frame(String from, FrameHeader header, String payload) implements Event {}

  /** As its name says. */
  public record Broken(String peer) implements Event {}

  /** As its name says. */
  public record Corrupt(String from) implements Event {}

  /** As its name says. */
  public record Stale(String from, long epoch) implements Event {}

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  /** The next event; waits for it, and fails when none comes in half a minute. */
  public Event next() throws InterruptedException {
    Event event = events.poll(30, TimeUnit.SECONDS);
    if (event == null) {
      throw new AssertionError("nothing arrived");
    }
    return event;
  }

  void add(Event event) {
    events.add(event);
  }

  @Override
  public void frame(String from, FrameHeader header, Payload payload) {
    byte[] bytes = payload.bytes().toArray(ValueLayout.JAVA_BYTE);
    events.add(new Frame(from, header, new String(bytes, StandardCharsets.UTF_8)));
  }

  @Override
  public void peerBroken(String peer) {
    events.add(new Broken(peer));
  }

  @Override
  public void frameCorrupt(String from, FrameHeader header) {
    events.add(new Corrupt(from));
  }

  @Override
  public void frameStale(String from, FrameHeader header) {
    events.add(new Stale(from, header.epoch()));
  }
}
