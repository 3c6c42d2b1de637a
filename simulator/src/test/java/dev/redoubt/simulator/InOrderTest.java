package dev.redoubt.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Results come in order, failures are told, and no bench stays open. */
class InOrderTest {

  private final AtomicInteger open = new AtomicInteger();
  private final List<Long> taken = new ArrayList<>();

  private InOrder<Long> jobs(int threads, LongUnaryOperator job) {
    return new InOrder<>(
        threads,
        () -> {
          open.incrementAndGet();
          return new InOrder.Bench<>() {
            @Override
            public Long run(long index) {
              return job.applyAsLong(index);
            }

            @Override
            public void close() {
              open.decrementAndGet();
            }
          };
        });
  }

  @Test
  void resultsComeInTheOrderOfTheirNumbers() throws Exception {
    jobs(4, index -> spin(index) * 2).run(5, 500, (index, result) -> taken.add(result));
    assertThat(taken).isEqualTo(LongStream.range(5, 500).map(i -> i * 2).boxed().toList());
    assertThat(open).hasValue(0);
  }

  /** Some jobs take longer than others. */
  private static long spin(long index) {
    long sum = 0;
    for (long i = 0; i < (index % 7) * 20_000; i++) {
      sum += i;
    }
    return sum < 0 ? -1 : index;
  }

  @Test
  void aJobThatFailsEndsItAfterWhatWasBeforeIt() {
    InOrder<Long> jobs =
        jobs(
            3,
            index -> {
              if (index == 40) {
                throw new IllegalArgumentException("forty");
              }
              return index;
            });
    assertThatThrownBy(() -> jobs.run(0, 1000, (index, result) -> taken.add(result)))
        .hasMessage("job 40 failed")
        .hasRootCauseMessage("forty");
    assertThat(taken).isEqualTo(LongStream.range(0, taken.size()).boxed().toList());
    assertThat(taken.size()).isLessThanOrEqualTo(40);
    assertThat(open).hasValue(0);
  }

  @Test
  void anInterruptLeavesAWholeBeginningAndNoThread() {
    assertThatThrownBy(
            () ->
                jobs(2, index -> index)
                    .run(
                        0,
                        Long.MAX_VALUE,
                        (index, result) -> {
                          taken.add(result);
                          if (index == 100) {
                            Thread.currentThread().interrupt();
                          }
                        }))
        .isInstanceOf(InterruptedException.class);
    assertThat(taken).hasSizeGreaterThan(100);
    assertThat(taken).isEqualTo(LongStream.range(0, taken.size()).boxed().toList());
    assertThat(open).hasValue(0);
  }
}
