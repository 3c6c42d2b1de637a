package dev.redoubt.node;

import dev.redoubt.core.Verdict;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import java.util.Arrays;
import java.util.List;

/** A program that runs small scenarios and prints the digest that each ends on, for child JVMs. */
final class DigestOfRun {

  private DigestOfRun() {}

  /**
   * A cluster to run.
   *
   * @param faults whether something breaks
   */
  record Run(int pods, int ranks, boolean overlap, boolean faults) {

    /** Reads what {@link #argument} writes. */
    static Run parse(String argument) {
      String[] words = argument.split(",", 4);
      return new Run(
          Integer.parseInt(words[0]),
          Integer.parseInt(words[1]),
          Boolean.parseBoolean(words[2]),
          Boolean.parseBoolean(words[3]));
    }

    String argument() {
      return pods + "," + ranks + "," + overlap + "," + faults;
    }

    Lab lab() {
      return new Lab().pods(pods).ranks(ranks).overlap(overlap).spares(faults ? 1 : 0).steps(3);
    }
  }

  /** Arguments: runs. A line for each: {@code final}, the run, its digest. */
  public static void main(String[] args) throws Exception {
    for (Run run : Arrays.stream(args).map(Run::parse).toList()) {
      System.out.println("final " + run.argument() + " " + run(run));
    }
    System.exit(0);
  }

  /** The digest of the whole model that all pods end on. */
  static Digest run(Run run) throws Exception {
    Lab lab = run.lab();
    if (run.faults()) {
      breakSomething(lab, run);
    }
    Verdict verdict = lab.run();
    List<Digest> finals = Lab.pods(verdict).distinct().toList();
    if (finals.size() != 1 || lab.strikes().size() != lab.faults()) {
      throw new IllegalStateException(
          verdict + " with " + lab.strikes().size() + " strikes of " + lab.faults());
    }
    return finals.getFirst();
  }

  private static void breakSomething(Lab lab, Run run) {
    Target last = new Target(run.pods() - 1, run.ranks() - 1);
    if (run.pods() == 1) {
      // A single copy survives nothing but rot in a version that is not read again.
      lab.inject(BitFlip.inStoredCopy("rot", new When(3, Phase.COMPUTE), last, "head", 9, 3, 1));
      return;
    }
    lab.inject(new Crash("crash", new When(2, Phase.COMPUTE), last));
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
}
