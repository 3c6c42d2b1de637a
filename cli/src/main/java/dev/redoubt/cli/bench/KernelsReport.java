package dev.redoubt.cli.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code redoubt bench kernels} found. Rates are medians on one thread; ratios are of
 * neighbouring samples.
 *
 * @param products of each model; empty if they were not asked for, as are the others
 * @param kernels beside a copy of memory of the same size
 * @param digests beside a read of the same memory
 * @param updates with the digest beside without
 * @param steps whole training steps
 * @param targets what the project promises, and whether it holds here
 */
public record KernelsReport(
    int schema,
    Host host,
    @Nullable Blas openBlas,
    List<Products> products,
    List<Kernel> kernels,
    List<Kernel> digests,
    List<Update> updates,
    List<Step> steps,
    List<Target> targets) {

  /** Of the JSON. */
  public static final int SCHEMA = 1;

  /** Copies the lists. */
  public KernelsReport {
    products = List.copyOf(products);
    kernels = List.copyOf(kernels);
    digests = List.copyOf(digests);
    updates = List.copyOf(updates);
    steps = List.copyOf(steps);
    targets = List.copyOf(targets);
  }

  /**
   * The machine.
   *
   * @param fmaGflops fused multiply-adds of one core, two operations each
   * @param readGigabytes a second, of memory that is in no cache
   * @param copyGigabytes a second that are both read and written
   */
  public record Host(
      String processor,
      int processors,
      int vectorBits,
      String java,
      double fmaGflops,
      double readGigabytes,
      double copyGigabytes) {}

  /** The library beside which products are measured. */
  public record Blas(String core, String configuration) {}

  /**
   * The products of a model's training step.
   *
   * @param geometricMean of the ratios to OpenBLAS over all shapes; null without it
   * @param weighted the ratio of the times of a whole step's products; null without OpenBLAS
   * @param exact whether every product had the bits of the scalar reference
   */
  public record Products(
      String model,
      @Nullable Double geometricMean,
      @Nullable Double weighted,
      boolean exact,
      List<Product> shapes) {

    public Products {
      shapes = List.copyOf(shapes);
    }
  }

  /**
   * A product.
   *
   * @param count how often it runs for a microbatch
   * @param gflops ours
   * @param ofPeak our share of the peak of fused multiply-adds
   * @param beside OpenBLAS: rates in operations a second; null without it
   */
  public record Product(
      ProductShape shape,
      int count,
      double gflops,
      double ofPeak,
      @Nullable Paired beside,
      boolean exact) {}

  /** A kernel that is bound by memory, in bytes a second read and written. */
  public record Kernel(String name, Paired beside) {}

  /**
   * An update.
   *
   * @param slower how much longer it takes with the digest than without, as a share
   */
  public record Update(String model, long parameters, Paired beside, double slower) {}

  /**
   * A training step on one thread: forward, backward and update.
   *
   * @param milliseconds of a step of {@code microbatches} microbatches
   * @param ofPeak share of the peak of fused multiply-adds
   * @param heapBytes allocated on the heap by a step after the warm-up
   * @param shares of the time of a microbatch, by kind of instruction, largest first
   */
  public record Step(
      String model,
      long parameters,
      int microbatches,
      int tokens,
      double milliseconds,
      double gflops,
      Paired ofPeak,
      long heapBytes,
      List<Share> shares) {

    public Step {
      shares = List.copyOf(shares);
    }
  }

  /** A share of a time. */
  public record Share(String kind, double share) {}

  /**
   * What is promised.
   *
   * @param held null if it could not be measured
   */
  public record Target(
      String name, String wanted, @Nullable Double observed, @Nullable Boolean held) {}
}
