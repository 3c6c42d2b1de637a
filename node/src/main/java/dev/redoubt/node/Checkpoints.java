package dev.redoubt.node;

import dev.redoubt.digest.Digest;
import dev.redoubt.redundancy.CheckpointFolder;
import dev.redoubt.redundancy.CheckpointId;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.program.Shard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A run that writes its versions to disk and goes on from there after a loss: the baseline that
 * everybody has. Each rank's part is written once, by one of the pods in turn, and read by all
 * pods; so the folder is one that all workers reach.
 *
 * @param folder of the files
 * @param every so many steps a version is written, at least 1
 * @param from the version that this run begins with: 0 is made from the seed, any other is read
 */
public record Checkpoints(Path folder, int every, long from) {

  /** With a damaged file there is one to fall back to. */
  private static final int KEEP = 2;

  /** Checks the numbers. */
  public Checkpoints {
    if (every < 1 || from < 0) {
      throw new IllegalArgumentException(
          "checkpoints every %d steps, from version %d on".formatted(every, from));
    }
  }

  /**
   * The newest version of which every rank has a file; 0 if there is none. Whether the files can be
   * trusted shows when they are read.
   *
   * @throws IOException if the folder cannot be listed
   */
  public long newest(RunSpec spec) throws IOException {
    int ranks = spec.protocol().mesh().workersPerPod();
    List<Long> common = new ArrayList<>(open(spec, new Shard(0, ranks)).versions());
    for (int rank = 1; rank < ranks; rank++) {
      common.retainAll(open(spec, new Shard(rank, ranks)).versions());
    }
    return common.isEmpty() ? 0 : common.getFirst();
  }

  CheckpointFolder open(RunSpec spec, Shard shard) throws IOException {
    CheckpointId id = id(spec, shard);
    long bytes = ParameterLayout.of(spec.model(), shard).stateBytes();
    return new CheckpointFolder(folder, id, bytes, KEEP);
  }

  /** Whose files they are. */
  static CheckpointId id(RunSpec spec, Shard shard) {
    return new CheckpointId(run(spec), shard.index(), shard.count());
  }

  /** A digest of all that makes a state what it is. */
  private static Digest run(RunSpec spec) {
    String what = "%s %s %s".formatted(spec.model(), spec.train(), spec.data().digest());
    return Digest.combine(what.chars().mapToObj(Digest::new).toList());
  }
}
