package dev.redoubt.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransferBenchTest {

  private static final int PAIRS = 3;

  @Test
  void each_row_has_the_pairs_of_all_links_and_a_repair_moves_a_part(@TempDir Path folder)
      throws Exception {
    long bytes = 4 << 20;
    TransferBench bench = new TransferBench(new Paired(new Effort(1, 1, PAIRS, 1)), folder, bytes);
    bench.run();

    assertThat(bench.figures()).hasSize(7);
    assertThat(bench.figures().subList(0, 6))
        .allSatisfy(
            figure -> {
              assertThat(figure.ratio()).isPositive();
              assertThat(figure.note()).startsWith(PAIRS * TransferBench.LINKS + " pairs");
            });
    assertThat(bench.moved()).isEqualTo(bench.figures().getFirst().ratio());
    long block = 64 << 10;
    assertThat(bench.repaired() * bytes)
        .as("one block, and what leads to it")
        .isBetween((double) block, 1.2 * block);
  }
}
