package dev.redoubt.cli.replay;

import dev.redoubt.cli.replay.RecordedJournal.Commit;
import dev.redoubt.node.RunSpec;
import dev.redoubt.trainer.GoldenResult;
import dev.redoubt.trainer.GoldenRun;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A run's training again, fault-free, in this process, against every digest that its journal has of
 * an agreed version.
 *
 * @param schema of this object
 * @param commitsCompared lines of the journal that had digests
 * @param commitsWithoutDigest lines that had none, since the copies were not compared at that step
 * @param first the first that is another, by line; null if all came again
 */
public record WholeReplay(
    int schema, int commitsCompared, int commitsWithoutDigest, @Nullable Mismatch first) {

  private static final int SCHEMA = 1;

  /**
   * A recorded digest that did not come again.
   *
   * @param line of the journal
   * @param shards those that differ
   */
  public record Mismatch(int line, int step, List<Shard> shards) {

    /** Keeps a copy. */
    public Mismatch {
      shards = List.copyOf(shards);
    }
  }

  /** One shard of a version. */
  public record Shard(int rank, String recorded, String replayed) {}

  /** Whether every recorded digest came again, and there was one. */
  public boolean isReproduced() {
    return first == null && commitsCompared > 0;
  }

  /**
   * Trains and compares.
   *
   * @param onStep told after each step
   */
  public static WholeReplay of(
      RunSpec spec, RecordedJournal journal, int threads, LongConsumer onStep)
      throws InterruptedException {
    GoldenResult replayed =
        GoldenRun.run(
            spec.model(),
            spec.train(),
            spec.data(),
            threads,
            spec.protocol().mesh().workersPerPod(),
            onStep);
    List<Commit> compared =
        journal.commits().stream().filter(commit -> !commit.digests().isEmpty()).toList();
    Mismatch first = null;
    for (Commit commit : compared) {
      if (first == null) {
        first = mismatch(commit, replayed, spec.train().steps());
      }
    }
    return new WholeReplay(
        SCHEMA, compared.size(), journal.commits().size() - compared.size(), first);
  }

  private static @Nullable Mismatch mismatch(Commit commit, GoldenResult replayed, int steps) {
    List<Shard> shards = new ArrayList<>();
    boolean known = commit.step() >= 0 && commit.step() <= steps;
    int count = Math.max(commit.digests().size(), replayed.ranks());
    for (int rank = 0; rank < count; rank++) {
      String recorded = rank < commit.digests().size() ? commit.digests().get(rank) : "none";
      String made =
          known && rank < replayed.ranks()
              ? replayed.digest(commit.step(), rank).toString()
              : "none";
      if (!recorded.equals(made)) {
        shards.add(new Shard(rank, recorded, made));
      }
    }
    return shards.isEmpty() ? null : new Mismatch(commit.line(), commit.step(), shards);
  }
}
