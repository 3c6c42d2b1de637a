package dev.redoubt.node;

import dev.redoubt.core.Buddies;
import dev.redoubt.core.Message;
import dev.redoubt.core.Message.PullFlaw;
import dev.redoubt.core.WorkerEffect;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.redundancy.ParityStripes;
import dev.redoubt.redundancy.SumTransfer;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.PullResult;
import dev.redoubt.store.VersionStore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Computes a shard that nobody has whole out of what all others of it have, in the place of a
 * donor's.
 *
 * @param shard its index
 */
record FromSums(
    Endpoint endpoint, ParityStripes stripes, int shard, VersionStore store, Duration patience) {

  /** It is computed beside the store: what is not as it was agreed leaves no trace in it. */
  WorkerEvent restore(WorkerEffect.StartPull doing) {
    Digest agreed = doing.agreed();
    if (agreed == null || doing.parts().size() != stripes.members() - 1) {
      return broke(
          doing, PullFlaw.VERSION_MISSING, "some of the others are missing", doing.donor());
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(store.shardBytes(), 64);
      SumTransfer.Outcome computed =
          new SumTransfer(endpoint, doing.epoch(), doing.version(), stripes, patience)
              .restore(shard, agreed, sources(doing.parts()), bytes);
      if (!(computed.result() instanceof PullResult.Pulled pulled)) {
        PullFlaw flaw = Machine.flaw(computed.result());
        WorkerId culprit = culprit(doing.parts(), computed.member());
        return broke(doing, flaw, computed.result().toString(), culprit);
      }
      BlockDigests digests = Objects.requireNonNull(computed.digests());
      FromDisk.put(store, doing.version(), bytes, digests);
      return new WorkerEvent.PullDone(
          doing.epoch(),
          doing.version(),
          doing.donor(),
          digests.root(),
          pulled.blocks(),
          pulled.bytes());
    }
  }

  private static List<SumTransfer.Source> sources(List<Message.Part> parts) {
    return parts.stream()
        .map(
            part ->
                new SumTransfer.Source(
                    part.shard(), part.holder().name(), part.agreed(), part.sum()))
        .toList();
  }

  private static WorkerId culprit(List<Message.Part> parts, int member) {
    return parts.stream()
        .filter(part -> part.shard() == member)
        .map(Message.Part::holder)
        .findFirst()
        .orElse(Buddies.SUMS);
  }

  private static WorkerEvent broke(
      WorkerEffect.StartPull doing, PullFlaw flaw, String detail, WorkerId culprit) {
    return new WorkerEvent.PullBroke(
        doing.epoch(), doing.version(), doing.donor(), flaw, detail, culprit);
  }
}
