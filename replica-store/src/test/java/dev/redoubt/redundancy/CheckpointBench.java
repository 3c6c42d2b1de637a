package dev.redoubt.redundancy;

import dev.redoubt.digest.Digest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * What a checkpoint of 100 MiB takes: of the training thread, beside a plain copy of the same
 * bytes; and of the disk, beside a plain file of the same bytes that is forced. Run the main method
 * with a folder; medians, rounds interleaved.
 */
final class CheckpointBench {

  private static final long BYTES = 100L << 20;
  private static final int ROUNDS = 12;

  private CheckpointBench() {}

  public static void main(String[] args) throws IOException {
    Path directory = Files.createTempDirectory(Path.of(args[0]), "checkpoints");
    CheckpointFolder folder =
        new CheckpointFolder(directory, new CheckpointId(new Digest(1), 0, 1), BYTES, 1);
    Path plain = directory.resolve("plain");
    double[][] nanos = new double[5][ROUNDS];
    try (Arena arena = Arena.ofShared();
        CheckpointWriter writer = new CheckpointWriter(folder, _ -> {})) {
      MemorySegment shard = arena.allocate(BYTES, 64).fill((byte) 3);
      MemorySegment copy = arena.allocate(BYTES, 64);
      for (int round = 0; round < ROUNDS; round++) {
        nanos[0][round] = time(() -> copy.copyFrom(shard));
        nanos[1][round] = time(() -> plain(plain, shard));
        int version = 2 * round;
        nanos[2][round] = time(() -> folder.write(version, shard, null));
        nanos[4][round] = time(() -> folder.read(version, copy));
        nanos[3][round] = time(() -> writer.offer(version + 1, shard, null));
        while (!folder.versions().contains(version + 1L)) {
          Thread.onSpinWait();
        }
      }
    }
    print("offer, on the training thread", nanos[3], "a copy", nanos[0]);
    print("write", nanos[2], "a plain forced file", nanos[1]);
    print("read and verify", nanos[4], "a plain forced file", nanos[1]);
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  private interface Work {
    void run() throws IOException;
  }

  private static double time(Work work) throws IOException {
    long start = System.nanoTime();
    work.run();
    return System.nanoTime() - start;
  }

  private static void plain(Path file, MemorySegment shard) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      var bytes = shard.asByteBuffer();
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  private static void print(String what, double[] own, String beside, double[] other) {
    double[] ratios = new double[ROUNDS];
    Arrays.setAll(ratios, round -> own[round] / other[round]);
    System.out.printf(
        "%-30s %8.1f ms, %.2f of %s%n", what, median(own) / 1e6, median(ratios), beside);
  }

  private static double median(double[] values) {
    double[] warm = Arrays.copyOfRange(values, ROUNDS / 3, ROUNDS);
    Arrays.sort(warm);
    return warm[warm.length / 2];
  }
}
