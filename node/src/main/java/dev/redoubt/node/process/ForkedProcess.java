package dev.redoubt.node.process;

import dev.redoubt.node.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A process of this machine: its power is SIGKILL, SIGSTOP and SIGCONT. */
public final class ForkedProcess implements Hardware {

  private static final int END_SECONDS_MAX = 10;

  /** The third field of {@code /proc/PID/stat}: stopped by a signal. */
  private static final char STOPPED = 'T';

  private final Process process;

  /** The hardware that {@code process} is. */
  public ForkedProcess(Process process) {
    this.process = process;
  }

  @Override
  public String name() {
    return "process " + process.pid();
  }

  @Override
  public String host() {
    return Member.LOOPBACK;
  }

  @Override
  public @Nullable String kill() throws InterruptedException {
    if (!process.isAlive()) {
      return null;
    }
    process.destroyForcibly();
    if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
      return null;
    }
    boolean isGone = Files.notExists(Path.of("/proc/" + process.pid()));
    int code = process.exitValue();
    return isGone && code == 128 + Posix.SIGKILL
        ? "%s exited with %d after SIGKILL and is gone from /proc".formatted(name(), code)
        : null;
  }

  @Override
  public @Nullable String stop() throws InterruptedException {
    if (!process.isAlive() || !Posix.signal(process.pid(), Posix.SIGSTOP)) {
      return null;
    }
    // The kernel stops one thread after the other.
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    while (kernelState() != STOPPED) {
      if (System.nanoTime() > deadline) {
        return null;
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
    return "%s is in state %c after SIGSTOP".formatted(name(), STOPPED);
  }

  @Override
  public boolean resume() {
    return process.isAlive() && Posix.signal(process.pid(), Posix.SIGCONT);
  }

  private char kernelState() {
    try {
      String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return ' ';
    }
  }

  @Override
  public void discard() {
    process.destroyForcibly();
  }
}
