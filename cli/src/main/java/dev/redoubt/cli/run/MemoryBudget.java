package dev.redoubt.cli.run;

import com.sun.management.OperatingSystemMXBean;
import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.trainer.ParameterLayout;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Refuses a run that this machine has not the memory for, before the kernel does it. */
final class MemoryBudget {

  private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d+) kB");

  private final LongSupplier availableBytes;

  MemoryBudget(LongSupplier availableBytes) {
    this.availableBytes = availableBytes;
  }

  static MemoryBudget ofThisMachine() {
    return new MemoryBudget(MemoryBudget::available);
  }

  /** What can be had without swapping; within a container at most its limit. */
  private static long available() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long free = system.getFreeMemorySize();
    try {
      Matcher matcher = AVAILABLE.matcher(Files.readString(Path.of("/proc/meminfo")));
      if (matcher.find()) {
        free = Math.max(free, Long.parseLong(matcher.group(1)) * 1024);
      }
    } catch (IOException e) {
      // Not Linux: what the JVM says has to do.
    }
    return Math.min(free, system.getTotalMemorySize());
  }

  /** Bytes that all workers need for their versions and gradients. */
  static long wanted(Scenario scenario, ParameterLayout layout) {
    long versions = scenario.redundancy().keepVersions() * layout.stateBytes();
    long gradients = (scenario.train().microbatches() + 4L) * layout.regionBytes();
    return scenario.cluster().workers() * Math.addExact(versions, gradients)
        + 2 * layout.stateBytes();
  }

  /**
   * Checks it.
   *
   * @throws EnvironmentException that says how much is wanted, and what to make smaller
   */
  void check(Scenario scenario, ParameterLayout layout) throws EnvironmentException {
    long wanted = wanted(scenario, layout);
    long available = availableBytes.getAsLong();
    if (wanted > available) {
      throw new EnvironmentException(
          String.format(
              Locale.ROOT,
              "%d workers need %.1f GiB for their versions and gradients, and %.1f GiB are"
                  + " available: take fewer pods or spares, a smaller model, or a smaller"
                  + " redundancy.keepVersions",
              scenario.cluster().workers(),
              wanted / (double) (1L << 30),
              available / (double) (1L << 30)));
    }
  }
}
