package dev.redoubt.cli.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.simulator.Proportion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One table, for programs and for people. */
class TableTest {
  private static final List<String> COLUMNS = List.of("arm", "steps", "found");

  private static Table table(Proportion found) {
    return new Table("t", "Title", COLUMNS, 1, List.of(List.of("all", 12L, found)));
  }

  @Test
  void aShareIsFiveColumnsForPrograms() {
    Table table = table(new Proportion(3, 4));
    assertThat(table.csv())
        .isEqualTo(
            """
            arm,steps,found,foundOf,foundShare,foundLow,foundHigh
            all,12,3,4,0.750000,0.300642,0.954413
            """);
    assertThat(table.records().getFirst())
        .isEqualTo(
            Map.of(
                "arm",
                "all",
                "steps",
                "12",
                "found",
                "3",
                "foundOf",
                "4",
                "foundShare",
                "0.750000",
                "foundLow",
                "0.300642",
                "foundHigh",
                "0.954413"));
  }

  @Test
  void withoutRowsItHasTheSameColumns() {
    assertThat(new Table("t", "Title", COLUMNS, 1, List.of()).csv())
        .isEqualTo("arm,steps,found,foundOf,foundShare,foundLow,foundHigh\n");
  }

  /** An interval that ends at 99.9996 % does not end at 100 %, and 0.0038 % is not 0. */
  @Test
  void peopleCanTellSmallFromNone() {
    assertThat(table(new Proportion(0, 1_000_000)).text())
        .contains("0/1000000 0.00 % [0.00, 0.0004]");
    assertThat(table(new Proportion(1_000_000, 1_000_000)).text())
        .contains("100.00 % [99.9996, 100.00]");
    assertThat(table(new Proportion(0, 0)).text())
        .isEqualTo(
            """
            Title
              arm  steps  found
              all     12   none
            """);
  }

  @Test
  void aCellOfAnotherKindIsADefect() {
    assertThatThrownBy(() -> new Table("t", "T", COLUMNS, 0, table(new Proportion(1, 2)).rows()))
        .hasMessageContaining("as found");
  }
}
