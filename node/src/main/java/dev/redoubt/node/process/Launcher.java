package dev.redoubt.node.process;

import java.io.IOException;
import java.nio.file.Path;

/** Forks the process of a member; its input and output are pipes to the supervisor. */
public interface Launcher {

  /**
   * Forks it. Called always on the same thread, which outlives the process.
   *
   * @throws IOException if this machine cannot do it
   */
  Process launch(Place place) throws IOException;

  /** A folder that is there, for files of the run's members. */
  Path folder();

  /** Where the process of a member writes its log, for messages. */
  String log(String name);
}
