package dev.redoubt.cli.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.simulator.InjectionRow;
import dev.redoubt.simulator.Proportion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a page makes of a campaign's files. */
class CampaignModelTest {

  private static final Path ROWS =
      Path.of("src/test/resources/dev/redoubt/cli/campaign/tiny-rows.csv");
  private static final String REPORT =
      """
      {"schema": 1, "verdict": "passed", "injectionsDone": 30, "trainingsDone": 0,
       "campaign": {"name": "</script><img src=x>", "seed": 11, "arms": ["all", "blind"]},
       "expectations": [{"id": "all.found", "wanted": ">= 0.5", "observed": "1", "held": true}],
       "tables": {
         "coverage": [
           {"arm": "all", "by": "stratum", "group": "update/parameters/0-22",
            "activated": "4", "activatedOf": "5", "activatedShare": "0.8", "activatedLow": "0.1",
            "found": "3", "foundOf": "4", "foundShare": "0.75", "foundLow": "0.1",
            "harmful": "2", "harmfulOf": "4", "harmfulShare": "0.5", "harmfulLow": "0.1"},
           {"arm": "all", "by": "stratum", "group": "update/parameters/31",
            "activated": "2", "activatedOf": "2", "found": "1", "foundOf": "2", "harmful": "2",
            "harmfulOf": "2"},
           {"arm": "blind", "by": "stratum", "group": "update/parameters/31",
            "activated": "2", "activatedOf": "2", "found": "0", "foundOf": "2", "harmful": "2",
            "harmfulOf": "2"}]}}
      """;

  private final Path folder;

  CampaignModelTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static List<InjectionRow> rows() throws IOException {
    return Files.readAllLines(ROWS).stream().skip(1).map(InjectionRow::parse).toList();
  }

  private CampaignModel model() throws Exception {
    Files.writeString(folder.resolve("campaign.json"), REPORT);
    return CampaignModel.read(folder);
  }

  @Test
  void a_class_is_the_sum_of_its_strata() throws Exception {
    assertThat(model().coverage("all"))
        .containsExactly(
            Map.entry(
                "update/parameters",
                new CampaignModel.Coverage(
                    new Proportion(6, 7), new Proportion(4, 6), new Proportion(4, 6))));
    assertThat(model().coverage("blind").values())
        .extracting(CampaignModel.Coverage::found)
        .containsExactly(new Proportion(0, 2));
  }

  @Test
  void a_map_has_every_injection_that_changed_a_bit_once() throws IOException {
    List<InjectionRow> rows = rows();
    HeatMap map = HeatMap.of(rows, "all", InjectionRow::found);

    long activated =
        rows.stream().filter(r -> r.arm().equals("all") && r.outcome().activated()).count();
    long found = rows.stream().filter(r -> r.arm().equals("all") && r.found()).count();
    List<Proportion> cells = map.cells().values().stream().flatMap(List::stream).toList();
    assertThat(cells.stream().mapToLong(Proportion::of).sum()).isEqualTo(activated).isPositive();
    assertThat(cells.stream().mapToLong(Proportion::hits).sum()).isEqualTo(found).isPositive();
    assertThat(map.cells().values()).allMatch(bits -> bits.size() == 32);
  }

  @Test
  void a_row_is_in_the_cell_of_its_site_and_bit() throws IOException {
    InjectionRow row =
        rows().stream().filter(r -> r.arm().equals("all") && r.found()).findFirst().orElseThrow();
    HeatMap map = HeatMap.of(List.of(row), "all", InjectionRow::found);

    String[] stratum = row.stratum().split("/", -1);
    assertThat(map.cells()).containsOnlyKeys(stratum[0] + "/" + stratum[1]);
    assertThat(map.cells().values())
        .extracting(bits -> bits.get(row.place().bit()))
        .containsExactly(new Proportion(1, 1));
  }

  @Test
  void only_none_and_all_are_written_as_0_and_100() {
    assertThat(HeatSection.percent(new Proportion(0, 900))).isEqualTo("0");
    assertThat(HeatSection.percent(new Proportion(1, 900))).isEqualTo("<1");
    assertThat(HeatSection.percent(new Proportion(899, 900))).isEqualTo(">99");
    assertThat(HeatSection.percent(new Proportion(900, 900))).isEqualTo("100");
    assertThat(HeatSection.shade(new Proportion(1, 900))).isEqualTo(1);
    assertThat(HeatSection.shade(new Proportion(899, 900))).isEqualTo(4);
    assertThat(HeatSection.shade(new Proportion(900, 900))).isEqualTo(5);
  }

  @Test
  void a_share_is_one_cell_with_its_interval_and_a_hostile_name_a_text() throws Exception {
    Files.copy(ROWS, folder.resolve("rows.csv"));
    Files.writeString(folder.resolve("campaign.json"), REPORT);

    String page = Files.readString(CampaignPage.write(folder));

    assertThat(page)
        .contains("3/4 75.00 % [30.06, 95.44]")
        .contains("&lt;/script&gt;&lt;img src=x&gt;")
        .doesNotContain("<img", "foundOf");
    assertThat(page.split("</script", -1)).hasSize(4);
  }

  @Test
  void a_campaign_that_only_began_is_refused() throws Exception {
    Files.writeString(folder.resolve("campaign.json"), "{\"campaign\": {\"name\": \"x\"}}");

    assertThatThrownBy(() -> CampaignPage.write(folder))
        .hasMessageContaining("has the campaign ended?");
  }
}
