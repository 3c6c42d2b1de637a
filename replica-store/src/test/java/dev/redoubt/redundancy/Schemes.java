package dev.redoubt.redundancy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Every scheme that fits a mesh, and every set of losses. */
final class Schemes {

  private Schemes() {}

  /** All small meshes with at most so many workers. */
  static List<Shape> meshes(int workersMax) {
    List<Shape> meshes = new ArrayList<>();
    for (int pods = 1; pods <= workersMax; pods++) {
      for (int workers = 1; pods * workers <= workersMax; workers++) {
        for (int spares = 0; spares <= 2 && pods * workers + spares <= workersMax; spares++) {
          meshes.add(new Shape(pods, workers, spares));
        }
      }
    }
    return meshes;
  }

  static List<Scheme> fitting(Shape mesh) {
    List<Scheme> schemes = new ArrayList<>(List.of(new Replicas()));
    for (int copies = 1; copies < mesh.seats(); copies++) {
      schemes.add(new Buddy(copies));
    }
    for (int shards = 1; shards <= mesh.seats() && mesh.seats() > 1; shards++) {
      schemes.add(new Parity(shards));
    }
    schemes.add(new Checkpoint(5, Checkpoint.Disk.OWN));
    schemes.add(new Checkpoint(5, Checkpoint.Disk.SHARED));
    return schemes;
  }

  /** The places that a set of lost workers leaves empty; spares come after the places. */
  static Set<Place> places(List<Place> all, int subset) {
    Set<Place> lost = new HashSet<>();
    for (int worker = 0; worker < all.size(); worker++) {
      if ((subset >> worker & 1) != 0) {
        lost.add(all.get(worker));
      }
    }
    return lost;
  }

  /** All places of a set of pods. */
  static Set<Place> pods(List<Place> all, int subset) {
    Set<Place> lost = new HashSet<>();
    for (Place place : all) {
      if ((subset >> place.pod() & 1) != 0) {
        lost.add(place);
      }
    }
    return lost;
  }
}
