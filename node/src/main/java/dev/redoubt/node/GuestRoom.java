package dev.redoubt.node;

import dev.redoubt.core.Message;
import dev.redoubt.core.WorkerEffect;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.redundancy.ParityStripes;
import dev.redoubt.redundancy.SumTransfer;
import dev.redoubt.store.Donor;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.Lease;
import dev.redoubt.store.PullResult;
import dev.redoubt.store.ShardTransfer;
import dev.redoubt.store.StoredVersion;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.program.Shard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a worker keeps of the shards of others, and the thread that fetches it while the worker
 * computes.
 *
 * <p>Each shard, or the one sum of stripes of all others, has a store of its own, of as many
 * versions as a worker keeps of its own shard; it is written by that thread alone. What is read
 * again when an epoch begins is read under leases, so that a transfer which hangs holds up nobody.
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

  /** What the sum of a version was made of, by version. */
  private final Map<Long, Digest> origins = new ConcurrentHashMap<>();

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
      origins.clear();
      for (int kept : spec.protocol().buddies().keptBy(index)) {
        stores.put(kept, storeOf(kept));
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
    long bytes =
        spec.protocol().buddies().sums()
            ? stripes(spec).parityBytes(shard)
            : shardBytes(spec, shard);
    return new VersionStore(bytes, spec.protocol().keepVersions());
  }

  private static long shardBytes(RunSpec spec, int shard) {
    int ranks = spec.protocol().mesh().workersPerPod();
    return ParameterLayout.of(spec.model(), new Shard(shard, ranks)).stateBytes();
  }

  /** How the ranks of a pod cut their shards for each other. */
  static ParityStripes stripes(RunSpec spec) {
    return new ParityStripes(
        IntStream.range(0, spec.protocol().mesh().workersPerPod())
            .mapToObj(shard -> shardBytes(spec, shard))
            .toList());
  }

  /** For who is to look at the memory itself. */
  VersionStore store(int shard) {
    return Objects.requireNonNull(stores.get(shard), () -> "no guests of shard " + shard);
  }

  /** What the guests of a version are read as; from any thread. */
  List<Message.Guest> read(long version) {
    List<Message.Guest> read = new ArrayList<>();
    stores.forEach((shard, store) -> guest(shard, store, version).ifPresent(read::add));
    return read;
  }

  private Optional<Message.Guest> guest(int shard, VersionStore store, long version) {
    Optional<Lease> held = store.lease(version);
    if (held.isEmpty()) {
      return Optional.empty();
    }
    try (Lease lease = held.get()) {
      StoredVersion stored = lease.stored();
      Digest read = BlockDigests.read(stored.bytes()).root();
      return Optional.of(new Message.Guest(shard, version, read, null, sum(stored)));
    }
  }

  /** Null for a copy: what that is to be read as was agreed on. */
  private Message.@Nullable Sum sum(StoredVersion stored) {
    Digest origin = origins.get(stored.version());
    BlockDigests made = stored.digests();
    return origin == null || made == null ? null : new Message.Sum(made.root(), origin);
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
    List<Message.Guest> guests = new ArrayList<>();
    guests.add(spec.protocol().buddies().sums() ? sum(doing, into) : copy(doing, into));
    if (doing.scrub()) {
      into.versions().stream()
          .filter(version -> version < doing.version())
          .flatMap(version -> guest(doing.shard(), into, version).stream())
          .forEach(guests::add);
    }
    events.accept(
        new WorkerEvent.GuestPulled(doing.epoch(), doing.version(), doing.shard(), guests));
  }

  private Message.Guest copy(WorkerEffect.PullGuest doing, VersionStore into) {
    WorkerEffect.Term term = doing.terms().getFirst();
    PullResult result =
        ShardTransfer.pull(
            endpoint,
            term.donor().name(),
            doing.epoch(),
            doing.version(),
            term.agreed(),
            into,
            PATIENCE);
    // The transfer has read it once more at its end.
    return counted(result)
        ? new Message.Guest(doing.shard(), doing.version(), term.agreed(), null)
        : new Message.Guest(doing.shard(), doing.version(), null, Machine.flaw(result));
  }

  /** Makes the sum of a version, unless it is here as it was made, and of the same. */
  private Message.Guest sum(WorkerEffect.PullGuest doing, VersionStore into) {
    long version = doing.version();
    Message.Guest there = guest(doing.shard(), into, version).orElse(null);
    if (there != null && isSound(there, doing.origin())) {
      return there;
    }
    into.discardAfter(version - 1);
    origins.put(version, doing.origin());
    origins.keySet().removeIf(old -> old <= version - spec.protocol().keepVersions());
    SumTransfer.Outcome made =
        new SumTransfer(endpoint, doing.epoch(), version, stripes(spec), PATIENCE)
            .make(doing.shard(), sources(doing.terms()), into);
    BlockDigests digests = made.digests();
    return counted(made.result()) && digests != null
        ? new Message.Guest(
            doing.shard(),
            version,
            digests.root(),
            null,
            new Message.Sum(digests.root(), doing.origin()))
        : new Message.Guest(made.member(), version, null, Machine.flaw(made.result()));
  }

  private static boolean isSound(Message.Guest there, Digest origin) {
    Message.Sum sum = there.sum();
    return sum != null && sum.origin().equals(origin) && sum.made().equals(there.digest());
  }

  private static List<SumTransfer.Source> sources(List<WorkerEffect.Term> terms) {
    return terms.stream()
        .map(term -> new SumTransfer.Source(term.shard(), term.donor().name(), term.agreed(), null))
        .toList();
  }

  private static boolean counted(PullResult result) {
    if (result instanceof PullResult.Pulled pulled) {
      BYTES_PULLED.add(pulled.bytes());
      return true;
    }
    return false;
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
