package dev.redoubt.cli.run;

import dev.redoubt.cli.report.RunOutcome.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The resident set of a run: of this process and of all that it forked, sampled as it goes. */
final class ResidentMemory {

  /** Samples in a run, about. */
  private static final int SAMPLES = 200;

  private static final int SAMPLES_MIN = 5;
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

  private record Sample(long step, long bytes) {}

  private final int steps;
  private final List<Sample> samples = new ArrayList<>();
  private long nextAt;

  ResidentMemory(int steps) {
    this.steps = steps;
  }

  /** A step is committed: takes a sample if it is time. */
  synchronized void committed(long step) {
    if (step < nextAt) {
      return;
    }
    nextAt = step + Math.max(1, steps / SAMPLES);
    bytes().ifPresent(bytes -> sample(step, bytes));
  }

  /** Takes down what was found. */
  synchronized void sample(long step, long bytes) {
    samples.add(new Sample(step, bytes));
  }

  /**
   * Medians, after the first tenth of the steps and in the last one; null if there are too few
   * samples, as where the operating system does not tell.
   */
  synchronized @Nullable Memory use() {
    List<Long> first = between(steps / 10, steps / 5);
    List<Long> last = between(steps - steps / 10, steps);
    return first.size() < SAMPLES_MIN || last.size() < SAMPLES_MIN
        ? null
        : new Memory(median(first), median(last));
  }

  private List<Long> between(long after, long to) {
    return samples.stream()
        .filter(sample -> sample.step() > after && sample.step() <= to)
        .map(Sample::bytes)
        .sorted()
        .toList();
  }

  private static long median(List<Long> sorted) {
    return sorted.get(sorted.size() / 2);
  }

  private static OptionalLong bytes() {
    OptionalLong own = bytes(ProcessHandle.current());
    if (own.isEmpty()) {
      return own;
    }
    try (Stream<ProcessHandle> others = ProcessHandle.current().descendants()) {
      return OptionalLong.of(
          own.getAsLong() + others.mapToLong(process -> bytes(process).orElse(0)).sum());
    }
  }

  private static OptionalLong bytes(ProcessHandle process) {
    try {
      Matcher matcher =
          RESIDENT.matcher(Files.readString(Path.of("/proc/" + process.pid() + "/status")));
      return matcher.find()
          ? OptionalLong.of(Long.parseLong(matcher.group(1)) * 1024)
          : OptionalLong.empty();
    } catch (IOException e) {
      // It has ended, or this is no Linux.
      return OptionalLong.empty();
    }
  }
}
