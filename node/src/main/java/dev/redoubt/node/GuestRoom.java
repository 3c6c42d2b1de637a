package dev.redoubt.node;

import dev.redoubt.core.Message;
import dev.redoubt.core.WorkerEffect;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.store.Donor;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.Lease;
import dev.redoubt.store.PullResult;
import dev.redoubt.store.ShardTransfer;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.program.Shard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The shards of others that a worker keeps, and the thread that fetches them while the worker
 * computes.
 *
 * <p>Each shard has a store of its own, of as many versions as a worker keeps of its own shard; it
 * is written by that thread alone. What is read again when an epoch begins is read under leases, so
 * that a transfer which hangs holds up nobody.
 */
public final class GuestRoom implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Of all guests in this process: to be looked at from outside. */
  private static final LongAdder BYTES_PULLED = new LongAdder();

  private final RunSpec spec;
  private final Endpoint endpoint;
  private final Era era;
  private final Lane lane;
  private final Consumer<WorkerEvent> events;
  private final Map<Integer, VersionStore> stores = new ConcurrentHashMap<>();
  private int index = -1;

  /**
   * Nothing is taken before the worker has a rank.
   *
   * @param lane of its own
   */
  GuestRoom(RunSpec spec, Endpoint endpoint, Era era, Lane lane, Consumer<WorkerEvent> events) {
    this.spec = spec;
    this.endpoint = endpoint;
    this.era = era;
    this.lane = lane;
    this.events = events;
  }

  /** Bytes of guests that were pulled in this process so far. */
  public static long bytesPulled() {
    return BYTES_PULLED.sum();
  }

  /** Gives {@code own} and what there are of guests at that moment. */
  Donor donor(VersionStore own) {
    return Donor.of(own, stores);
  }

  /**
   * A new epoch, told by the compute thread. Whoever takes another rank begins with nothing; of the
   * guests go those that its own versions would: what is newer than the base, and if it was away
   * all but the base.
   */
  void abandon(WorkerEffect.Abandon doing) {
    if (doing.shard() != index) {
      index = doing.shard();
      List<VersionStore> old = List.copyOf(stores.values());
      stores.clear();
      afterwards(old, VersionStore::close);
      for (int ward : spec.protocol().buddies().wardsOf(index)) {
        stores.put(ward, storeOf(ward));
      }
    } else {
      List<VersionStore> kept = List.copyOf(stores.values());
      afterwards(kept, store -> discard(store, doing));
    }
  }

  private static void discard(VersionStore store, WorkerEffect.Abandon doing) {
    store.discardAfter(doing.base());
    if (doing.away()) {
      store.discardBefore(doing.base());
    }
  }

  /** When what is under way has ended; without stores no thread is started for it. */
  private void afterwards(List<VersionStore> some, Consumer<VersionStore> doing) {
    if (!some.isEmpty()) {
      lane.run(() -> some.forEach(doing));
    }
  }

  private VersionStore storeOf(int shard) {
    Shard ward = new Shard(shard, spec.protocol().mesh().workersPerPod());
    long bytes = ParameterLayout.of(spec.model(), ward).stateBytes();
    return new VersionStore(bytes, spec.protocol().keepVersions());
  }

  /** What the guests of a version are read as; from any thread. */
  List<Message.Guest> read(long version) {
    List<Message.Guest> read = new ArrayList<>();
    stores.forEach(
        (shard, store) ->
            digest(store, version)
                .map(stored -> new Message.Guest(shard, version, stored.digest(), null))
                .ifPresent(read::add));
    return read;
  }

  private static Optional<Message.StoredDigest> digest(VersionStore store, long version) {
    Optional<Lease> held = store.lease(version);
    if (held.isEmpty()) {
      return Optional.empty();
    }
    try (Lease lease = held.get()) {
      BlockDigests read = BlockDigests.read(lease.stored().bytes());
      return Optional.of(new Message.StoredDigest(version, read.root()));
    }
  }

  /** Fetches or mends a guest, beside what the worker computes. */
  void pull(WorkerEffect.PullGuest doing) {
    VersionStore into = stores.get(doing.shard());
    if (into != null) {
      lane.run(
          () -> {
            if (era.isNow(doing.epoch())) {
              pull(doing, into);
            }
          });
    }
  }

  private void pull(WorkerEffect.PullGuest doing, VersionStore into) {
    PullResult result =
        ShardTransfer.pull(
            endpoint,
            doing.donor().name(),
            doing.epoch(),
            doing.version(),
            doing.agreed(),
            into,
            PATIENCE);
    List<Message.StoredDigest> kept = new ArrayList<>();
    if (result instanceof PullResult.Pulled pulled) {
      BYTES_PULLED.add(pulled.bytes());
      // The transfer has read it once more at its end.
      kept.add(new Message.StoredDigest(doing.version(), doing.agreed()));
    }
    if (doing.scrub()) {
      into.versions().stream()
          .filter(version -> version < doing.version())
          .flatMap(version -> digest(into, version).stream())
          .forEach(kept::add);
    }
    events.accept(
        new WorkerEvent.GuestPulled(
            doing.epoch(), doing.version(), doing.shard(), flaw(result), kept));
  }

  private static Message.@Nullable PullFlaw flaw(PullResult result) {
    return result instanceof PullResult.Pulled ? null : Machine.flaw(result);
  }

  /** Interrupts what is under way. */
  void stop() {
    lane.stop();
  }

  /** Frees the memory once nobody reads it. */
  @Override
  public void close() {
    lane.close();
    stores.values().forEach(VersionStore::close);
  }
}
