package dev.redoubt.store.net;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.redundancy.RepairDonor;
import dev.redoubt.redundancy.RepairResult;
import dev.redoubt.redundancy.SurgicalRepair;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.Donor;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.PullResult;
import dev.redoubt.store.Receiver;
import dev.redoubt.store.ShardTransfer;
import dev.redoubt.store.VersionStore;
import io.netty.channel.epoll.Epoll;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.SynchronousQueue;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Moves a shard of 100 MB over loopback, beside a plain NIO socket that moves the same bytes in
 * buffers of 1 MiB, in one JVM, rounds interleaved. Run the main method. Medians of the second half
 * of the rounds, and the median of the ratios within each round.
 *
 * <p>"moved" is all blocks with their checksums into the slot, each verified; "pulled" is the whole
 * transfer, with the donor's reading of its copy before and this end's of its own after.
 */
final class FabricBench {

  private static final int ROUNDS = 40;
  private static final int WARM = ROUNDS / 2;
  private static final long BYTES = 100_000_000 / 8 * 8;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long VERSION = 7;

  private FabricBench() {}

  public static void main(String[] args) throws Exception {
    Path folder = Files.createTempDirectory("fabric-bench");
    ClusterCertificates cluster = ClusterCertificates.create();
    try (Arena arena = Arena.ofShared();
        Nio nio = new Nio();
        Pair plain = new Pair(null, null);
        Pair tls =
            new Pair(
                cluster.issue(folder.resolve("ada"), "ada", List.of()),
                cluster.issue(folder.resolve("bob"), "bob", List.of()))) {
      MemorySegment shard = arena.allocate(BYTES, 64);
      MemorySegment into = arena.allocate(BYTES, 64);
      SplittableRandom random = new SplittableRandom(5);
      for (long at = 0; at < BYTES; at += Long.BYTES) {
        shard.set(ValueLayout.JAVA_LONG, at, random.nextLong());
      }
      plain.hold(shard);
      tls.hold(shard);
      double[][] nanos = new double[7][ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        nanos[0][round] = time(() -> nio.move(shard, into));
        nanos[1][round] = time(plain::move);
        nanos[2][round] = time(plain::pull);
        nanos[3][round] = time(() -> plain.send(shard));
        nanos[4][round] = time(tls::move);
        nanos[5][round] = time(tls::pull);
        nanos[6][round] = time(() -> tls.send(shard));
      }
      String[] names = {
        "plain NIO socket", "moved", "pulled", "frame", "moved, TLS", "pulled, TLS", "frame, TLS"
      };
      System.out.println("epoll " + Epoll.isAvailable() + ", OpenSSL " + OpenSsl.isAvailable());
      for (int i = 0; i < names.length; i++) {
        System.out.printf(
            "%-18s %5.2f GB/s  %5.2f of the socket%n",
            names[i], BYTES / median(nanos[i]), ratio(nanos[0], nanos[i]));
      }
      plain.repair();
    }
  }

  private interface Doing {
    void run() throws Exception;
  }

  private static double time(Doing doing) throws Exception {
    long start = System.nanoTime();
    doing.run();
    return System.nanoTime() - start;
  }

  private static double median(double[] nanos) {
    double[] warm = Arrays.copyOfRange(nanos, WARM, ROUNDS);
    Arrays.sort(warm);
    return warm[warm.length / 2];
  }

  private static double ratio(double[] base, double[] other) {
    double[] ratios = new double[ROUNDS];
    Arrays.setAll(ratios, i -> base[i] / other[i]);
    return median(ratios);
  }

  /** A socket that is open before, and a thread that writes while the caller reads. */
  private static final class Nio implements AutoCloseable {
    private final ServerSocketChannel server =
        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    private final SocketChannel out = SocketChannel.open(server.getLocalAddress());
    private final SocketChannel in = server.accept();
    private final SynchronousQueue<MemorySegment> jobs = new SynchronousQueue<>();

    Nio() throws IOException {
      Thread.ofPlatform().daemon().start(this::writeAll);
    }

    private void writeAll() {
      try {
        while (true) {
          ByteBuffer bytes = jobs.take().asByteBuffer();
          while (bytes.hasRemaining()) {
            int end = Math.min(bytes.position() + BUFFER_BYTES, bytes.capacity());
            out.write(bytes.limit(end));
            bytes.limit(bytes.capacity());
          }
        }
      } catch (IOException | InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void move(MemorySegment from, MemorySegment to) throws Exception {
      jobs.put(from);
      ByteBuffer bytes = to.asByteBuffer();
      while (bytes.hasRemaining()) {
        bytes.limit(Math.min(bytes.position() + BUFFER_BYTES, bytes.capacity()));
        if (in.read(bytes) < 0) {
          throw new IOException("the socket ended");
        }
        bytes.limit(bytes.capacity());
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
      out.close();
      server.close();
    }
  }

  /** Two endpoints, each of a fabric of its own; ada has the version, bob wants it. */
  private static final class Pair implements AutoCloseable {
    private final AddressBook book = new AddressBook();
    private final NettyFabric ofAda;
    private final NettyFabric ofBob;
    private final VersionStore kept = new VersionStore(BYTES, 2);
    private final VersionStore wanted = new VersionStore(BYTES, 2);
    private final SynchronousQueue<Long> arrived = new SynchronousQueue<>();
    private final NettyEndpoint ada;
    private final NettyEndpoint bob;
    private BlockDigests digests = BlockDigests.of(new long[0]);

    Pair(@Nullable TlsFiles adas, @Nullable TlsFiles bobs) {
      NetOptions options = NetOptions.defaults(RunToken.random());
      ofAda = new NettyFabric(adas == null ? options : options.withTls(adas), book);
      ofBob = new NettyFabric(bobs == null ? options : options.withTls(bobs), book);
      Receiver receiver =
          new Receiver() {
            @Override
            public void frame(String from, FrameHeader header, MemorySegment payload) {
              try {
                arrived.put(payload.byteSize());
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            }

            @Override
            public void peerBroken(String peer) {
              System.out.println(peer + " broke off");
            }

            @Override
            public void frameCorrupt(String from, FrameHeader header) {
              throw new IllegalStateException("a frame is corrupt");
            }
          };
      ada = ofAda.open("ada", receiver);
      bob = ofBob.open("bob", receiver);
      book.put("ada", ada.address());
      book.put("bob", bob.address());
    }

    void hold(MemorySegment shard) {
      MemorySegment slot = kept.begin(VERSION);
      slot.copyFrom(shard);
      digests = BlockDigests.read(slot);
      kept.seal(VERSION, digests);
      ada.serve(Donor.of(kept));
    }

    void move() throws Exception {
      MemorySegment slot = wanted.begin(VERSION);
      int[] all = IntStream.range(0, digests.count()).toArray();
      bob.blocks(
          "ada",
          1,
          VERSION,
          all,
          new BlockSink() {
            @Override
            public boolean block(int index, MemorySegment bytes) {
              if (BlockDigest.of(bytes, 0, bytes.byteSize()) != digests.block(index)) {
                throw new IllegalStateException("block " + index + " is corrupt");
              }
              return true;
            }

            @Override
            public MemorySegment target() {
              return slot;
            }
          },
          PATIENCE);
      wanted.abandon(VERSION);
    }

    void pull() {
      Digest agreed = digests.root();
      PullResult result = ShardTransfer.pull(bob, "ada", 1, VERSION, agreed, wanted, PATIENCE);
      if (!(result instanceof PullResult.Pulled)) {
        throw new IllegalStateException(result.toString());
      }
      wanted.discardAfter(VERSION - 1);
    }

    void send(MemorySegment shard) throws Exception {
      ada.send("bob", new FrameHeader.Gradient(1, 1, 0, 1, 0, 0, 1, 0, 0), shard);
      arrived.take();
    }

    /** One flipped bit in a copy that attested the corrupt bytes, so that nothing is known. */
    void repair() throws Exception {
      pullKeeping();
      MemorySegment memory = wanted.tamper(VERSION);
      long at = BYTES / 3;
      memory.set(ValueLayout.JAVA_BYTE, at, (byte) (memory.get(ValueLayout.JAVA_BYTE, at) ^ 16));
      wanted.reseal(VERSION, BlockDigests.read(memory));
      long before = bob.counters().bytesReceived() + bob.counters().bytesSent();
      long start = System.nanoTime();
      RepairResult result =
          SurgicalRepair.run(
              wanted, VERSION, digests.root(), RepairDonor.of(bob, "ada", 1, VERSION, PATIENCE));
      double millis = (System.nanoTime() - start) / 1e6;
      long moved = bob.counters().bytesReceived() + bob.counters().bytesSent() - before;
      System.out.printf(
          "repair of one bit: %s%n%d bytes in frames, %.4f %% of the shard, %.1f ms%n",
          result, moved, 100.0 * moved / BYTES, millis);
    }

    private void pullKeeping() {
      Digest agreed = digests.root();
      System.out.println(ShardTransfer.pull(bob, "ada", 1, VERSION, agreed, wanted, PATIENCE));
    }

    @Override
    public void close() {
      ofAda.close();
      ofBob.close();
      kept.close();
      wanted.close();
    }
  }
}
