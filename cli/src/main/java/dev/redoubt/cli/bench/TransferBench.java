package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.store.net.ClusterCertificates;
import dev.redoubt.store.net.NetOptions;
import dev.redoubt.store.net.RunToken;
import dev.redoubt.store.net.TlsFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A shard over loopback, in one JVM, beside a plain socket that moves the same bytes; and the
 * repair of one flipped bit in it.
 */
final class TransferBench {

  /** Each with memory, sockets and threads of its own, so that no figure is that of one place. */
  static final int LINKS = 5;

  private static final String BLOCKS = "blocks";

  /** Runs of each side before the first sample: more than a sample's warm-up gives. */
  private static final int WARM_RUNS = 20;

  private final Paired paired;
  private final Path folder;
  private final long bytes;
  private final Map<String, Samples> samples = new LinkedHashMap<>();
  private @Nullable Figure mended;
  private double repaired = Double.NaN;

  /**
   * Prepares it.
   *
   * @param folder for the certificates
   * @param bytes of the shard
   */
  TransferBench(Paired paired, Path folder, long bytes) {
    this.paired = paired;
    this.folder = folder;
    this.bytes = bytes;
  }

  List<Figure> figures() {
    List<Figure> figures = new ArrayList<>();
    samples.forEach((name, taken) -> figures.add(figure(name, taken)));
    if (mended != null) {
      figures.add(mended);
    }
    return figures;
  }

  private Figure figure(String name, Samples taken) {
    Comparison pair = taken.compare(1);
    String note =
        "%d pairs over %d links, with 95 %% their median is %s"
            .formatted(taken.ours().length, LINKS, pair.median());
    return Figure.beside("transfer", name, bytes / pair.nanos(), "GB/s", "plain NIO socket", pair)
        .noting(note);
  }

  /** Blocks to the socket; NaN before {@link #run}. */
  double moved() {
    Samples taken = samples.get(BLOCKS);
    return taken == null ? Double.NaN : taken.compare(1).ratio();
  }

  /** The part of the shard that a repair moved. */
  double repaired() {
    return repaired;
  }

  void run() throws IOException {
    ClusterCertificates cluster = ClusterCertificates.create();
    TlsFiles givers = cluster.issue(folder.resolve("ada"), "ada", List.of());
    TlsFiles takers = cluster.issue(folder.resolve("bob"), "bob", List.of());
    NetOptions options = NetOptions.defaults(RunToken.random());
    for (int link = 0; link < LINKS; link++) {
      try (Arena arena = Arena.ofShared();
          PlainSocket socket = new PlainSocket()) {
        MemorySegment shard = random(arena.allocate(bytes, 64));
        MemorySegment into = arena.allocate(bytes, 64);
        Runnable reference = () -> socket.move(shard, into);
        try (FabricPair plain = new FabricPair(shard, options, all -> all, all -> all)) {
          rows("", plain, shard, reference);
          if (link == 0) {
            repair(plain);
          }
        }
        try (FabricPair tls =
            new FabricPair(
                shard, options, all -> all.withTls(givers), all -> all.withTls(takers))) {
          rows(", TLS", tls, shard, reference);
        }
      }
    }
  }

  private static MemorySegment random(MemorySegment shard) {
    SplittableRandom random = new SplittableRandom(5);
    for (long at = 0; at + Long.BYTES <= shard.byteSize(); at += Long.BYTES) {
      shard.set(ValueLayout.JAVA_LONG, at, random.nextLong());
    }
    return shard;
  }

  private void rows(String how, FabricPair pair, MemorySegment shard, Runnable reference) {
    for (int run = 0; run < WARM_RUNS; run++) {
      pair.move();
      pair.pull();
      pair.send(shard);
      reference.run();
    }
    row(BLOCKS + how, pair::move, reference);
    row("pull" + how, pair::pull, reference);
    row("frame" + how, () -> pair.send(shard), reference);
  }

  private void row(String name, Runnable doing, Runnable reference) {
    samples.merge(name, paired.samples(doing, reference), Samples::and);
  }

  private void repair(FabricPair pair) {
    FabricPair.Repair repair = pair.repair();
    repaired = (double) repair.bytes() / bytes;
    String note =
        String.format(
            Locale.ROOT,
            "%.4f %% of %.0f MB, in %.1f ms",
            100 * repaired,
            bytes / 1e6,
            repair.nanos() / 1e6);
    mended = Figure.alone("transfer", "repair of one bit", repair.bytes() / 1e3, "kB", note);
  }
}
