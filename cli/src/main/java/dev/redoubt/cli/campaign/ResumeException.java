package dev.redoubt.cli.campaign;

/** A directory that this campaign cannot go on in; the message says why. */
public final class ResumeException extends Exception {
  private static final long serialVersionUID = 1L;

  ResumeException(String message) {
    super(message);
  }
}
