package dev.redoubt.node.process;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The few calls to the operating system that Java does not have. Linux only. */
@SuppressWarnings("restricted")
final class Posix {

  static final int SIGKILL = 9;
  static final int SIGCONT = 18;
  static final int SIGSTOP = 19;

  private static final int PR_SET_PDEATHSIG = 1;

  private static final MethodHandle KILL =
      handle(
          "kill",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle SETPGID =
      handle(
          "setpgid",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle PRCTL =
      handle(
          "prctl",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG));

  private Posix() {}

  /** Whether this is an operating system that the calls here are made for. */
  static boolean isHere() {
    return System.getProperty("os.name", "").equals("Linux");
  }

  /** Sends a signal; false if the process is not there or not ours. */
  static boolean signal(long pid, int signal) {
    return call(KILL, Math.toIntExact(pid), signal) == 0;
  }

  /**
   * Cuts this process's ties: the kernel kills it, stopped or not, when the thread that forked it
   * ends; and keys of the terminal, such as Ctrl-C, go to the supervisor alone.
   */
  static boolean dependOnParent() {
    return call(PRCTL, PR_SET_PDEATHSIG, (long) SIGKILL, 0L, 0L, 0L) == 0
        && call(SETPGID, 0, 0) == 0;
  }

  private static int call(MethodHandle handle, Object... arguments) {
    try {
      return (int) handle.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("a call to the operating system failed", e);
    }
  }

  private static MethodHandle handle(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }
}
