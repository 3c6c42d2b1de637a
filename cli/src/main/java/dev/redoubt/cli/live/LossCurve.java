package dev.redoubt.cli.live;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The loss by step. However long the run is, so many points at most: then every second one goes.
 */
final class LossCurve {

  private final int pointsMax;
  private final TreeMap<Integer, Double> points = new TreeMap<>();
  private int stride = 1;

  LossCurve(int pointsMax) {
    this.pointsMax = pointsMax;
  }

  /** A step that is done again replaces what it was before. */
  void add(int step, double loss) {
    if (step % stride != 0 || !Double.isFinite(loss)) {
      return;
    }
    points.put(step, loss);
    while (points.size() > pointsMax) {
      stride *= 2;
      points.keySet().removeIf(old -> old % stride != 0);
    }
  }

  List<List<Number>> points() {
    return pairs(points);
  }

  static List<List<Number>> pairs(Map<Integer, Double> points) {
    return points.entrySet().stream()
        .map(point -> List.<Number>of(point.getKey(), point.getValue()))
        .toList();
  }
}
