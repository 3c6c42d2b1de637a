package dev.redoubt.redundancy;

import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent.Ask;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.TransferException;
import java.time.Duration;
import java.util.List;

/** A copy on another machine, asked over the fabric. */
record FabricRepairDonor(
    Endpoint endpoint, String peer, long epoch, long version, Duration patience)
    implements RepairDonor {

  @Override
  public Digest root() throws TransferException {
    return endpoint.root(peer, epoch, version, patience);
  }

  @Override
  public long[] nodes(Ask ask) throws TransferException {
    return endpoint.nodes(peer, epoch, version, ask, patience);
  }

  @Override
  public void blocks(List<Integer> blocks, BlockSink sink) throws TransferException {
    int[] wanted = blocks.stream().mapToInt(Integer::intValue).toArray();
    endpoint.blocks(peer, epoch, version, wanted, sink, patience);
  }
}
