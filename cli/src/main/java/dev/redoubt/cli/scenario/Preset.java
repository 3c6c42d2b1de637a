package dev.redoubt.cli.scenario;

import dev.redoubt.cli.scenario.Campaign.Share;
import dev.redoubt.fault.Recurrence;
import dev.redoubt.fault.Site;
import dev.redoubt.simulator.FaultClass;
import dev.redoubt.simulator.Shape;
import dev.redoubt.simulator.Stratum;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Strata with the weights that a study of real or simulated hardware found, for campaigns that ask
 * how a mix of faults fares. Where a study gives only an order, the weights are a choice that keeps
 * it; {@code docs/faults.md} says which is which. They are no constants of nature: no two studies
 * agree.
 */
enum Preset {
  /** Scalar units: mostly one bit of one result. */
  CPU(computed(Shape.BIT, 90), computed(Shape.BITS, 10)),

  /** Vector units: mostly several bits, nine of ten in one element, nearly always in one lane. */
  VECTOR_UNIT(
      computed(Shape.BITS, 70), computed(Shape.BIT, 20), computed(Shape.STRIDE, 5), core(5)),

  /**
   * A GPU with stuck gates: half of the wrong results are zero, of the others fewer than 40 % have
   * one wrong bit, and wrong addresses come in strides. What is NaN or infinite, 1 %, is left out.
   */
  GPU(
      computed(Shape.NULL, 507),
      computed(Shape.BIT, 190),
      computed(Shape.BITS, 147),
      computed(Shape.STRIDE, 146)),

  /** Memory: three quarters of wrong reads are of another address, the others of wrong bits. */
  MEMORY(ofVersions(Shape.WRONG_OFFSET, 76), ofVersions(Shape.BIT, 24)),

  /** A node that trained on in production while 1.6 results in 100,000 were wrong. */
  BAD_NODE_1(badNode(1.6e-5)),

  /** One with 4.8 wrong results in 1,000. */
  BAD_NODE_10(badNode(4.8e-3)),

  /** One with 2.9 wrong results in 100. */
  BAD_NODE_11(badNode(2.9e-2));

  @SuppressWarnings("ImmutableEnumChecker") // It is: List.copyOf below.
  private final List<Share> shares;

  @SafeVarargs
  Preset(List<Share>... parts) {
    List<Share> all = new ArrayList<>();
    for (List<Share> part : parts) {
      all.addAll(part);
    }
    shares = List.copyOf(all);
  }

  private static List<Share> computed(Shape shape, int weight) {
    return List.of(share(FaultClass.ACTIVATION, Site.ACTIVATIONS, shape, weight));
  }

  private static List<Share> core(int weight) {
    return List.of(share(FaultClass.CORE, Site.ACTIVATIONS, Shape.BIT, weight));
  }

  private static List<Share> ofVersions(Shape shape, int weight) {
    return List.of(Site.PARAMETERS, Site.FIRST_MOMENTS, Site.SECOND_MOMENTS).stream()
        .map(site -> share(FaultClass.MEMORY, site, shape, weight))
        .toList();
  }

  private static List<Share> badNode(double probability) {
    Recurrence lasts = new Recurrence(Integer.MAX_VALUE, probability);
    return List.of(
        new Share(
            new Stratum(FaultClass.CORE, Site.ACTIVATIONS, 0, Float.SIZE - 1, Shape.BIT, lasts),
            1));
  }

  private static Share share(FaultClass kind, Site site, Shape shape, int weight) {
    return new Share(new Stratum(kind, site, 0, Float.SIZE - 1, shape, Recurrence.ONCE), weight);
  }

  /** The name in files. */
  String kebab() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Preset of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  List<Share> shares() {
    return shares;
  }
}
