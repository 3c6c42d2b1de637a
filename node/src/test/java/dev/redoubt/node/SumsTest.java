package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Buddies;
import dev.redoubt.core.Message;
import dev.redoubt.core.WorkerEffect;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.redundancy.ParityStripes;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.LocalFabric;
import dev.redoubt.store.Payload;
import dev.redoubt.store.Receiver;
import dev.redoubt.store.VersionStore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The guest rooms of a pod of four, with shards as large as a wide model's. */
class SumsTest {

  private static final int RANKS = 4;
  private static final long EPOCH = 1;

  private final Arena arena = Arena.ofShared();
  private final LocalFabric fabric = new LocalFabric(FabricOptions.defaults());
  private final SplittableRandom random = new SplittableRandom(3);
  private final List<Host> hosts = new ArrayList<>();
  private final RunSpec spec;
  private final ParityStripes stripes;

  SumsTest() throws Exception {
    spec = new Lab().pods(1).ranks(RANKS).wide().sums().spec();
    stripes = GuestRoom.stripes(spec);
  }

  /** A machine without its compute thread. */
  private final class Host implements Receiver, AutoCloseable {
    final WorkerId id;
    final int index;
    final VersionStore own;
    final Endpoint endpoint;
    final Era era = new Era();
    final BlockingQueue<WorkerEvent> events = new LinkedBlockingQueue<>();
    final GuestRoom room;

    Host(int index) {
      this.index = index;
      this.id = new WorkerId("w" + index);
      this.own = new VersionStore(stripes.shardBytes(index), 4);
      this.endpoint = fabric.open(id.name(), this);
      era.begin(EPOCH);
      Lane lane =
          new Lane(
              "guests-" + id.name(),
              era,
              new Gate(),
              defect -> {
                throw new AssertionError(defect);
              });
      this.room = new GuestRoom(spec, endpoint, era, lane, events::add);
      room.abandon(new WorkerEffect.Abandon(EPOCH, 0, index, false));
      endpoint.serve(room.donor(own));
    }

    void writes(long version) {
      MemorySegment bytes = own.begin(version);
      for (long at = 0; at < bytes.byteSize(); at += Long.BYTES) {
        bytes.set(ValueLayout.JAVA_LONG, at, random.nextLong());
      }
      own.seal(version, BlockDigests.read(bytes));
    }

    Digest agreed(long version) {
      return own.reread(version).root();
    }

    /** Has its sum of a version; what it says of it. */
    List<Message.Guest> pulls(long version, boolean scrub) throws InterruptedException {
      List<WorkerEffect.Term> terms =
          hosts.stream()
              .filter(other -> other != this)
              .map(other -> new WorkerEffect.Term(other.index, other.agreed(version), other.id))
              .toList();
      room.pull(new WorkerEffect.PullGuest(EPOCH, version, index, terms, scrub));
      WorkerEvent event = events.poll(60, TimeUnit.SECONDS);
      assertThat(event).isInstanceOf(WorkerEvent.GuestPulled.class);
      return ((WorkerEvent.GuestPulled) Objects.requireNonNull(event)).guests();
    }

    Digest sum(long version) {
      return Objects.requireNonNull(room.read(version).getFirst().digest());
    }

    void flipsSum(long version) {
      flip(room.store(index).tamper(version), 1234);
    }

    /** The shard of a version as a spare would compute it. */
    WorkerEvent restores(long version, List<Message.Part> parts, VersionStore into) {
      return new FromSums(endpoint, stripes, index, into, Duration.ofSeconds(10))
          .restore(
              new WorkerEffect.StartPull(EPOCH, version, agreed(version), Buddies.SUMS, parts));
    }

    @Override
    public void frame(String from, FrameHeader header, Payload payload) {}

    @Override
    public void frameCorrupt(String from, FrameHeader header) {}

    @Override
    public void peerBroken(String peer) {}

    @Override
    public void close() {
      era.end();
      room.close();
      own.close();
    }
  }

  @BeforeEach
  void begin() {
    IntStream.range(0, RANKS).mapToObj(Host::new).forEach(hosts::add);
    hosts.forEach(host -> host.writes(3));
  }

  @AfterEach
  void giveBack() {
    fabric.close();
    hosts.forEach(Host::close);
    arena.close();
  }

  private static void flip(MemorySegment bytes, long at) {
    bytes.set(ValueLayout.JAVA_BYTE, at, (byte) (bytes.get(ValueLayout.JAVA_BYTE, at) ^ 4));
  }

  private MemorySegment bytes(VersionStore store, long version) {
    return store.find(version).orElseThrow().bytes();
  }

  private List<Message.Part> partsFor(Host lost, long version) {
    return hosts.stream()
        .filter(other -> other != lost)
        .map(
            other ->
                new Message.Part(other.index, other.id, other.agreed(version), other.sum(version)))
        .toList();
  }

  @Test
  void each_keeps_a_sum_and_any_shard_can_be_computed() throws Exception {
    assertThat(stripes.shardBytes(0)).isGreaterThan(8 * BlockDigest.BLOCK_BYTES);
    for (Host host : hosts) {
      MemorySegment wanted = arena.allocate(stripes.parityBytes(host.index), 8);
      stripes.encode(host.index, i -> bytes(hosts.get(i).own, 3), wanted);
      Digest made = BlockDigests.read(wanted).root();
      assertThat(host.pulls(3, false))
          .singleElement()
          .satisfies(
              guest -> {
                assertThat(guest.shard()).isEqualTo(host.index);
                assertThat(guest.digest()).isEqualTo(made);
                assertThat(Objects.requireNonNull(guest.sum()).made()).isEqualTo(made);
              });
      assertThat(host.room.store(host.index).shardBytes())
          .as("a third of a shard, and no more")
          .isLessThanOrEqualTo(
              stripes.shardBytes(host.index) / (RANKS - 1) + 2 * BlockDigest.BLOCK_BYTES);
    }
    for (Host lost : hosts) {
      try (VersionStore into = new VersionStore(stripes.shardBytes(lost.index), 2)) {
        assertThat(lost.restores(3, partsFor(lost, 3), into))
            .isInstanceOf(WorkerEvent.PullDone.class);
        assertThat(bytes(into, 3).mismatch(bytes(lost.own, 3))).isEqualTo(-1);
        // What rots then is mended in the same way.
        flip(into.tamper(3), 70_000);
        assertThat(lost.restores(3, partsFor(lost, 3), into))
            .isInstanceOf(WorkerEvent.PullDone.class);
        assertThat(bytes(into, 3).mismatch(bytes(lost.own, 3))).isEqualTo(-1);
      }
    }
  }

  /** One that reads otherwise than was said is refused, and so is what a wrong one gives. */
  @Test
  void what_a_wrong_sum_gives_is_refused_and_not_used() throws Exception {
    for (Host host : hosts) {
      host.pulls(3, false);
    }
    Host lost = hosts.getFirst();
    List<Message.Part> said = partsFor(lost, 3);
    hosts.get(2).flipsSum(3);
    List<Message.Part> saidWrong = partsFor(lost, 3);
    try (VersionStore into = new VersionStore(stripes.shardBytes(0), 2)) {
      assertThat(lost.restores(3, said, into))
          .isInstanceOfSatisfying(
              WorkerEvent.PullBroke.class,
              broke -> {
                assertThat(broke.flaw()).isEqualTo(Message.PullFlaw.DONOR_CORRUPT);
                assertThat(broke.culprit()).hasToString("w2");
              });
      assertThat(lost.restores(3, saidWrong, into))
          .isInstanceOfSatisfying(
              WorkerEvent.PullBroke.class,
              broke -> {
                assertThat(broke.flaw()).isEqualTo(Message.PullFlaw.DONOR_CORRUPT);
                assertThat(broke.culprit()).isEqualTo(Buddies.SUMS);
              });
      assertThat(into.versions()).isEmpty();
      assertThat(lost.restores(3, saidWrong.subList(0, 2), into))
          .isInstanceOfSatisfying(
              WorkerEvent.PullBroke.class,
              broke -> assertThat(broke.flaw()).isEqualTo(Message.PullFlaw.VERSION_MISSING));
    }
  }

  @Test
  void a_flip_in_a_sum_is_read_by_scrubbing_and_a_sum_that_rotted_is_made_anew() throws Exception {
    Host host = hosts.get(1);
    host.pulls(3, false);
    Digest made = host.sum(3);
    host.flipsSum(3);
    hosts.forEach(one -> one.writes(4));
    assertThat(host.pulls(4, true))
        .hasSize(2)
        .last()
        .satisfies(
            guest -> {
              assertThat(guest.version()).isEqualTo(3);
              assertThat(guest.digest()).isNotEqualTo(made);
              assertThat(Objects.requireNonNull(guest.sum()).made()).isEqualTo(made);
            });
    assertThat(host.room.read(3).getFirst().digest()).isNotEqualTo(made);
    Digest newest = host.sum(4);
    host.flipsSum(4);
    host.pulls(4, false);
    assertThat(host.sum(4)).isEqualTo(newest);
  }

  @Test
  void who_has_not_what_was_agreed_gives_no_stripe_and_is_named() throws Exception {
    List<WorkerEffect.Term> terms =
        IntStream.of(0, 2, 3)
            .mapToObj(i -> new WorkerEffect.Term(i, hosts.get(i).agreed(3), hosts.get(i).id))
            .toList();
    flip(hosts.get(3).own.tamper(3), 5);
    Host host = hosts.get(1);
    host.room.pull(new WorkerEffect.PullGuest(EPOCH, 3, 1, terms, false));
    assertThat(host.events.poll(60, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            WorkerEvent.GuestPulled.class,
            pulled ->
                assertThat(pulled.guests())
                    .containsExactly(
                        new Message.Guest(3, 3, null, Message.PullFlaw.DONOR_CORRUPT)));
    assertThat(host.room.read(3)).isEmpty();
  }
}
