package dev.redoubt.cli;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which processors this process may use, and a thread that stays on one of them. Linux only. */
final class Processors {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ALLOWED = "Cpus_allowed_list:";
  private static final Path INFO = Path.of("/proc/cpuinfo");
  private static final int MASK_BYTES = 1024;

  private Processors() {}

  /** Their numbers; empty where it cannot be known. */
  static List<Integer> allowed() {
    try (var lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(ALLOWED))
          .findFirst()
          .map(line -> list(line.substring(ALLOWED.length()).strip()))
          .orElse(List.of());
    } catch (IOException e) {
      return List.of();
    }
  }

  /**
   * Reads {@code 0-2,5}.
   *
   * @throws NumberFormatException if it is nothing of the kind
   */
  static List<Integer> list(String text) {
    List<Integer> numbers = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String[] ends = part.strip().split("-", 2);
      int from = Integer.parseInt(ends[0]);
      int to = Integer.parseInt(ends[ends.length - 1]);
      if (from < 0 || to < from || to >= MASK_BYTES * Byte.SIZE) {
        throw new NumberFormatException("'" + part + "' is no range of processors");
      }
      for (int number = from; number <= to; number++) {
        numbers.add(number);
      }
    }
    return List.copyOf(numbers);
  }

  /** What the operating system calls them. */
  static Optional<String> model() {
    try (var lines = Files.lines(INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Keeps the calling thread on a processor; false if it cannot be kept there. */
  static boolean stayOn(int number) {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(MASK_BYTES);
      byte bit = (byte) (1 << number % Byte.SIZE);
      mask.set(ValueLayout.JAVA_BYTE, number / Byte.SIZE, bit);
      return (int) affinity().invokeExact(0, (long) MASK_BYTES, mask) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException("sched_setaffinity could not be called", e);
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle affinity() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("sched_setaffinity"),
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.ADDRESS));
  }
}
