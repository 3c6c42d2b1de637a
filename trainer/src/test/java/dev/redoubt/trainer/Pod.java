package dev.redoubt.trainer;

import dev.redoubt.trainer.program.Links;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntFunction;

/** The ranks of one pod as threads of this process, with links of byte arrays between them. */
final class Pod {

  /** Names a piece on its way. */
  private record Wire(int from, int to, Links.Piece piece) {}

  private final Map<Wire, BlockingQueue<byte[]>> wires = new ConcurrentHashMap<>();

  /** Runs {@code rank} on a thread for each rank, with that rank's links; the results in order. */
  static <T> List<T> run(int count, RankWork<T> rank) throws Exception {
    Pod pod = new Pod();
    return threads(count, index -> () -> rank.run(index, pod.links(index)));
  }

  /** What a rank does. */
  interface RankWork<T> {
    T run(int rank, Links links) throws Exception;
  }

  private static <T> List<T> threads(int count, IntFunction<Callable<T>> work) throws Exception {
    try (ExecutorService executor = Executors.newFixedThreadPool(count)) {
      List<Future<T>> futures = new ArrayList<>();
      for (int rank = 0; rank < count; rank++) {
        futures.add(executor.submit(work.apply(rank)));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    }
  }

  private BlockingQueue<byte[]> wire(int from, int to, Links.Piece piece) {
    return wires.computeIfAbsent(new Wire(from, to, piece), unused -> new LinkedBlockingQueue<>());
  }

  private Links links(int rank) {
    return new Links() {
      @Override
      public void send(int toRank, Piece piece, MemorySegment bytes) {
        wire(rank, toRank, piece).add(bytes.toArray(ValueLayout.JAVA_BYTE));
      }

      @Override
      public void receive(int fromRank, Piece piece, MemorySegment into) {
        try {
          byte[] bytes = wire(fromRank, rank, piece).take();
          if (bytes.length != into.byteSize()) {
            throw new IllegalStateException(bytes.length + " bytes sent for " + into.byteSize());
          }
          into.copyFrom(MemorySegment.ofArray(bytes));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException(e);
        }
      }
    };
  }
}
