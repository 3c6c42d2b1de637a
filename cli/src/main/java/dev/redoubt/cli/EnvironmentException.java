package dev.redoubt.cli;

/** This machine cannot do what was asked: exit code 4. The message says what to change. */
public final class EnvironmentException extends Exception {
  private static final long serialVersionUID = 1L;

  public EnvironmentException(String message) {
    super(message);
  }

  public EnvironmentException(String message, Throwable cause) {
    super(message, cause);
  }
}
