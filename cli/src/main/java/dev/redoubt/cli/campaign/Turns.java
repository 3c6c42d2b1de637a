package dev.redoubt.cli.campaign;

import dev.redoubt.cli.scenario.Campaign.Share;
import dev.redoubt.simulator.Stratum;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** In which order strata come, so that each has its share of any long row of injections. */
final class Turns {
  private Turns() {}

  /**
   * One round: each stratum as often as its weight says, spread over the round. It depends on the
   * weights alone, so an injection's stratum does not depend on how many there are.
   */
  static List<Stratum> of(List<Share> shares) {
    int divisor =
        shares.stream()
            .map(share -> BigInteger.valueOf(share.weight()))
            .reduce(BigInteger.ZERO, BigInteger::gcd)
            .intValueExact();
    int[] weights = shares.stream().mapToInt(share -> share.weight() / divisor).toArray();
    int[] credit = new int[weights.length];
    int round = 0;
    for (int weight : weights) {
      round += weight;
    }
    List<Stratum> turns = new ArrayList<>();
    while (turns.size() < round) {
      int richest = 0;
      for (int i = 0; i < weights.length; i++) {
        credit[i] += weights[i];
        richest = credit[i] > credit[richest] ? i : richest;
      }
      credit[richest] -= round;
      turns.add(shares.get(richest).stratum());
    }
    return turns;
  }
}
