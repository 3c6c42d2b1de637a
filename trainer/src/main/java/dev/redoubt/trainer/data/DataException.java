package dev.redoubt.trainer.data;

/** The data cannot be used; the message says what to do about it. */
public final class DataException extends Exception {

  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
