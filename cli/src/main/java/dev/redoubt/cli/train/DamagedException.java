package dev.redoubt.cli.train;

/** A file is not what it should be; the message says where it differs. */
final class DamagedException extends Exception {
  private static final long serialVersionUID = 1L;

  DamagedException(String message) {
    super(message);
  }
}
