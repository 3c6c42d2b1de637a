package dev.redoubt.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Takes the real error stream back from the launcher.
 *
 * <p>A JVM with an incubator module says so on its error stream before any of our code runs. The
 * launcher sends what comes before {@code main} through a filter and passes the real stream as
 * another descriptor; here it is put in its place again. So the filter sees the JVM's first lines
 * only, the stream stays a terminal if it was one, and no line can be lost or come late at exit. A
 * filter for the whole run was rejected: it outlives the JVM, and a line may come after the prompt.
 */
final class StandardError {
  private static final String DESCRIPTOR = "redoubt.stderr.fd";

  private StandardError() {}

  /** Does nothing if there is nothing to take back or the system has no {@code dup2}. */
  @SuppressWarnings("restricted")
  static void takeBack() {
    Integer kept = Integer.getInteger(DESCRIPTOR);
    if (kept == null) {
      return;
    }
    Linker linker = Linker.nativeLinker();
    linker
        .defaultLookup()
        .find("dup2")
        .ifPresent(
            symbol -> {
              FunctionDescriptor type =
                  FunctionDescriptor.of(
                      ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
              duplicate(linker.downcallHandle(symbol, type), kept);
            });
  }

  private static void duplicate(MethodHandle dup2, int kept) {
    try {
      int ignored = (int) dup2.invokeExact(kept, 2);
    } catch (Throwable e) {
      throw new IllegalStateException("dup2 declares no exception", e);
    }
  }
}
