package dev.redoubt.cli.bench;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.redundancy.RepairDonor;
import dev.redoubt.redundancy.RepairResult;
import dev.redoubt.redundancy.SurgicalRepair;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.Donor;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.Payload;
import dev.redoubt.store.PeerBrokenException;
import dev.redoubt.store.PullResult;
import dev.redoubt.store.Receiver;
import dev.redoubt.store.ShardTransfer;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.VersionStore;
import dev.redoubt.store.net.AddressBook;
import dev.redoubt.store.net.NetOptions;
import dev.redoubt.store.net.NettyEndpoint;
import dev.redoubt.store.net.NettyFabric;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Two ends of the fabric over loopback, each of a fabric of its own; one has a shard. */
final class FabricPair implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long VERSION = 7;
  private static final String GIVER = "ada";
  private static final String TAKER = "bob";

  private final NettyFabric givers;
  private final NettyFabric takers;
  private final NettyEndpoint giver;
  private final NettyEndpoint taker;
  private final VersionStore kept;
  private final VersionStore wanted;
  private final BlockDigests digests;
  private final Semaphore arrived = new Semaphore(0);

  /**
   * Links the two.
   *
   * @param shard of the one, copied
   * @param givers turns plain options into those of the end that gives
   * @param takers likewise of the other; both have the same token
   */
  FabricPair(
      MemorySegment shard,
      NetOptions options,
      UnaryOperator<NetOptions> givers,
      UnaryOperator<NetOptions> takers) {
    AddressBook book = new AddressBook();
    this.givers = new NettyFabric(givers.apply(options), book);
    this.takers = new NettyFabric(takers.apply(options), book);
    giver = this.givers.open(GIVER, new Arrived());
    taker = this.takers.open(TAKER, new Arrived());
    book.put(GIVER, giver.address());
    book.put(TAKER, taker.address());
    kept = new VersionStore(shard.byteSize(), 2);
    wanted = new VersionStore(shard.byteSize(), 2);
    MemorySegment slot = kept.begin(VERSION).copyFrom(shard);
    digests = BlockDigests.read(slot);
    kept.seal(VERSION, digests);
    giver.serve(Donor.of(kept));
  }

  /** All blocks with their checksums into the slot, each verified. */
  void move() {
    MemorySegment slot = wanted.begin(VERSION);
    try {
      int[] all = IntStream.range(0, digests.count()).toArray();
      taker.blocks(GIVER, 1, VERSION, all, new Verified(slot), PATIENCE);
    } catch (TransferException e) {
      throw new IllegalStateException(e);
    } finally {
      wanted.abandon(VERSION);
    }
  }

  /** The whole transfer: the giver reads its copy before, the taker its own after. */
  void pull() {
    fetch();
    wanted.discardAfter(VERSION - 1);
  }

  private void fetch() {
    PullResult result =
        ShardTransfer.pull(taker, GIVER, 1, VERSION, digests.root(), wanted, PATIENCE);
    if (!(result instanceof PullResult.Pulled)) {
      throw new IllegalStateException(result.toString());
    }
  }

  /** A gradient as one frame. */
  void send(MemorySegment shard) {
    try {
      giver.send(TAKER, new FrameHeader.Gradient(1, 1, 0, 1, 0, 0, 1, 0, 0), shard);
      if (!arrived.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("the frame did not arrive");
      }
    } catch (PeerBrokenException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /**
   * What the repair of a flipped bit took.
   *
   * @param bytes in frames, both ways
   */
  record Repair(long bytes, long nanos) {}

  /** One flipped bit in a copy that attested the corrupt bytes, so that nothing is known. */
  Repair repair() {
    fetch();
    MemorySegment memory = wanted.tamper(VERSION);
    long at = memory.byteSize() / 3;
    byte struck = (byte) (memory.get(ValueLayout.JAVA_BYTE, at) ^ 16);
    memory.set(ValueLayout.JAVA_BYTE, at, struck);
    wanted.reseal(VERSION, BlockDigests.read(memory));
    long before = moved();
    long start = System.nanoTime();
    RepairResult result = mend();
    long nanos = System.nanoTime() - start;
    boolean mended = wanted.reread(VERSION).root().equals(digests.root());
    if (!(result instanceof RepairResult.Repaired) || !mended) {
      throw new IllegalStateException("not repaired: " + result);
    }
    long bytes = moved() - before;
    wanted.discardAfter(VERSION - 1);
    return new Repair(bytes, nanos);
  }

  private RepairResult mend() {
    RepairDonor donor = RepairDonor.of(taker, GIVER, 1, VERSION, PATIENCE);
    try {
      return SurgicalRepair.run(wanted, VERSION, digests.root(), donor);
    } catch (TransferException e) {
      throw new IllegalStateException(e);
    }
  }

  private long moved() {
    return taker.counters().bytesReceived() + taker.counters().bytesSent();
  }

  @Override
  public void close() {
    givers.close();
    takers.close();
    kept.close();
    wanted.close();
  }

  private final class Verified implements BlockSink {

    private final MemorySegment slot;

    Verified(MemorySegment slot) {
      this.slot = slot;
    }

    @Override
    public boolean block(int index, MemorySegment bytes, long digest) {
      if (digest != digests.block(index)) {
        throw new IllegalStateException("block " + index + " is corrupt");
      }
      return true;
    }

    @Override
    public MemorySegment target() {
      return slot;
    }
  }

  private final class Arrived implements Receiver {

    @Override
    public void frame(String from, FrameHeader header, Payload payload) {
      arrived.release();
    }

    @Override
    public void peerBroken(String peer) {}

    @Override
    public void frameCorrupt(String from, FrameHeader header) {
      throw new IllegalStateException("a frame is corrupt");
    }
  }
}
