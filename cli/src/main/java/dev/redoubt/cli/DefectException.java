package dev.redoubt.cli;

import java.nio.file.Path;

/** Redoubt itself failed in a run: exit code 70. What is known of it is in the run's log. */
final class DefectException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Path log;

  DefectException(Path log, Throwable cause) {
    super(cause.toString(), cause);
    this.log = log;
  }

  Path log() {
    return log;
  }
}
