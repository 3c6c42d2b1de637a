package dev.redoubt.simulator;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent.Ask;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.Donor;
import dev.redoubt.store.DonorDesk;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.TransferException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An end of a fabric without threads: a transfer is a call of the donor's desk. Gradients do not go
 * over it; the simulation hands them over itself.
 */
final class DirectEndpoint implements Endpoint {

  private final String node;
  private final Map<String, DirectEndpoint> all;
  private final DonorDesk desk;
  private final MemorySegment lent;
  private long fenced;

  /** Adds itself to {@code all}. */
  DirectEndpoint(String node, Map<String, DirectEndpoint> all, Arena arena) {
    this.node = node;
    this.all = all;
    this.desk = new DonorDesk(node, () -> fenced);
    this.lent = arena.allocate(BlockDigest.BLOCK_BYTES, Long.BYTES);
    all.put(node, this);
  }

  private DonorDesk desk(String peer) throws TransferException {
    DirectEndpoint other = all.get(peer);
    if (other == null) {
      throw new TransferException(Reason.GONE, peer + " is not there");
    }
    return other.desk;
  }

  @Override
  public String node() {
    return node;
  }

  @Override
  public BlockDigests digests(String peer, long epoch, long version, Duration patience)
      throws TransferException {
    return desk(peer).digests(epoch, version);
  }

  @Override
  public Digest root(String peer, long epoch, long version, Duration patience)
      throws TransferException {
    return desk(peer).root(node, epoch, version);
  }

  @Override
  public long[] nodes(String peer, long epoch, long version, Ask ask, Duration patience)
      throws TransferException {
    return desk(peer).nodes(node, epoch, version, ask);
  }

  @Override
  public void blocks(
      String peer, long epoch, long version, int[] blocks, BlockSink sink, Duration patience)
      throws TransferException {
    for (int block : blocks) {
      Donor donor = desk(peer).donor(epoch);
      int length = donor.copyBlock(version, block, lent);
      if (length < 0) {
        throw desk(peer).missing("block " + block + " of version " + version);
      }
      MemorySegment there = placed(sink.target(), block, lent.asSlice(0, length));
      if (!sink.block(block, there, BlockDigest.of(there, 0, length))) {
        return;
      }
    }
  }

  private static MemorySegment placed(
      @Nullable MemorySegment target, int block, MemorySegment bytes) {
    if (target == null) {
      return bytes.asReadOnly();
    }
    MemorySegment place = target.asSlice(BlockDigests.offset(block), bytes.byteSize());
    place.copyFrom(bytes);
    return place;
  }

  @Override
  public void serve(Donor donor) {
    desk.serve(donor);
  }

  @Override
  public void fence(long epoch) {
    fenced = Math.max(fenced, epoch);
  }

  @Override
  public void send(String peer, FrameHeader.Gradient header, MemorySegment payload) {
    throw new UnsupportedOperationException("gradients are handed over by the simulation");
  }

  @Override
  public void post(String peer, FrameHeader.Piece header, MemorySegment payload) {
    throw new UnsupportedOperationException("a simulated pod has one worker");
  }

  @Override
  public void damaged(
      String peer, FrameHeader header, MemorySegment payload, MemorySegment digested) {
    throw new UnsupportedOperationException("the simulation has no frames");
  }

  @Override
  public void breakOff() {
    all.remove(node);
  }

  @Override
  public void close() {
    breakOff();
  }
}
