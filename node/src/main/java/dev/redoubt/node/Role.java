package dev.redoubt.node;

import java.util.Locale;

/** What a member of the cluster is there for. */
public enum Role {
  /** The controller, or one that stands by to become it. */
  CONTROLLER,
  /** A machine that trains, or a spare. */
  WORKER;

  /** As Akka's role, and in files. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
