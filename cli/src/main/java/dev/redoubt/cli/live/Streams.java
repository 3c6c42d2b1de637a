package dev.redoubt.cli.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;

/**
 * Those that listen to a run. Only the server's thread comes here, but for {@link #accept}.
 *
 * <p>Each has its place in the {@link Feed} and is given more only while its socket takes it. Who
 * falls out of the feed is let go; a browser comes back by itself and begins with a snapshot.
 */
final class Streams {

  private static final long SILENCE_TICKS_MAX = 100;

  private static final class Place {
    long last;
    long silent;

    Place(long last) {
      this.last = last;
    }
  }

  private final LiveBoard board;
  private final Map<Channel, Place> places = new LinkedHashMap<>();
  private volatile Injections injections =
      ask -> new Injections.Answer.Refused("the training has not begun");

  Streams(LiveBoard board) {
    this.board = board;
  }

  void accept(Injections now) {
    injections = now;
  }

  Injections.Answer inject(Ask ask) {
    return injections.inject(ask);
  }

  /** Begins with all that is known; the head of the answer is written already. */
  void add(Channel client) {
    LiveBoard.Snapshot snapshot = board.snapshot();
    write(
        client, "id: " + snapshot.last() + "\nevent: snapshot\ndata: " + snapshot.data() + "\n\n");
    client.flush();
    places.put(client, new Place(snapshot.last()));
  }

  void remove(Channel client) {
    places.remove(client);
  }

  /** Everybody gets what is new. */
  void tick() {
    board.tick();
    for (Map.Entry<Channel, Place> place : Map.copyOf(places).entrySet()) {
      pump(place.getKey(), place.getValue());
    }
  }

  private void pump(Channel client, Place place) {
    if (board.feed().isLost(place.last)) {
      places.remove(client);
      Future<?> ignored = client.close();
      return;
    }
    boolean said = false;
    while (client.isWritable()) {
      Optional<Feed.Message> next = board.feed().after(place.last);
      if (next.isEmpty()) {
        break;
      }
      write(client, next.get().text());
      place.last = next.get().id();
      said = true;
    }
    place.silent = said ? 0 : place.silent + 1;
    if (place.silent >= SILENCE_TICKS_MAX && client.isWritable()) {
      place.silent = 0;
      // A comment: a connection that is gone is noticed when somebody writes.
      write(client, ":\n\n");
    }
    client.flush();
  }

  private static void write(Channel client, String text) {
    Future<?> ignored = client.write(new DefaultHttpContent(Unpooled.copiedBuffer(text, UTF_8)));
  }

  /** The last message goes out to those that read, and that was it. */
  void farewell() {
    tick();
    for (Channel client : places.keySet()) {
      Future<?> ignored =
          client
              .writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
              .addListener(ChannelFutureListener.CLOSE);
    }
    places.clear();
  }
}
