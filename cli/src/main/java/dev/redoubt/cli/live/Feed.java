package dev.redoubt.cli.live;

import java.util.ArrayDeque;
import java.util.Optional;

/**
 * The last so many messages of a run, for any number of readers: each has a place of its own, and
 * none has a queue. Who falls further behind than the feed is long has lost the thread, and begins
 * anew or is let go.
 */
final class Feed {

  /**
   * A message of the stream.
   *
   * @param id from 1 on
   * @param name what it is about
   * @param data a line of JSON
   */
  record Message(long id, String name, String data) {

    /** As server-sent events have it. */
    String text() {
      return "id: " + id + "\nevent: " + name + "\ndata: " + data + "\n\n";
    }
  }

  private final int length;
  private final ArrayDeque<Message> messages = new ArrayDeque<>();
  private long last;

  Feed(int length) {
    this.length = length;
  }

  synchronized void add(String name, String data) {
    last++;
    messages.addLast(new Message(last, name, data));
    if (messages.size() > length) {
      messages.removeFirst();
    }
  }

  /** The number of the newest message; 0 if there is none. */
  synchronized long last() {
    return last;
  }

  /** The message after that one, if there is one. */
  synchronized Optional<Message> after(long id) {
    if (id >= last || isLost(id)) {
      return Optional.empty();
    }
    return messages.stream().skip(id + 1 - messages.getFirst().id()).findFirst();
  }

  /** Whether what came after that message is forgotten. */
  synchronized boolean isLost(long id) {
    return !messages.isEmpty() && id + 1 < messages.getFirst().id();
  }
}
