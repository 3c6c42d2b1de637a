package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.KernelsReport.Blas;
import dev.redoubt.cli.bench.KernelsReport.Host;
import dev.redoubt.cli.bench.KernelsReport.Target;
import dev.redoubt.trainer.CounterRandom;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.program.Shard;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Measures all kernels on one thread, part by part. */
public final class KernelSuite {

  /** What can be measured on its own. */
  public enum Part {
    PRODUCTS,
    KERNELS,
    DIGEST,
    UPDATE,
    STEP
  }

  /**
   * What to measure.
   *
   * @param models by name
   * @param openBlas where the library is; null for the usual places
   */
  public record Wanted(Set<Part> parts, List<String> models, Pace pace, @Nullable Path openBlas) {

    public Wanted {
      parts = Set.copyOf(parts);
      models = List.copyOf(models);
    }
  }

  /** Larger than any cache. */
  private static final long BANDWIDTH_BYTES = 256L << 20;

  private static final int TEXT_BYTES = 1 << 20;
  private static final int SEQUENCES = 4;
  private static final int SEQUENCE_LENGTH = 128;
  private static final int MICROBATCHES = 4;

  private static final double PRODUCTS_MIN = 1.0;
  private static final double DIGEST_MIN = 0.9;
  private static final double UPDATE_MAX = 0.05;
  private static final double STEP_MIN = 0.6;

  private final Wanted wanted;
  private final LongSupplier nanoTime;
  private final Pairing pairing;
  private final Consumer<String> progress;

  /**
   * Sets it up.
   *
   * @param progress is told what is being measured
   */
  public KernelSuite(Wanted wanted, LongSupplier nanoTime, Consumer<String> progress) {
    this.wanted = wanted;
    this.nanoTime = nanoTime;
    this.pairing = new Pairing(wanted.pace(), nanoTime);
    this.progress = progress;
  }

  /**
   * Measures.
   *
   * @throws IllegalStateException if OpenBLAS computes something else than a product
   */
  public KernelsReport run() {
    progress.accept("the machine");
    Host host = host();
    Optional<OpenBlas> blas =
        wanted.parts().contains(Part.PRODUCTS)
            ? OpenBlas.find(wanted.openBlas())
            : Optional.empty();
    List<KernelsReport.Products> products = new ArrayList<>();
    List<KernelsReport.Kernel> kernels = new ArrayList<>();
    List<KernelsReport.Update> updates = new ArrayList<>();
    List<KernelsReport.Step> steps = new ArrayList<>();
    MemoryBench memory = new MemoryBench(pairing);
    for (String name : wanted.models()) {
      ModelConfig model = ModelConfig.preset(name);
      TrainConfig train = TrainConfig.defaults(7, 2, MICROBATCHES, SEQUENCES, SEQUENCE_LENGTH);
      if (wants(Part.PRODUCTS, "products of " + name)) {
        products.add(
            new ProductBench(pairing, blas.orElse(null), host.fmaGflops() * 1e9)
                .measure(name, Trainer.program(model, train, Shard.WHOLE, true)));
      }
      if (wants(Part.KERNELS, "other kernels of " + name)) {
        kernels.addAll(memory.kernels(model, SEQUENCES, SEQUENCE_LENGTH));
      }
      try (Trainer trainer = new Trainer(model, train, text(train))) {
        if (wants(Part.UPDATE, "update of " + name)) {
          updates.add(memory.update(model, trainer));
        }
        if (wants(Part.STEP, "step of " + name)) {
          try (StepBench step = new StepBench(model, train, trainer)) {
            steps.add(step.measure(pairing, nanoTime));
          }
        }
      }
    }
    List<KernelsReport.Kernel> digests =
        wants(Part.DIGEST, "digests") ? memory.digests() : List.of();
    Blas library = blas.map(found -> new Blas(found.core(), found.configuration())).orElse(null);
    return new KernelsReport(
        KernelsReport.SCHEMA,
        host,
        library,
        products,
        kernels,
        digests,
        updates,
        steps,
        targets(products, digests, updates, steps));
  }

  private boolean wants(Part part, String words) {
    if (!wanted.parts().contains(part)) {
      return false;
    }
    progress.accept(words);
    return true;
  }

  private Host host() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment from = arena.allocate(BANDWIDTH_BYTES, 64).fill((byte) 1);
      MemorySegment to = arena.allocate(BANDWIDTH_BYTES, 64).fill((byte) 2);
      return new Host(
          processor(),
          Runtime.getRuntime().availableProcessors(),
          Peaks.vectorBits(),
          Runtime.version().toString(),
          pairing.measure(Peaks.fma()) * 1e-9,
          pairing.measure(Peaks.read(from)) * 1e-9,
          pairing.measure(Peaks.copy(from, to)) * 1e-9);
    }
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  /** Letters without meaning: the time of a step does not depend on what is read. */
  private static Dataset text(TrainConfig train) {
    byte[] text = new byte[TEXT_BYTES];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) (CounterRandom.bits(1, 2, i) & 0x7F);
    }
    try {
      return Dataset.of(text, train);
    } catch (DataException e) {
      throw new IllegalStateException("there is text enough", e);
    }
  }

  private static List<Target> targets(
      List<KernelsReport.Products> products,
      List<KernelsReport.Kernel> digests,
      List<KernelsReport.Update> updates,
      List<KernelsReport.Step> steps) {
    List<Target> targets = new ArrayList<>();
    double[] ratios =
        products.stream()
            .flatMap(model -> model.shapes().stream())
            .map(KernelsReport.Product::beside)
            .filter(beside -> beside != null)
            .mapToDouble(Paired::ratio)
            .toArray();
    if (!products.isEmpty()) {
      boolean exact = products.stream().allMatch(KernelsReport.Products::exact);
      targets.add(
          atLeast(
              "products, geometric mean to OpenBLAS",
              PRODUCTS_MIN,
              ratios.length == 0 ? null : Paired.geometricMean(ratios)));
      targets.add(new Target("products, bits of the scalar reference", "all", null, exact));
    }
    digests.forEach(
        digest ->
            targets.add(atLeast(digest.name() + " to read", DIGEST_MIN, digest.beside().ratio())));
    updates.forEach(
        update ->
            targets.add(
                new Target(
                    "update of " + update.model() + ", slower by its digest",
                    "<= " + UPDATE_MAX,
                    update.slower(),
                    update.slower() <= UPDATE_MAX)));
    steps.stream()
        .filter(step -> step.model().equals("pro"))
        .forEach(
            step ->
                targets.add(atLeast("step of pro to the peak", STEP_MIN, step.ofPeak().ratio())));
    return targets;
  }

  private static Target atLeast(String name, double least, @Nullable Double observed) {
    return new Target(name, ">= " + least, observed, observed == null ? null : observed >= least);
  }
}
