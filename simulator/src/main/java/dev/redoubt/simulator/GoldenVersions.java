package dev.redoubt.simulator;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.SoloRun;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Samples;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Every version of the fault-free run, computed once: a simulation may begin at any of them. May be
 * shared by threads.
 */
public final class GoldenVersions implements AutoCloseable {

  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> states = new ArrayList<>();
  private final List<BlockDigests> digests = new ArrayList<>();

  /**
   * Trains from version 0 to the last step, and keeps all of it.
   *
   * @throws InterruptedException if the thread is interrupted; nothing is kept
   */
  public GoldenVersions(ModelConfig model, TrainConfig train, Samples data)
      throws InterruptedException {
    try (SoloRun run = new SoloRun(model, train, data, 1)) {
      keep(run);
      for (int step = 1; step <= train.steps(); step++) {
        double ignored = run.step();
        keep(run);
      }
    } catch (InterruptedException e) {
      arena.close();
      throw e;
    }
  }

  private void keep(SoloRun run) {
    MemorySegment copy = arena.allocate(run.state().byteSize(), 64);
    copy.copyFrom(run.state());
    states.add(copy.asReadOnly());
    digests.add(run.digests());
  }

  /** The bytes of a version, read-only. */
  MemorySegment state(long version) {
    return states.get(Math.toIntExact(version));
  }

  /** The digests of a version. */
  public BlockDigests digests(long version) {
    return digests.get(Math.toIntExact(version));
  }

  @Override
  public void close() {
    arena.close();
  }
}
