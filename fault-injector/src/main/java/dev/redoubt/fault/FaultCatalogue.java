package dev.redoubt.fault;

import java.util.Arrays;
import java.util.List;

/** What can go wrong on purpose, in words: for lists, help and documentation. */
public final class FaultCatalogue {

  /**
   * One kind of fault.
   *
   * @param kind as in scenario files
   * @param summary what happens, in a sentence
   * @param parameters besides id, time and target
   * @param sites where it can strike; empty if that is no question
   * @param detectedBy what sees it
   * @param missedBy what cannot see it, and why
   * @param source where such faults were reported from real machines
   */
  public record Entry(
      String kind,
      String summary,
      List<Parameter> parameters,
      List<String> sites,
      String detectedBy,
      String missedBy,
      String source) {

    /** Copies the lists. */
    public Entry {
      parameters = List.copyOf(parameters);
      sites = List.copyOf(sites);
    }
  }

  /**
   * A parameter of a kind.
   *
   * @param name as in scenario files
   * @param meaning with its unit and range
   * @param required whether a scenario must give it
   */
  public record Parameter(String name, String meaning, boolean required) {}

  private static final Entry CRASH =
      new Entry(
          Crash.KIND,
          "The worker is gone from one moment to the next, with everything in its memory.",
          List.of(),
          List.of(),
          "the broken link of the fabric, and the cluster's failure detector",
          "nothing misses it; a busy machine can be mistaken for one",
          "The Llama 3 Herd of Models (2024), section 3.3.4: 419 unexpected interruptions in 54 days"
              + " on 16 thousand GPUs");

  private static final Entry BIT_FLIP =
      new Entry(
          BitFlip.KIND,
          "One bit of one 32-bit float changes in memory, and nothing else says so.",
          List.of(
              new Parameter("site", "which memory", true),
              new Parameter("tensor", "name of the tensor in the program", true),
              new Parameter("element", "index in the tensor, row-major, from 0", true),
              new Parameter("bit", "0, the lowest of the mantissa, to 31, the sign", true),
              new Parameter(
                  "microbatch",
                  "for gradient: which microbatch; the first that the worker computes if not given",
                  false),
              new Parameter(
                  "age",
                  "for stored-copy, and required there: versions behind the one the step reads, from 1",
                  false)),
          Arrays.stream(Site.values()).map(Site::kebab).toList(),
          "state digests across pods for parameters and moments; scrubbing for stored-copy; for"
              + " gradient only a screen, if the bit is a high one of the exponent",
          "state digests cannot see gradient: the reduction gives every pod the same wrong sum",
          "Dixit et al., Silent Data Corruptions at Scale (2021); Hochschild et al., Cores that don't"
              + " count (2021); Gemini: A Family of Highly Capable Multimodal Models (2023), section"
              + " 3");

  private FaultCatalogue() {}

  /** Every kind, in the order in which they are to be shown. */
  public static List<Entry> entries() {
    return List.of(CRASH, BIT_FLIP);
  }
}
