package dev.redoubt.node.process;

import dev.redoubt.node.Member;
import java.io.IOException;
import java.nio.file.Path;

/** Starts members on machines of their own; their input and output are pipes to the supervisor. */
public interface Launcher {

  /**
   * A machine for a member: its host is known before it runs, since the member is told of it.
   *
   * @param name of the member
   * @throws IOException if there is no such machine
   */
  default String host(String name) throws IOException {
    return Member.LOOPBACK;
  }

  /**
   * Starts the member. Called always on the same thread, which outlives it.
   *
   * @throws IOException if this machine cannot do it
   */
  Launched launch(Place place) throws IOException;

  /** A folder that is there, for files of the run's members. */
  Path folder();

  /** Where a member writes its log, for messages. */
  String log(String name);
}
