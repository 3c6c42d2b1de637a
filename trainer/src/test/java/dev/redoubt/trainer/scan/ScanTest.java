package dev.redoubt.trainer.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.trainer.kernel.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ScanTest {

  private static final Set<Kernel> ALL = EnumSet.allOf(Kernel.class);
  private static final int TESTS = Kernel.values().length * Operands.values().length;

  private static BooleanSupplier tests(int most) {
    AtomicInteger asked = new AtomicInteger();
    return () -> asked.getAndIncrement() < most;
  }

  /** The pinned answers, made anew with -Dredoubt.golden.write=true. */
  @Test
  void theKnownAnswersAreThoseOfTheKernels() throws IOException {
    List<String> lines = new ArrayList<>();
    for (Kernel kernel : Kernel.values()) {
      for (Operands operands : Operands.values()) {
        lines.add(KnownAnswers.key(kernel, operands) + ' ' + answer(kernel, operands).text());
      }
    }
    Path resource = Path.of("src/main/resources/dev/redoubt/trainer/scan", KnownAnswers.RESOURCE);
    if (Boolean.getBoolean("redoubt.golden.write")) {
      Files.write(resource, lines);
    }

    assertThat(Files.readAllLines(resource)).isEqualTo(lines);
  }

  private static Answer answer(Kernel kernel, Operands operands) {
    try (Arena arena = Arena.ofConfined()) {
      Room room = new Room(arena, operands);
      kernel.run(room);
      return Answer.of(room.results());
    }
  }

  /** Kernels have scalar twins in their own tests; products, here, once more. */
  @ParameterizedTest
  @EnumSource
  void theKnownAnswersAreThoseOfAScalarLoop(Operands operands) {
    try (Arena arena = Arena.ofConfined()) {
      Room room = new Room(arena, operands);
      Matrix a = room.operand(37, 29);
      Matrix b = room.operand(29, 53);
      Matrix c = room.blank(37, 53);
      for (int row = 0; row < 37; row++) {
        for (int column = 0; column < 53; column++) {
          float sum = 0;
          for (int k = 0; k < 29; k++) {
            sum = Math.fma(a.get(row, k), b.get(k, column), sum);
          }
          c.set(row, column, sum);
        }
      }
      room.result(c);

      assertThat(Answer.of(room.results()))
          .isEqualTo(KnownAnswers.load().of(Kernel.PRODUCTS_NN, operands));
    }
  }

  @Test
  void aHealthyMachineHasNoFindings() {
    ScanResult result = new Scan(ALL, null).run(-1, tests(2 * TESTS + 3));

    assertThat(result.passes()).isEqualTo(2);
    assertThat(result.testsInAll()).isEqualTo(2L * TESTS + 3);
    assertThat(result.wrongInAll()).isZero();
    assertThat(result.findings()).isEmpty();
  }

  /** One by one they are the tests of a round, in the same order. */
  @Test
  void testsRunOneByOneFindWhatARoundFinds() {
    Defect defect = SimulatedDefect.parse("kernel=norm,lane=5,bit=12");
    Scan scan = new Scan(ALL, defect);
    List<Finding> found = new ArrayList<>();
    for (int test = 0; test < scan.tests(); test++) {
      Finding finding = scan.run(test);
      if (finding != null) {
        found.add(finding);
      }
    }

    assertThat(scan.tests()).isEqualTo(TESTS);
    assertThat(found)
        .isEqualTo(new Scan(ALL, defect).run(-1, tests(TESTS)).findings())
        .hasSize(Operands.values().length);
    assertThat(found.getFirst().words())
        .isEqualTo("norm of random, lanes [5], 9 of 9 runs (persistent)");
  }

  @ParameterizedTest
  @EnumSource
  void alwaysWrongInOneLaneIsFoundInEveryKernelThatHasTheLane(Kernel kernel) {
    SimulatedDefect defect = new SimulatedDefect(kernel, 5, 0, 0, 0, 1, 0, 0);

    ScanResult result = new Scan(ALL, defect).run(3, tests(TESTS));

    assertThat(result.findings())
        .hasSize(Operands.values().length)
        .allSatisfy(
            finding -> {
              assertThat(finding.kernel()).isEqualTo(kernel.word());
              assertThat(finding.lanes()).containsExactly(5);
              assertThat(finding.isPersistent()).isTrue();
              assertThat(finding.cpu()).isEqualTo(3);
            });
    assertThat(result.wrong().get(kernel)).isEqualTo(Operands.values().length);
    assertThat(result.wrongInAll()).isEqualTo(Operands.values().length);
  }

  @Test
  void nowAndThenIsToldFromAlways() {
    SimulatedDefect defect = SimulatedDefect.parse("kernel=gate,lane=2,bit=3,probability=0.005");

    ScanResult result = new Scan(EnumSet.of(Kernel.GATE), defect).run(-1, tests(200));

    assertThat(result.findings()).isNotEmpty().anyMatch(finding -> !finding.isPersistent());
  }

  @Test
  void whatOneOperandTriggersIsFoundWithThatOperand() {
    int pattern = Float.floatToRawIntBits((float) StrictMath.pow(1.1, 53));
    SimulatedDefect defect = new SimulatedDefect(null, 9, 22, -1, pattern, 1, 0, 0);

    ScanResult result = new Scan(ALL, defect).run(-1, tests(TESTS));

    assertThat(result.findings())
        .isNotEmpty()
        .allSatisfy(finding -> assertThat(finding.operands()).isEqualTo("powers"));
  }

  @Test
  void whatBeginsLaterIsFoundLater() {
    SimulatedDefect defect = SimulatedDefect.parse("lane=1,onset=" + TESTS);

    assertThat(new Scan(ALL, defect).run(-1, tests(TESTS)).wrongInAll()).isZero();
    assertThat(new Scan(ALL, defect).run(-1, tests(2 * TESTS)).wrongInAll()).isPositive();
  }

  /** Of single-bit defects that always strike, whatever lane, bit and kernel, none is missed. */
  @Test
  void everyLaneAndBitShows() {
    long missed =
        IntStream.range(0, Answer.LANES * Integer.SIZE)
            .mapToObj(i -> new SimulatedDefect(Kernel.NORM, i % 16, i / 16, 0, 0, 1, 0, 0))
            .filter(
                defect ->
                    new Scan(EnumSet.of(Kernel.NORM), defect).run(-1, tests(1)).wrongInAll() == 0)
            .count();

    assertThat(missed).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lane=16|lane is 0 to 15",
        "bit=32|bit is 0 to 31",
        "probability=0|above 0",
        "probability=x|probability is a number",
        "colour=3|not key=value",
        "lane|not key=value",
        "lane=x|lane is a number",
        "kernel=nn|no kernel 'nn'; there are [products-nn",
        "mask=1,pattern=2|outside of mask",
        "onset=-1|onset is 0 to",
      })
  void aSpecificationThatMakesNoSenseIsRefused(String text, String why) {
    assertThatThrownBy(() -> SimulatedDefect.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void answersComeBackFromText() {
    assertThat(Stream.of(Operands.values()).map(o -> answer(Kernel.SUMS, o)))
        .allSatisfy(answer -> assertThat(Answer.parse(answer.text())).isEqualTo(answer));
  }
}
