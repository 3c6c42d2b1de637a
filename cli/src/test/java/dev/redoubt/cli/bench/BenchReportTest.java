package dev.redoubt.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.cli.bench.BenchReport.Outcome;
import dev.redoubt.cli.bench.BenchReport.Target;
import dev.redoubt.cli.bench.Statistics.Interval;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchReportTest {

  private static BenchReport report(Target... targets) {
    LinkedHashMap<String, String> machine = new LinkedHashMap<>();
    machine.put("cores", "2");
    return new BenchReport(
        1,
        "test",
        machine,
        List.of(
            Figure.alone("machine", "read", 20, "GB/s", "one thread"),
            Figure.beside(
                "state",
                "digest",
                19,
                "GB/s",
                "read",
                new Comparison(1, 1, 0.95, 0.9, 1, new Interval(0.94, 0.96)))),
        List.of(targets));
  }

  @Test
  void missed_is_worse_than_unknown_and_unknown_than_held() {
    Target held = Target.atLeast("a", 1, 1);
    Target unknown = Target.atMost("b", 1, Double.NaN);
    Target missed = Target.atMost("c", 1, 1.01);
    assertThat(report(held).outcome()).isEqualTo(Outcome.HELD);
    assertThat(report(held, unknown).outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(report(unknown, missed, held).outcome()).isEqualTo(Outcome.MISSED);
  }

  @Test
  void the_table_has_its_columns_at_fixed_places() {
    List<String> lines = BenchText.lines(report(Target.atLeast("digest to read", 0.9, 0.95)));
    assertThat(lines)
        .containsExactly(
            "cores          2",
            "",
            "machine                              speed           ratio  quartiles",
            "  read                               20.00 GB/s          -                  one thread",
            "",
            "state                                speed           ratio  quartiles",
            "  digest                             19.00 GB/s      0.950  0.900..1.000  of read",
            "",
            "held     digest to read                               >= 0.9   0.950");
  }
}
