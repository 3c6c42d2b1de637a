package dev.redoubt.node;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.store.Donor;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.Payload;
import dev.redoubt.store.PullResult;
import dev.redoubt.store.Receiver;
import dev.redoubt.store.ShardTransfer;
import dev.redoubt.store.VersionStore;
import dev.redoubt.store.net.AddressBook;
import dev.redoubt.store.net.NetOptions;
import dev.redoubt.store.net.NettyEndpoint;
import dev.redoubt.store.net.NettyFabric;
import dev.redoubt.store.net.RunToken;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Transfers of a small shard between two endpoints of this process, over loopback, that nobody else
 * knows of: so that the first shard which is fetched or given when somebody is lost does not wait
 * for the compiler. See {@link Rehearsal} for the computing.
 */
public final class TransferRehearsal implements AutoCloseable {

  private static final int BLOCKS = 64;
  private static final long BYTES = (long) BLOCKS * BlockDigest.BLOCK_BYTES;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

  /** The compiler takes its time. */
  private static final int SLOWER_MAX = 20;

  private static final String GIVER = "giver";
  private static final String TAKER = "taker";

  private final NettyFabric fabric;
  private final VersionStore given = new VersionStore(BYTES, 2);
  private final VersionStore taken = new VersionStore(BYTES, 2);
  private final Semaphore arrived = new Semaphore(0);
  private final NettyEndpoint giver;
  private final NettyEndpoint taker;
  private final BlockDigests digests;

  private TransferRehearsal() {
    AddressBook book = new AddressBook();
    fabric = new NettyFabric(NetOptions.defaults(RunToken.random()), book);
    giver = fabric.open(GIVER, new Arrived());
    taker = fabric.open(TAKER, new Arrived());
    book.put(GIVER, giver.address());
    book.put(TAKER, taker.address());
    MemorySegment shard = given.begin(0).fill((byte) 1);
    digests = BlockDigests.read(shard);
    given.seal(0, digests);
    giver.serve(Donor.of(given));
  }

  /**
   * Until transfers get no faster, 5 seconds at most.
   *
   * @throws IllegalStateException if a transfer fails
   */
  public static void run() {
    try (TransferRehearsal rehearsal = new TransferRehearsal()) {
      Rehearsal.untilFast(rehearsal::once, SLOWER_MAX, NANOS_MAX);
    }
  }

  private void once() {
    PullResult result = ShardTransfer.pull(taker, GIVER, 0, 0, digests.root(), taken, PATIENCE);
    if (!(result instanceof PullResult.Pulled)) {
      throw new IllegalStateException("a rehearsed transfer failed: " + result);
    }
    MemorySegment shard = given.find(0).orElseThrow().bytes();
    try {
      giver.send(TAKER, new FrameHeader.Gradient(0, 1, 0, 1, 0, 0, 1, 0, 0), shard);
      if (!arrived.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("a rehearsed frame did not arrive");
      }
    } catch (Exception e) {
      throw new IllegalStateException("a rehearsed frame was not sent", e);
    }
    taken.discardAfter(-1);
  }

  @Override
  public void close() {
    fabric.close();
    given.close();
    taken.close();
  }

  private final class Arrived implements Receiver {

    @Override
    public void frame(String from, FrameHeader header, Payload payload) {
      arrived.release();
    }

    @Override
    public void peerBroken(String peer) {}

    @Override
    public void frameCorrupt(String from, FrameHeader header) {}
  }
}
