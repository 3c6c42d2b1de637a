package dev.redoubt.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.kernel.Into;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProductBenchTest {

  @Test
  void the_shapes_are_all_products_of_the_step() {
    var program = StepBench.program(ModelConfig.preset("pico"));
    double flops =
        ProductShape.of(program).stream().mapToDouble(c -> c.shape().flops() * c.count()).sum();
    long planned = program.operations().stream().mapToLong(operation -> operation.flops()).sum();
    assertThat(flops).isEqualTo((double) planned);
  }

  @Test
  void without_openblas_a_product_stands_beside_the_peak() {
    try (Arena arena = Arena.ofConfined()) {
      ProductBench bench =
          new ProductBench(new Paired(new Effort(1, 1, 3, 1)), new Machine(arena), null);
      ProductShape odd = new ProductShape("tn", 7, 5, 19, 8, 9, 16, Into.CONTINUE);
      ProductBench.Measured measured = bench.measure("products", odd, 2);
      assertThat(measured.bitIdentical()).isTrue();
      assertThat(measured.figure().reference()).contains("no OpenBLAS");
      assertThat(measured.figure().name()).isEqualTo("tn 7x5x19 +");
      assertThat(measured.figure().note()).isEqualTo("x2");
    }
  }

  @Test
  void a_library_that_is_not_there_or_another_one_is_refused(@TempDir Path folder)
      throws Exception {
    Path text = Files.writeString(folder.resolve("text.so"), "no library");
    try (Arena arena = Arena.ofConfined()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> OpenBlas.load(folder.resolve("none.so"), arena))
          .withMessageContaining("none.so");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> OpenBlas.load(text, arena))
          .withMessageContaining("text.so");
    }
  }
}
