package dev.redoubt.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlacementTest {

  static List<Shape> meshes() {
    return Schemes.meshes(16);
  }

  @ParameterizedTest
  @MethodSource("meshes")
  void every_worker_trains_on_one_shard_and_every_shard_has_a_worker(Shape mesh) {
    for (Scheme scheme : Schemes.fitting(mesh)) {
      Placement placement = scheme.place(mesh);
      assertThat(placement.mesh().places()).allMatch(place -> ownsFirst(placement, place));
      assertThat(placement.shards()).allMatch(shard -> !placement.holders(shard).isEmpty());
      int each = mesh.seats() / placement.shards().size();
      assertThat(each).isEqualTo(placement.slices() == 1 ? mesh.pods() : 1);
    }
  }

  private static boolean ownsFirst(Placement placement, Place place) {
    return placement.at(place).getFirst().equals(new Piece.Own(placement.owned(place)))
        && placement.holders(placement.owned(place)).contains(place);
  }

  @ParameterizedTest
  @MethodSource("meshes")
  void copies_of_a_shard_are_on_different_workers_and_as_far_apart_as_there_are_pods(Shape mesh) {
    for (int copies = 1; copies < mesh.seats(); copies++) {
      Placement placement = new Buddy(copies).place(mesh);
      int most = (copies + mesh.pods()) / mesh.pods();
      for (ShardId shard : placement.shards()) {
        List<Place> holders = placement.holders(shard);
        assertThat(holders).doesNotHaveDuplicates().hasSize(copies + 1);
        assertThat(perPod(holders).values())
            .as("%d copies on %s", copies, mesh)
            .allMatch(count -> count <= most);
      }
      int held = copies + 1;
      assertThat(mesh.places()).allMatch(place -> placement.at(place).size() == held);
    }
  }

  @ParameterizedTest
  @MethodSource("meshes")
  void members_of_a_parity_group_are_in_different_pods_if_there_are_enough(Shape mesh) {
    for (int shards = 1; shards <= mesh.seats() && mesh.seats() > 1; shards++) {
      Placement placement = new Parity(shards).place(mesh);
      assertThat(placement.groups().stream().flatMap(List::stream))
          .containsExactlyInAnyOrderElementsOf(mesh.places());
      for (List<Place> group : placement.groups()) {
        assertThat(group).hasSizeBetween(2, Math.max(3, shards + 1));
        if (shards > 1) {
          assertThat(group).hasSizeLessThanOrEqualTo(shards + 1);
        }
        if (shards < mesh.pods()) {
          assertThat(perPod(group).values()).allMatch(count -> count == 1);
          assertThat(group.stream().map(Place::rank).distinct()).hasSize(1);
        }
      }
    }
  }

  private static Map<Integer, Long> perPod(List<Place> places) {
    return places.stream().collect(Collectors.groupingBy(Place::pod, Collectors.counting()));
  }

  @Test
  void seven_pods_and_two_copies_make_a_group_of_three_and_a_ring_of_four() {
    Placement placement = new Buddy(2).place(new Shape(7, 1, 0));
    assertThat(placement.holders(new ShardId(0, 1)))
        .containsExactly(new Place(0, 0), new Place(1, 0), new Place(2, 0));
    assertThat(placement.holders(new ShardId(0, 5)))
        .containsExactly(new Place(3, 0), new Place(5, 0), new Place(6, 0));
  }

  @Test
  void a_mesh_that_is_too_small_is_refused_with_what_is_missing() {
    refused(
        () -> new Buddy(2).place(new Shape(2, 1, 5)),
        "buddy, 2 copies needs 3 workers with a rank, not 2 pods of 1, 5 spares");
    refused(
        () -> new Parity(3).place(new Shape(1, 1, 0)),
        "parity over 3 shards needs 2 workers with a rank, not 1 pods of 1, 0 spares");
    refused(() -> new Buddy(0), "buddy keeps at least 1 copy, not 0");
    refused(() -> new Parity(0), "parity is over at least 1 shard, not 0");
    refused(
        () -> new Checkpoint(0, Checkpoint.Disk.OWN),
        "a checkpoint is written every 1 step or more, not every 0");
    refused(
        () -> new Shape(0, 1, 0),
        "a mesh has at least one pod and one worker in each, not pods=0 workersPerPod=1 spares=0");
    refused(
        () -> new StateSize(3 * 65536, 2).bytes(0, 4), "3 blocks cannot be shared out to 4 pods");
    Placement placement = new Replicas().place(new Shape(2, 1, 0));
    refused(
        () ->
            Restoration.of(
                new Replicas(), placement, new StateSize(8, 2), Set.of(), new Place(1, 0)),
        "pod1/rank0 is not lost");
  }

  private static void refused(Runnable call, String message) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  @Test
  void slices_are_whole_blocks_and_make_up_the_whole() {
    for (long bytes : new long[] {8, 65536, 65544, 7 * 65536, 1003 * 65536 + 16}) {
      StateSize state = new StateSize(bytes, 2);
      for (int slices = 1; slices <= 7 && slices <= (bytes + 65535) / 65536; slices++) {
        long sum = 0;
        for (int slice = 0; slice < slices; slice++) {
          assertThat(state.offset(slice, slices)).isEqualTo(sum).matches(at -> at % 65536 == 0);
          assertThat(state.bytes(slice, slices)).isPositive();
          sum += state.bytes(slice, slices);
        }
        assertThat(sum).isEqualTo(bytes);
      }
    }
  }
}
