package dev.redoubt.trainer.input;

/** An input cannot be used; the message begins with the file and says what was expected. */
public final class InputException extends Exception {

  private static final long serialVersionUID = 1L;

  /**
   * Says where and what.
   *
   * @param where the file, perhaps with a line
   * @param what is wrong with it
   */
  InputException(String where, String what) {
    super(where + ": " + what);
  }

  InputException(String where, String what, Throwable cause) {
    super(where + ": " + what, cause);
  }

  /** The same, with the place in front that names the file. */
  InputException namedBy(String where) {
    return new InputException(where, String.valueOf(getMessage()), this);
  }
}
