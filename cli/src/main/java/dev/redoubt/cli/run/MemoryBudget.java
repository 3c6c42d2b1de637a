package dev.redoubt.cli.run;

import com.sun.management.OperatingSystemMXBean;
import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.scenario.ModelCatalog.Dimensions;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.Scheme;
import dev.redoubt.node.RunSpec;
import dev.redoubt.redundancy.ParityStripes;
import dev.redoubt.trainer.ParameterLayout;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Refuses a run that this machine has not the memory for, before the kernel does it. */
final class MemoryBudget {

  private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d+) kB");

  /** Parameters and both moments. */
  private static final int REGIONS = 3;

  /** Of a process that trains next to nothing. */
  private static final long HEAP_BYTES = 192L << 20;

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

  /**
   * Bytes that all workers need for their versions, gradients and activations, and the golden run
   * before them; {@link Long#MAX_VALUE} if that is more than a number can say.
   *
   * @param whole the layout of the model
   * @param part the layout of a rank's part of it
   */
  static long wanted(Scenario scenario, ParameterLayout whole, ParameterLayout part) {
    double version = part.stateBytes();
    double region = version / REGIONS;
    double gradients = scenario.train().microbatches() + 4.0;
    double kept = scenario.redundancy().keepVersions() * version;
    double guests = guests(scenario, part.stateBytes());
    // What goes to disk is copied first.
    double toDisk = scenario.redundancy().diskEverySteps() == null ? 0 : version;
    double worker = kept + guests + toDisk + gradients * region + activations(scenario);
    double all = scenario.cluster().workers() * worker + 2.0 * whole.stateBytes();
    return whole.stateBytes() < 0 ? Long.MAX_VALUE : (long) all;
  }

  /** What a worker keeps of others' shards, and, where one is computed, has beside it meanwhile. */
  private static double guests(Scenario scenario, long version) {
    Scenario.Redundancy redundancy = scenario.redundancy();
    if (redundancy.scheme() != Scheme.PARITY || version <= 0) {
      return (double) redundancy.copies() * redundancy.keepVersions() * version;
    }
    int ranks = scenario.cluster().workersPerPod();
    long sum = new ParityStripes(Collections.nCopies(ranks, version)).parityBytes(0);
    return (double) redundancy.keepVersions() * sum + version;
  }

  /**
   * What a forward pass keeps for the backward pass: the large parts, without scratch. It grows
   * with the context and not with its square, since the shares of attention are computed again.
   */
  private static double activations(Scenario scenario) {
    Dimensions model = scenario.model().dimensions();
    double tokens = (double) scenario.train().batchSize() * scenario.train().sequenceLength();
    double queries = (double) model.heads() * model.headSize();
    double block = 4.0 * model.width() + 2 * queries + 3.0 * model.ffnWidth();
    return Float.BYTES * tokens * (model.layers() * block + model.vocabulary());
  }

  /**
   * The heap that one member's process needs at most: tensors are outside of it; on it are the
   * text, the arrays of the kernels, Akka, and the JVM's own.
   */
  static long heapBytes(RunSpec spec) {
    return HEAP_BYTES
        + 4 * ParameterLayout.of(spec.model()).regionBytes()
        + 2 * spec.data().bytes();
  }

  /**
   * Checks it.
   *
   * @throws EnvironmentException that says how much is wanted, and what to make smaller
   */
  void check(Scenario scenario, ParameterLayout whole, ParameterLayout part)
      throws EnvironmentException {
    long wanted = wanted(scenario, whole, part);
    long available = availableBytes.getAsLong();
    if (wanted > available) {
      throw new EnvironmentException(
          String.format(
              Locale.ROOT,
              "%d workers need %.1f GiB for their versions, gradients and activations, and"
                  + " %.1f GiB are available: take fewer pods or spares, a smaller model, shorter"
                  + " sequences, or a smaller redundancy.keepVersions",
              scenario.cluster().workers(),
              wanted / (double) (1L << 30),
              available / (double) (1L << 30)));
    }
  }
}
