package dev.redoubt.cli.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.redoubt.cli.run.TrainerModels;
import dev.redoubt.cli.scenario.Campaign.Share;
import dev.redoubt.simulator.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PresetTest {

  private final Path folder;

  PresetTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @ParameterizedTest
  @EnumSource
  void a_campaign_may_name_one_in_place_of_strata(Preset preset) throws Exception {
    List<Share> shares = load(preset).shares();
    assertThat(shares).isEqualTo(preset.shares()).isNotEmpty();
    assertThat(shares).extracting(share -> share.stratum().label()).doesNotHaveDuplicates();
  }

  private Campaign load(Preset preset) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("campaign.yaml"),
            """
            apiVersion: redoubt/v1
            name: mix
            seed: 7
            cluster: {pods: 3}
            model: pico
            train: {steps: 20, microbatches: 6, sequenceLength: 16, batchSize: 1}
            injections: 100
            preset: %s
            """
                .formatted(preset.kebab()));
    return new CampaignLoader(new TrainerModels()).load(file);
  }

  @Test
  void the_schema_has_all_of_them() throws IOException {
    JsonNode words =
        new ObjectMapper()
            .readTree(
                CampaignLoader.class.getResourceAsStream(
                    "/dev/redoubt/cli/scenario/campaign.schema.json"))
            .at("/properties/preset/enum");
    assertThat(words.valueStream().map(JsonNode::asText))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Preset.values()).map(Preset::kebab).toList());
  }

  @Test
  void half_of_what_a_gpu_gets_wrong_is_zero() {
    double all = Preset.GPU.shares().stream().mapToInt(Share::weight).sum();
    double zeros =
        Preset.GPU.shares().stream()
            .filter(share -> share.stratum().shape() == Shape.NULL)
            .mapToInt(Share::weight)
            .sum();
    // The hundredth that is NaN or infinite is not drawn.
    assertThat(zeros / all).isBetween(0.507, 0.513);
  }
}
