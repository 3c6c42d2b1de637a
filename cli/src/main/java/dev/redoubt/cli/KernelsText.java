package dev.redoubt.cli;

import dev.redoubt.cli.bench.KernelsReport;
import dev.redoubt.cli.bench.KernelsReport.Host;
import dev.redoubt.cli.bench.KernelsReport.Kernel;
import dev.redoubt.cli.bench.KernelsReport.Product;
import dev.redoubt.cli.bench.KernelsReport.Step;
import dev.redoubt.cli.bench.KernelsReport.Target;
import dev.redoubt.cli.bench.KernelsReport.Update;
import dev.redoubt.cli.bench.Paired;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The report of {@code redoubt bench kernels} for people. */
final class KernelsText {
  private static final double GIGA = 1e-9;
  private static final int PERCENT = 100;

  private final KernelsReport report;
  private final Terminal terminal;

  KernelsText(KernelsReport report, Terminal terminal) {
    this.report = report;
    this.terminal = terminal;
  }

  void print() {
    host(report.host());
    report.products().forEach(this::products);
    bandwidth("kernels beside a copy, GB/s read and written", report.kernels());
    bandwidth("digests beside a read of the same memory, GB/s", report.digests());
    updates(report.updates());
    report.steps().forEach(this::step);
    targets(report.targets());
  }

  @SuppressWarnings("AnnotateFormatMethod") // The annotation would need a library of its own.
  private void line(String format, Object... values) {
    terminal.result(String.format(Locale.ROOT, format, values).stripTrailing());
  }

  private void host(Host host) {
    line("machine    %s, %d processors", host.processor(), host.processors());
    line("java       %s, vectors of %d bits", host.java(), host.vectorBits());
    line(
        "one core   %.1f GFLOP/s of fused multiply-adds, reads %.1f GB/s, copies %.1f GB/s",
        host.fmaGflops(), host.readGigabytes(), host.copyGigabytes());
    KernelsReport.Blas blas = report.openBlas();
    if (blas != null) {
      line("openblas   kernels for %s; %s", blas.core(), blas.configuration());
    } else if (!report.products().isEmpty()) {
      line("openblas   not found (Debian: libopenblas0-pthread; --openblas FILE)");
    }
  }

  private void products(KernelsReport.Products products) {
    line("");
    line("products of %s, GFLOP/s on one thread", products.model());
    line(
        "  %-24s %6s %8s %6s %9s %15s  %s",
        "m x k x n", "runs", "ours", "peak", "OpenBLAS", "ratio", "bits");
    products.shapes().forEach(this::product);
    Double mean = products.geometricMean();
    Double weighted = products.weighted();
    if (mean != null && weighted != null) {
      line("  geometric mean of the ratios %.3f; all products of a step %.3f", mean, weighted);
    }
  }

  private void product(Product product) {
    Paired beside = product.beside();
    line(
        "  %-24s %6d %8.1f %5.0f%% %9s %15s  %s",
        product.shape(),
        product.count(),
        product.gflops(),
        product.ofPeak() * PERCENT,
        beside == null ? "-" : String.format(Locale.ROOT, "%.1f", beside.b() * GIGA),
        beside == null ? "-" : ratio(beside),
        product.exact() ? "same" : "DIFFER");
  }

  private static String ratio(Paired beside) {
    return String.format(
        Locale.ROOT, "%.2f (%.2f-%.2f)", beside.ratio(), beside.low(), beside.high());
  }

  private void bandwidth(String title, List<Kernel> kernels) {
    if (kernels.isEmpty()) {
      return;
    }
    line("");
    line("%s", title);
    for (Kernel kernel : kernels) {
      Paired beside = kernel.beside();
      line(
          "  %-24s %8.1f %8.1f  %s",
          kernel.name(), beside.a() * GIGA, beside.b() * GIGA, ratio(beside));
    }
  }

  private void updates(List<Update> updates) {
    if (updates.isEmpty()) {
      return;
    }
    line("");
    line("update with its digest beside without, GB/s read and written");
    for (Update update : updates) {
      Paired beside = update.beside();
      line(
          "  %-24s %8.1f %8.1f  %s: %.1f%% slower",
          update.model() + ", " + update.parameters(),
          beside.a() * GIGA,
          beside.b() * GIGA,
          ratio(beside),
          update.slower() * PERCENT);
    }
  }

  private void step(Step step) {
    line("");
    line(
        "step of %s: %d parameters, %d microbatches, %d tokens, one thread",
        step.model(), step.parameters(), step.microbatches(), step.tokens());
    line(
        "  %.1f ms, %.1f GFLOP/s in products, %s of the peak; %d bytes of heap",
        step.milliseconds(), step.gflops(), ratio(step.ofPeak()), step.heapBytes());
    line(
        "  %s",
        step.shares().stream()
            .map(
                share ->
                    String.format(Locale.ROOT, "%s %.1f%%", share.kind(), share.share() * PERCENT))
            .collect(Collectors.joining(", ")));
  }

  private void targets(List<Target> targets) {
    if (targets.isEmpty()) {
      return;
    }
    line("");
    for (Target target : targets) {
      Boolean held = target.held();
      Double observed = target.observed();
      line(
          "  %-6s %-44s %-8s %s",
          held == null ? "open" : held ? "ok" : "MISSED",
          target.name(),
          target.wanted(),
          observed == null ? "" : String.format(Locale.ROOT, "%.3f", observed));
    }
  }
}
