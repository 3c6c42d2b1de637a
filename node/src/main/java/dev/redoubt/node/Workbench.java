package dev.redoubt.node;

import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.GradientScreen;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Bucket;
import dev.redoubt.trainer.program.Links;
import dev.redoubt.trainer.program.ProductAlarm;
import dev.redoubt.trainer.program.Shard;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker has for one shard: the program with its workspace, the versions, and buffers for
 * gradients. A worker that takes a rank of another index gets another one; nothing of the old shard
 * stays.
 *
 * @param disk null if versions are kept in memory only
 * @param files of the versions of this run on disk; null if there are none
 * @param wrongProducts that the checks have found since it was cleared; of the compute thread
 * @param parts in which a gradient becomes final
 */
record Workbench(
    Shard shard,
    Trainer trainer,
    VersionStore store,
    Buffers buffers,
    GradientScreen screen,
    List<ProductAlarm> wrongProducts,
    @Nullable DiskTier disk,
    @Nullable VersionFiles files,
    List<Bucket> parts)
    implements AutoCloseable {

  /** Takes all the memory at once. */
  static Workbench of(RunSpec spec, Shard shard, Links links, @Nullable VersionFiles files) {
    ProtocolConfig protocol = spec.protocol();
    Trainer trainer =
        new Trainer(spec.model(), spec.train(), spec.data(), shard, links, protocol.overlap());
    List<ProductAlarm> wrongProducts = new ArrayList<>();
    trainer.check(spec.products(), wrongProducts::add);
    int levels = Integer.SIZE - Integer.numberOfLeadingZeros(protocol.microbatches());
    int buffersMax = 4 * protocol.microbatches() + 2 * levels + 5;
    return new Workbench(
        shard,
        trainer,
        new VersionStore(trainer.layout().stateBytes(), protocol.keepVersions()),
        new Buffers(trainer.layout().regionBytes(), buffersMax),
        new GradientScreen(),
        wrongProducts,
        DiskTier.of(spec, shard),
        files,
        trainer.buckets());
  }

  ParameterLayout layout() {
    return trainer.layout();
  }

  /** Nobody may compute or send from it any more. Versions that are being read are waited for. */
  @Override
  public void close() {
    trainer.close();
    if (disk != null) {
      disk.close();
    }
    if (files != null) {
      files.close();
    }
    store.close();
    buffers.close();
  }
}
