package dev.redoubt.node;

import dev.redoubt.core.Verdict;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import java.util.List;

/** A program that runs one small scenario and prints the digest it ends on, for child JVMs. */
final class DigestOfRun {

  private DigestOfRun() {}

  /** Arguments: how many pods, and whether faults strike. */
  public static void main(String[] args) throws Exception {
    System.out.println("final " + run(Integer.parseInt(args[0]), Boolean.parseBoolean(args[1])));
    System.exit(0);
  }

  /** The one digest that all copies end on. */
  static Digest run(int pods, boolean faults) throws Exception {
    Lab lab = new Lab().pods(pods).spares(1).steps(3);
    if (faults && pods == 1) {
      // A single copy survives nothing but rot in a version that is not read again.
      lab.inject(
          BitFlip.inStoredCopy(
              "rot", new When(3, Phase.COMPUTE), new Target(0, 0), "head", 9, 3, 1));
    } else if (faults) {
      lab.inject(new Crash("crash", new When(2, Phase.COMPUTE), new Target(pods - 1, 0)));
      lab.inject(
          BitFlip.inState(
              "flip",
              new When(3, Phase.COMPUTE),
              new Target(0, 0),
              Site.SECOND_MOMENTS,
              "head",
              100,
              29));
    }
    Verdict verdict = lab.run();
    List<Digest> finals = Lab.finals(verdict).distinct().toList();
    if (finals.size() != 1 || lab.strikes().size() != lab.faults()) {
      throw new IllegalStateException(
          verdict + " with " + lab.strikes().size() + " strikes of " + lab.faults());
    }
    return finals.getFirst();
  }
}
