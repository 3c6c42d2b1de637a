package dev.redoubt.cli;

import java.io.Console;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** Options that every command has. */
final class GlobalOptions {
  /** Set by the launcher, which knows what its error stream is. */
  private static final String STDERR_IS_TERMINAL = "redoubt.stderr.terminal";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Option(names = "--no-color", description = "No colours, whatever the terminal can do.")
  boolean noColor;

  @Option(
      names = {"-q", "--quiet"},
      description = "No messages but errors.")
  boolean quiet;

  Terminal terminal(PrintWriter out, PrintWriter err) {
    boolean live = isTerminal();
    boolean color = live && !noColor && System.getenv("NO_COLOR") == null;
    return new Terminal(out, err, live, color, quiet);
  }

  /** The property knows about the error stream alone; without a launcher the console has to do. */
  @SuppressWarnings("SystemConsoleNull") // It still is null with -Djdk.console=java.base.
  private static boolean isTerminal() {
    String stderr = System.getProperty(STDERR_IS_TERMINAL);
    if (stderr != null) {
      return Boolean.parseBoolean(stderr) && !"dumb".equals(System.getenv("TERM"));
    }
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
