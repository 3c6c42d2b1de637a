package dev.redoubt.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;

/** A worker trains on while two others pull its versions: they get whole versions or none. */
class ConcurrentTransferTest {

  private static final long BYTES = 3L * BlockDigest.BLOCK_BYTES + 8;
  private static final long LAST = 300;

  private final Map<Long, Digest> agreed = new ConcurrentHashMap<>();

  @RepeatedTest(5)
  void versions_arrive_whole_or_not_at_all() throws Exception {
    try (LocalFabric fabric = new LocalFabric(FabricOptions.defaults());
        VersionStore training = new VersionStore(BYTES, 3);
        ExecutorService threads = Executors.newFixedThreadPool(3)) {
      fabric.open("trainer", new Recorder()).serve(Donor.of(training));
      CompletableFuture<Void> trainer = CompletableFuture.runAsync(() -> train(training), threads);
      CompletableFuture<Long> one =
          CompletableFuture.supplyAsync(() -> follow(fabric, "one", training), threads);
      CompletableFuture<Long> two =
          CompletableFuture.supplyAsync(() -> follow(fabric, "two", training), threads);
      trainer.get(1, TimeUnit.MINUTES);
      assertThat(one.get(1, TimeUnit.MINUTES)).isEqualTo(LAST);
      assertThat(two.get(1, TimeUnit.MINUTES)).isEqualTo(LAST);
    }
  }

  /** With two slots, the version that is read is the one whose slot the next step wants. */
  @RepeatedTest(5)
  void a_version_stays_as_it_is_for_as_long_as_it_is_read() throws Exception {
    try (VersionStore training = new VersionStore(BYTES, 2);
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      CompletableFuture<Void> trainer = CompletableFuture.runAsync(() -> train(training), threads);
      CompletableFuture<Void> reader =
          CompletableFuture.runAsync(() -> readOldest(training), threads);
      trainer.get(1, TimeUnit.MINUTES);
      reader.get(1, TimeUnit.MINUTES);
    }
  }

  private static void readOldest(VersionStore training) {
    long read = 0;
    while (read < LAST - 1) {
      Optional<Lease> held = oldestAfter(training, read).flatMap(training::lease);
      if (held.isPresent()) {
        try (Lease lease = held.get()) {
          read = lease.stored().version();
          // Longer than the trainer takes for the step after which it wants this slot.
          for (int again = 0; again < 10; again++) {
            assertWhole(lease.stored().bytes(), read);
          }
        }
      }
    }
  }

  private void train(VersionStore store) {
    for (long version = 1; version <= LAST; version++) {
      MemorySegment slot = store.begin(version);
      fill(slot, version);
      BlockDigests digests = BlockDigests.read(slot);
      agreed.put(version, digests.root());
      store.seal(version, digests);
    }
  }

  /**
   * Pulls the oldest version, the one about to be recycled, until the last is there; returns it.
   */
  private long follow(LocalFabric fabric, String node, VersionStore training) {
    try (VersionStore own = new VersionStore(BYTES, 2);
        Endpoint endpoint = fabric.open(node, new Recorder())) {
      long held = 0;
      while (held < LAST) {
        Optional<Long> next = oldestAfter(training, held);
        if (next.isPresent() && pulled(endpoint, own, next.get())) {
          held = next.get();
          assertWhole(own.find(held).orElseThrow().bytes(), held);
        }
      }
      return held;
    }
  }

  private static Optional<Long> oldestAfter(VersionStore training, long held) {
    return training.versions().stream().filter(version -> version > held).findFirst();
  }

  private boolean pulled(Endpoint endpoint, VersionStore own, long version) {
    PullResult result =
        ShardTransfer.pull(
            endpoint, "trainer", 1, version, agreed.get(version), own, Duration.ofSeconds(30));
    assertThat(result).isInstanceOfAny(PullResult.Pulled.class, PullResult.VersionMissing.class);
    return result instanceof PullResult.Pulled;
  }

  private static void assertWhole(MemorySegment bytes, long version) {
    for (long at = 0; at < BYTES; at += Long.BYTES) {
      if (bytes.get(ValueLayout.JAVA_LONG, at) != version * 31 + at) {
        throw new AssertionError("version " + version + " is torn at byte " + at);
      }
    }
  }

  private static void fill(MemorySegment slot, long version) {
    for (long at = 0; at < BYTES; at += Long.BYTES) {
      slot.set(ValueLayout.JAVA_LONG, at, version * 31 + at);
    }
  }
}
