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
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A shard over loopback, in one JVM, beside a plain socket that moves the same bytes; and the
 * repair of one flipped bit in it.
 */
final class TransferBench {

  /** Runs of each side before the first sample: more than a sample's warm-up gives. */
  private static final int WARM_RUNS = 20;

  private final Paired paired;
  private final Path folder;
  private final long bytes;
  private final List<Figure> figures = new ArrayList<>();
  private double moved = Double.NaN;
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
    return List.copyOf(figures);
  }

  /** A plain transfer to the socket. */
  double moved() {
    return moved;
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
    try (Arena arena = Arena.ofShared();
        PlainSocket socket = new PlainSocket()) {
      MemorySegment shard = random(arena.allocate(bytes, 64));
      MemorySegment into = arena.allocate(bytes, 64);
      Runnable reference = () -> socket.move(shard, into);
      try (FabricPair plain = new FabricPair(shard, options, all -> all, all -> all)) {
        moved = rows("", plain, shard, reference);
        repair(plain);
      }
      try (FabricPair tls =
          new FabricPair(shard, options, all -> all.withTls(givers), all -> all.withTls(takers))) {
        double ignored = rows(", TLS", tls, shard, reference);
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

  /** Returns the first ratio. */
  private double rows(String how, FabricPair pair, MemorySegment shard, Runnable reference) {
    for (int run = 0; run < WARM_RUNS; run++) {
      pair.move();
      pair.pull();
      pair.send(shard);
      reference.run();
    }
    Figure first = row("blocks" + how, pair::move, reference);
    Figure pull = row("pull" + how, pair::pull, reference);
    Figure frame = row("frame" + how, () -> pair.send(shard), reference);
    figures.addAll(List.of(first, pull, frame));
    return first.ratio();
  }

  private Figure row(String name, Runnable doing, Runnable reference) {
    Comparison pair = paired.measure(doing, reference);
    return Figure.beside("transfer", name, bytes / pair.nanos(), "GB/s", "plain NIO socket", pair);
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
    figures.add(Figure.alone("transfer", "repair of one bit", repair.bytes() / 1e3, "kB", note));
  }
}
