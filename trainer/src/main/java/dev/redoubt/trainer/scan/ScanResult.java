package dev.redoubt.trainer.scan;

import java.util.List;
import java.util.SequencedMap;

/**
 * What a scan of one processor came to.
 *
 * @param cpu its number; -1 if the thread was not pinned
 * @param passes whole rounds through all tests
 * @param tests by kernel, how many were run
 * @param wrong by kernel, how many had a wrong answer
 * @param findings the first of these, each run again
 */
public record ScanResult(
    int cpu,
    long passes,
    SequencedMap<Kernel, Long> tests,
    SequencedMap<Kernel, Long> wrong,
    List<Finding> findings) {

  /** All tests. */
  public long testsInAll() {
    return tests.values().stream().mapToLong(Long::longValue).sum();
  }

  /** All wrong answers. */
  public long wrongInAll() {
    return wrong.values().stream().mapToLong(Long::longValue).sum();
  }
}
