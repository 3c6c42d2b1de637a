package dev.redoubt.simulator;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.SoloRun;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Samples;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongPredicate;

/**
 * Versions of the fault-free run, computed once: a simulation may begin at any of them. May be
 * shared by threads.
 */
public final class GoldenVersions implements AutoCloseable {

  private final Arena arena = Arena.ofShared();
  private final Map<Long, MemorySegment> states = new HashMap<>();
  private final Map<Long, BlockDigests> digests = new HashMap<>();

  /**
   * Trains from version 0 to the last step, and keeps all of it.
   *
   * @throws InterruptedException if the thread is interrupted; nothing is kept
   */
  public GoldenVersions(ModelConfig model, TrainConfig train, Samples data)
      throws InterruptedException {
    this(model, train, data, version -> true);
  }

  private GoldenVersions(ModelConfig model, TrainConfig train, Samples data, LongPredicate isKept)
      throws InterruptedException {
    try (SoloRun run = new SoloRun(model, train, data, 1)) {
      keep(run, isKept);
      for (int step = 1; step <= train.steps(); step++) {
        double ignored = run.step();
        keep(run, isKept);
      }
    } catch (InterruptedException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Trains the same, and keeps the first version and the last: enough for a run of all steps.
   *
   * @throws InterruptedException if the thread is interrupted; nothing is kept
   */
  static GoldenVersions ends(ModelConfig model, TrainConfig train, Samples data)
      throws InterruptedException {
    return new GoldenVersions(
        model, train, data, version -> version == 0 || version == train.steps());
  }

  private void keep(SoloRun run, LongPredicate isKept) {
    if (isKept.test(run.version())) {
      MemorySegment copy = arena.allocate(run.state().byteSize(), 64);
      copy.copyFrom(run.state());
      states.put(run.version(), copy.asReadOnly());
      digests.put(run.version(), run.digests());
    }
  }

  /** The bytes of a version that was kept, read-only. */
  MemorySegment state(long version) {
    return Objects.requireNonNull(states.get(version), () -> "no version " + version);
  }

  /** The digests of a version that was kept. */
  public BlockDigests digests(long version) {
    return Objects.requireNonNull(digests.get(version), () -> "no version " + version);
  }

  @Override
  public void close() {
    arena.close();
  }
}
