package dev.redoubt.cli.live;

import dev.redoubt.cli.scenario.Scenario;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** The live page of one run: what it shows, where it is served, and what was asked for there. */
public final class LivePage implements AutoCloseable {

  private final LiveBoard board;
  private final LiveServer server;
  private final List<Scenario.Fault> asked = new ArrayList<>();

  private LivePage(LiveBoard board, LiveServer server) {
    this.board = board;
    this.server = server;
  }

  /**
   * Serves the page of a run that is about to begin.
   *
   * @param port 0 for any free one
   * @throws IOException if it cannot be served there; the message says why
   */
  public static LivePage open(Scenario scenario, Clock clock, String host, int port)
      throws IOException {
    LiveBoard board = new LiveBoard(scenario, clock);
    return new LivePage(board, LiveServer.start(board, host, port));
  }

  /** The port that it is served at. */
  public int port() {
    return server.port();
  }

  /** The path of the page, with its token. */
  public String path() {
    return server.path();
  }

  /** What it shows. */
  public LiveBoard board() {
    return board;
  }

  /** From now on faults can be asked for. */
  public void accept(Injections injections) {
    server.accept(injections);
  }

  /** A fault was asked for and taken. */
  public synchronized void asked(Scenario.Fault fault) {
    asked.add(fault);
  }

  /** What was asked for and taken, in order. */
  public synchronized List<Scenario.Fault> asked() {
    return List.copyOf(asked);
  }

  @Override
  public void close() {
    board.endedAtLast();
    server.close();
  }
}
