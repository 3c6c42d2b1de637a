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
          "The machine is gone from one moment to the next, with everything in its memory.",
          List.of(
              new Parameter(
                  "returns", "{afterSteps: N}: it is back N committed steps later, empty", false)),
          List.of(),
          "the broken link of the fabric, and the cluster's failure detector",
          "nothing misses it; a busy machine can be mistaken for one",
          "The Llama 3 Herd of Models (2024), section 3.3.4: 419 unexpected interruptions in 54 days"
              + " on 16 thousand GPUs");

  private static final Entry OUT_OF_MEMORY =
      new Entry(
          Crash.OUT_OF_MEMORY,
          "The process uses up its memory and ends: it allocates until its heap is full. In modes"
              + " processes and containers, where each machine has a memory of its own.",
          List.of(
              new Parameter(
                  "returns", "{afterSteps: N}: it is back N committed steps later, empty", false)),
          List.of(),
          "the broken link of the fabric, and the cluster's failure detector",
          "nothing misses it; while the heap fills, the machine is only slow",
          "Jeon et al., Analysis of Large-Scale Multi-Tenant GPU Clusters for DNN Training Workloads"
              + " (2019), section 4: out of memory among the most frequent failures of jobs");

  private static final Entry HANG =
      new Entry(
          Hang.KIND,
          "The machine stands still for good; its connections stay open.",
          List.of(),
          List.of(),
          "a silent link of the fabric, a deadline that passes, the cluster's failure detector",
          "nothing breaks, so nothing that waits for a broken connection sees it",
          "MegaScale: Scaling Large Language Model Training to More Than 10,000 GPUs (2024), section"
              + " 4.1");

  private static final Entry PAUSE =
      new Entry(
          Pause.KIND,
          "The machine stands still for a while, and then goes on as if nothing had been.",
          List.of(new Parameter("seconds", "how long", true)),
          List.of(),
          "as a hang, if it lasts long enough; afterwards its old orders and words are refused",
          "a pause that is shorter than every deadline is just slow",
          "Kleppmann, How to do distributed locking (2016), on pauses of processes");

  private static final Entry SLOW =
      new Entry(
          Slow.KIND,
          "The machine computes gradients more slowly than it could, and otherwise rightly.",
          List.of(
              new Parameter("factor", "by which each gradient's time is stretched, above 1", true),
              new Parameter("steps", "how long it lasts; to the end if not given", false)),
          List.of(),
          "deadlines, if it is slow enough; the measured exposed communication of the others",
          "every digest: its bits are right",
          "The Llama 3 Herd of Models (2024), section 3.3.4: stragglers; Gunawi et al., Fail-Slow at"
              + " Scale (2018)");

  private static final Entry PARTITION =
      new Entry(
          Partition.KIND,
          "The network is cut between some machines and all the others.",
          List.of(
              new Parameter("with", "more targets on the same side", false),
              new Parameter("direction", "both, in (they hear nothing) or out", false),
              new Parameter("seconds", "until it heals; never if not given", false)),
          List.of(),
          "silent links of the fabric, deadlines, the cluster's split-brain resolver",
          "a cut that is shorter than every deadline is a late message",
          "Alquraan et al., An Analysis of Network-Partitioning Failures in Cloud Systems (2018)");

  private static final String SEEN =
      "state digests across pods for parameters, moments, reduced-gradient and digest; scrubbing"
          + " for stored-copy; audits for gradient, activations, product and tokens, or a screen if"
          + " the result is huge; abft for product";

  private static final String BLIND =
      "state digests cannot see gradient, activations, product and tokens: the reduction gives every"
          + " pod the same wrong sum; audits do not see what the sum rounds away, nor the steps that they"
          + " leave out";

  private static final Entry BIT_FLIP =
      new Entry(
          BitFlip.KIND,
          "One bit of one 32-bit float changes in memory, and nothing else says so.",
          List.of(
              new Parameter("site", "which data", true),
              new Parameter(
                  "tensor",
                  "name of the tensor in the program; for activations and product an operation in its"
                      + " place, for tokens and digest nothing",
                  true),
              new Parameter("element", "index in the tensor, row-major, from 0", true),
              new Parameter(
                  "bit", "0, the lowest of the mantissa, to 31, the sign; of a digest to 63", true),
              new Parameter(
                  "microbatch",
                  "for gradient, activations, product, tokens: which microbatch; the first that the"
                      + " worker computes if not given",
                  false),
              new Parameter(
                  "age",
                  "for stored-copy, and required there: versions behind the one the step reads, from 1",
                  false)),
          Arrays.stream(Site.values()).map(Site::kebab).toList(),
          SEEN,
          BLIND,
          "Dixit et al., Silent Data Corruptions at Scale (2021); Hochschild et al., Cores that don't"
              + " count (2021); Gemini: A Family of Highly Capable Multimodal Models (2023), section"
              + " 3");

  private static final Parameter LASTS =
      new Parameter(
          "lasts",
          "{steps: N, probability: A}: how long it goes on striking; a corruption strikes once if"
              + " not given, a core for good",
          false);

  private static final Entry CORRUPTION =
      new Entry(
          Corruption.KIND,
          "Data change in one place by a pattern: several bits, a stride, a burst, zeros, values"
              + " from the wrong place or from before.",
          List.of(
              new Parameter("site, tensor, element, microbatch, age", "as for bit-flip", true),
              new Parameter(
                  "pattern",
                  "{shape: bits, bits: [..]}, {shape: stride, bits, every, count}, {shape: burst,"
                      + " cells, fraction, seed}, {shape: null, count}, {shape: wrong-offset, by,"
                      + " count}, {shape: stale-read, count}",
                  true),
              LASTS),
          Arrays.stream(Site.values()).filter(site -> !site.isDigest()).map(Site::kebab).toList(),
          SEEN,
          BLIND,
          "He et al., Understanding and Mitigating Hardware Failures in Deep Learning Training"
              + " Systems (2023); Dixit et al., Silent Data Corruptions at Scale (2021)");

  private static final Entry DEFECTIVE_CORE =
      new Entry(
          DefectiveCore.KIND,
          "A core of the machine is wrong in one lane of its vector unit from a step on, perhaps only"
              + " for some operands, or only now and then.",
          List.of(
              new Parameter("lane", "0 to 15: columns of results, modulo 16", true),
              new Parameter("bits", "[..]: of a result that are flipped", true),
              new Parameter("unit", "fma (matrix products) or all; fma if not given", false),
              new Parameter(
                  "operand", "{mask, pattern}: it is wrong where these bits are so", false),
              LASTS),
          List.of(),
          "abft, if it strikes products; audits, of those steps that they cover; with a second strike"
              + " its machine loses its rank",
          "state digests: the reduction gives every pod the same wrong sum",
          "Hochschild et al., Cores that don't count (2021); Dixit et al., Detecting Silent Data"
              + " Corruptions in the Wild (2022)");

  private static final Entry SOFTWARE_BUG =
      new Entry(
          Corruption.SOFTWARE,
          "Every machine that computes a microbatch does it wrong in the same way, audits and replays"
              + " too: the fault follows the data.",
          List.of(
              new Parameter("site", "gradient, activations, product or tokens", true),
              new Parameter("tensor, element, microbatch", "as for bit-flip; all required", true),
              new Parameter("pattern", "as for corruption", true),
              LASTS),
          Arrays.stream(Site.values()).filter(Site::ofMicrobatch).map(Site::kebab).toList(),
          "abft for product; a screen, if the result is huge; the comparison with the golden bits at the end",
          "everything that compares machines, since all of them agree",
          "Jiang et al., MegaScale: Scaling Large Language Model Training to More Than 10,000 GPUs"
              + " (2024), section 5");

  private static final Entry DRAIN =
      new Entry(
          Drain.KIND,
          "Planned maintenance: the machine is asked to leave, does its step to the end, and goes.",
          List.of(),
          List.of(),
          "nobody, for nothing breaks: the controller is told",
          "the last holder of a shard cannot leave until there is another",
          "The Llama 3 Herd of Models (2024), section 3.3.4: 47 planned interruptions in 54 days");

  private FaultCatalogue() {}

  /** Every kind, in the order in which they are to be shown. */
  public static List<Entry> entries() {
    return List.of(
        CRASH,
        OUT_OF_MEMORY,
        HANG,
        PAUSE,
        SLOW,
        PARTITION,
        NetworkCatalogue.CORRUPT_FRAME,
        NetworkCatalogue.DELAY,
        NetworkCatalogue.LOSS,
        NetworkCatalogue.DUPLICATE,
        NetworkCatalogue.REORDER,
        NetworkCatalogue.SLOW_LINK,
        NetworkCatalogue.CUT_FRAMES,
        NetworkCatalogue.CUT_CONTROL,
        BIT_FLIP,
        CORRUPTION,
        DEFECTIVE_CORE,
        SOFTWARE_BUG,
        DRAIN);
  }
}
