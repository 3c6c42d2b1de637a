package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.run.SchemePlan;
import dev.redoubt.redundancy.Buddy;
import dev.redoubt.redundancy.Checkpoint;
import dev.redoubt.redundancy.Checkpoint.Disk;
import dev.redoubt.redundancy.Parity;
import dev.redoubt.redundancy.Place;
import dev.redoubt.redundancy.Placement;
import dev.redoubt.redundancy.Replicas;
import dev.redoubt.redundancy.Scheme;
import dev.redoubt.redundancy.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The plan's chances are counted again here, by losing every set of machines that there is. */
class SchemePlanTest {
  private static final List<Scheme> SCHEMES =
      List.of(
          new Replicas(),
          new Buddy(1),
          new Parity(3),
          new Checkpoint(SchemePlan.CHECKPOINT_EVERY, Disk.OWN),
          new Checkpoint(SchemePlan.CHECKPOINT_EVERY, Disk.SHARED));

  private final Path folder;

  SchemePlanTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @ParameterizedTest
  @CsvSource({"2, 2, 1", "3, 1, 2", "1, 4, 1", "4, 2, 0"})
  void the_chances_are_those_of_losing_every_set_of_machines(int pods, int ranks, int spares)
      throws IOException {
    Shape mesh = new Shape(pods, ranks, spares);
    JsonNode planned = plan(pods, ranks, spares).get("schemes");
    assertThat(planned).hasSameSizeAs(SCHEMES);
    for (int index = 0; index < SCHEMES.size(); index++) {
      Scheme scheme = SCHEMES.get(index);
      JsonNode row = planned.get(index);
      assertThat(row.get("scheme").asText()).isEqualTo(scheme.title());
      for (int lost = 1; lost <= SchemePlan.LOST_MAX; lost++) {
        assertThat(row.get("machines").get(lost - 1).asDouble())
            .as("%s on %s, %d machines", scheme.title(), mesh, lost)
            .isCloseTo(counted(scheme, mesh, lost), within(1e-12));
      }
    }
  }

  @Test
  void a_worker_alone_has_no_buddy_and_the_plan_says_what_is_missing() throws IOException {
    JsonNode buddy = plan(1, 1, 1).get("schemes").get(1);
    assertThat(buddy.get("cost").isNull()).isTrue();
    assertThat(buddy.get("unfit").asText()).contains("needs 2 workers with a rank");
    assertThat(Cli.run("plan", file(1, 1, 1).toString()).out())
        .contains("does not fit: buddy, 1 copy needs 2 workers with a rank");
  }

  @Test
  void one_pod_pays_a_copy_a_step_and_survives_the_loss_of_a_rank() throws IOException {
    JsonNode plan = plan(1, 4, 1);
    long version = plan.at("/program/ranks/0/versionBytes").asLong();
    JsonNode replicas = plan.get("schemes").get(0);
    JsonNode buddy = plan.get("schemes").get(1);
    assertThat(replicas.at("/cost/memory").asLong()).isEqualTo(4 * version);
    assertThat(replicas.at("/cost/sentPerStep").asLong()).isZero();
    assertThat(replicas.at("/machines/0").asDouble()).isEqualTo(0.2);
    assertThat(buddy.at("/cost/memory").asLong()).isEqualTo(2 * 4 * version);
    assertThat(buddy.at("/cost/sentPerStep").asLong()).isEqualTo(version);
    assertThat(buddy.at("/machines/0").asDouble()).isEqualTo(1);
    assertThat(buddy.at("/cost/movedAfterLoss").asLong()).isGreaterThanOrEqualTo(version);
  }

  private static double counted(Scheme scheme, Shape mesh, int lost) {
    Placement placement = scheme.place(mesh);
    int sets = 0;
    int survived = 0;
    for (int set = 0; set < 1 << mesh.workers(); set++) {
      if (Integer.bitCount(set) == lost) {
        sets++;
        survived += scheme.survives(placement, places(mesh, set)) ? 1 : 0;
      }
    }
    return (double) survived / sets;
  }

  private static Set<Place> places(Shape mesh, int set) {
    Set<Place> places = new HashSet<>();
    for (int seat = 0; seat < mesh.seats(); seat++) {
      if ((set >> seat & 1) == 1) {
        places.add(mesh.places().get(seat));
      }
    }
    return places;
  }

  private JsonNode plan(int pods, int ranks, int spares) throws IOException {
    Cli plan = Cli.run("plan", file(pods, ranks, spares).toString(), "--json");
    assertThat(plan.exitCode()).as(plan.err()).isZero();
    return new JsonMapper().readTree(plan.out());
  }

  private Path file(int pods, int ranks, int spares) throws IOException {
    return Files.writeString(
        folder.resolve("planned.yaml"),
        """
        apiVersion: redoubt/v1
        name: planned
        cluster: {pods: %d, workersPerPod: %d, spares: %d}
        model: pico
        train: {steps: 3, microbatches: 8, sequenceLength: 32, batchSize: 2}
        """
            .formatted(pods, ranks, spares));
  }
}
