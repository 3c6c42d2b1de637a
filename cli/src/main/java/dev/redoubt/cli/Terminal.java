package dev.redoubt.cli;

import java.io.PrintWriter;

/**
 * Where a command writes: results to {@code out}, messages to {@code err}.
 *
 * @param live whether {@code err} is a terminal on which a line may be redrawn
 * @param color whether {@code err} may be coloured
 * @param quiet no messages but errors
 */
record Terminal(PrintWriter out, PrintWriter err, boolean live, boolean color, boolean quiet) {

  void message(String text) {
    if (!quiet) {
      err.println(text);
      err.flush();
    }
  }

  void error(String text) {
    err.println(paint("31", "error: ") + text);
    err.flush();
  }

  void warning(String text) {
    if (!quiet) {
      err.println(paint("33", "warning: ") + text);
      err.flush();
    }
  }

  void result(String text) {
    out.println(text);
    out.flush();
  }

  private String paint(String code, String text) {
    return color ? "\u001B[" + code + "m" + text + "\u001B[0m" : text;
  }
}
