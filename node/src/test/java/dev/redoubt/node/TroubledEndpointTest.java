package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.NetworkFault;
import dev.redoubt.fault.Partition.Direction;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Share;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.Trouble;
import dev.redoubt.fault.Trouble.Receivers;
import dev.redoubt.fault.When;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.FrameHeader.Gradient;
import dev.redoubt.store.LocalFabric;
import dev.redoubt.store.Payload;
import dev.redoubt.store.Receiver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of the frames that ada sends to bob and eve, frame by frame. */
class TroubledEndpointTest {

  private static final When STEP_2 = new When(2, Phase.COMPUTE);

  private final LocalFabric fabric = new LocalFabric(FabricOptions.defaults());
  private final BlockingQueue<String> atBob = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> atEve = new LinkedBlockingQueue<>();
  private final Lab lab = new Lab();
  private final Endpoint ada;
  private Troubles troubles = new Troubles(new WorkerId("ada"), ledger(List.of()), lab);

  TroubledEndpointTest() {
    fabric.open("bob", new Heard(atBob));
    fabric.open("eve", new Heard(atEve));
    ada = fabric.open("ada", new Heard(new LinkedBlockingQueue<>()));
  }

  @AfterEach
  void close() {
    fabric.close();
  }

  private static FaultLedger ledger(List<NetworkFault> faults) {
    return new FaultLedger(new FaultPlan(List.copyOf(faults)));
  }

  private record Heard(BlockingQueue<String> frames) implements Receiver {
    @Override
    public void frame(String from, FrameHeader header, Payload payload) {
      frames.add(header.step() + "/" + ((Gradient) header).part());
    }

    @Override
    public void frameCorrupt(String from, FrameHeader header) {
      frames.add(header.step() + "/" + ((Gradient) header).part() + " corrupt");
    }

    @Override
    public void peerBroken(String peer) {
      frames.add("broken");
    }
  }

  private Endpoint suffering(Trouble trouble) {
    NetworkFault fault = new NetworkFault("f", STEP_2, new Target(0, 0), trouble);
    FaultLedger ledger = ledger(List.of(fault));
    assertThat(ledger.claim(fault)).isTrue();
    troubles = new Troubles(new WorkerId("ada"), ledger, lab);
    troubles.begin(fault, 2);
    return new TroubledEndpoint(ada, troubles);
  }

  private static void send(Endpoint from, String to, long step, int part) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment payload = arena.allocate(16).fill((byte) 1);
      from.send(to, new Gradient(1, step, 0, 1, 0, part, 4, 0, 0), payload);
      payload.fill((byte) 2);
    }
  }

  private static void toBoth(Endpoint from, long step, int part) throws Exception {
    send(from, "bob", step, part);
    send(from, "eve", step, part);
  }

  private static List<String> next(BlockingQueue<String> at, int count) throws Exception {
    String[] frames = new String[count];
    for (int i = 0; i < count; i++) {
      frames[i] = at.poll(10, TimeUnit.SECONDS);
    }
    return List.of(frames);
  }

  private Strike strike() {
    assertThat(lab.strikes()).hasSize(1);
    return lab.strikes().getFirst();
  }

  @Test
  void aDamagedFrameIsOneForTheFirstReceiverOrTheSameForAll() throws Exception {
    Endpoint one = suffering(new Trouble.CorruptFrame(1 << 3, 6, Receivers.ONE, 1));
    toBoth(one, 2, 0);
    toBoth(one, 2, 1);
    assertThat(next(atBob, 2)).containsExactly("2/0 corrupt", "2/1");
    assertThat(next(atEve, 2)).containsExactly("2/0", "2/1");
    assertThat(strike().bits()).isEqualTo(new Strike.Change<>(0x01010101, 0x01010109));
    assertThat(strike().evidence())
        .isEqualTo(
            "part 1 of 4 of the sum over microbatches 0 to 0 of step 2 (80 bytes), to bob: float 2"
                + " was sent and digested as 01010101, and left as 01010109");

    Endpoint all = suffering(new Trouble.CorruptFrame(1, 0, Receivers.ALL, 2));
    for (int part = 0; part < 3; part++) {
      toBoth(all, 2, part);
    }
    assertThat(next(atBob, 3)).containsExactly("2/0 corrupt", "2/1 corrupt", "2/2");
    assertThat(next(atEve, 3)).containsExactly("2/0 corrupt", "2/1 corrupt", "2/2");
    assertThat(troubles.none()).isTrue();
  }

  @Test
  void soManyFramesAreLostAndNoMore() throws Exception {
    Endpoint lossy = suffering(new Trouble.Loss(Share.first(3)));
    toBoth(lossy, 2, 0);
    toBoth(lossy, 2, 1);
    assertThat(next(atEve, 1)).containsExactly("2/1");
    assertThat(atBob).isEmpty();
    send(lossy, "bob", 3, 0);
    assertThat(next(atBob, 1)).containsExactly("3/0");
    assertThat(strike().evidence()).endsWith("(80 bytes) was not sent to bob");
    assertThat(troubles.none()).isTrue();
  }

  @Test
  void aShareOfTheFramesOfSomeStepsIsTheSameEachTime() throws Exception {
    Endpoint twice = suffering(new Trouble.Duplicate(Share.of(0.5, 2)));
    for (int frame = 0; frame < 100; frame++) {
      send(twice, "bob", 2 + frame / 50, frame % 4);
    }
    send(twice, "bob", 4, 3);
    int heard = 0;
    while (!"4/3".equals(atBob.poll(10, TimeUnit.SECONDS))) {
      heard++;
    }
    assertThat(heard).isBetween(130, 170);
    assertThat(troubles.none()).isTrue();
    assertThat(strike().evidence()).endsWith("was sent to bob twice");
  }

  @Test
  void aFrameIsOvertakenByTheNextToTheSameReceiver() throws Exception {
    Endpoint ends = suffering(new Trouble.Reorder(Share.first(1)));
    send(ends, "bob", 2, 0);
    send(ends, "eve", 2, 0);
    send(ends, "bob", 2, 1);
    send(ends, "bob", 2, 2);
    assertThat(next(atBob, 3)).containsExactly("2/1", "2/0", "2/2");
    assertThat(next(atEve, 1)).containsExactly("2/0");
    assertThat(strike().evidence())
        .contains("part 1 of 4")
        .contains("left for bob after part 2 of 4")
        .endsWith("which was sent later");
  }

  @Test
  void aFrameThatNothingOvertakesGoesOnAndProvesNothing() throws Exception {
    Endpoint ends = suffering(new Trouble.Reorder(Share.first(1)));
    send(ends, "bob", 2, 0);
    assertThat(next(atBob, 1)).containsExactly("2/0");
    assertThat(lab.strikes()).isEmpty();
  }

  @Test
  void lateFramesStayInTheirOrderAndTheirBytesAreThoseThatWereSent() throws Exception {
    Endpoint late = suffering(new Trouble.Delay(Duration.ofMillis(40), 1));
    long start = System.nanoTime();
    for (int part = 0; part < 4; part++) {
      send(late, "bob", 2, part);
    }
    assertThat(next(atBob, 4)).containsExactly("2/0", "2/1", "2/2", "2/3");
    assertThat(System.nanoTime() - start).isGreaterThan(40_000_000);
    assertThat(strike().evidence()).contains("left for bob").endsWith("ms after it was sent");
    send(late, "bob", 3, 0);
    assertThat(troubles.none()).isTrue();
  }

  @Test
  void aSlowLinkTakesSoLongForEachByte() throws Exception {
    Endpoint slow = suffering(new Trouble.SlowLink(8_000, 1));
    long start = System.nanoTime();
    for (int part = 0; part < 4; part++) {
      toBoth(slow, 2, part);
    }
    assertThat(next(atBob, 4)).containsExactly("2/0", "2/1", "2/2", "2/3");
    assertThat(next(atEve, 4)).containsExactly("2/0", "2/1", "2/2", "2/3");
    // Eight frames of 80 bytes.
    assertThat(System.nanoTime() - start).isGreaterThan(80_000_000);
  }

  @Test
  void aCutHasADirectionAndAnEnd() throws Exception {
    Endpoint cut = suffering(new Trouble.CutFrames(Direction.OUT, Duration.ofHours(1)));
    Gradient header = new Gradient(1, 2, 0, 1, 0, 0, 4, 0, 0);
    send(cut, "bob", 2, 0);
    assertThat(troubles.hears("bob", header, 80)).isTrue();
    assertThat(strike().evidence()).endsWith("was not sent to bob");

    cut = suffering(new Trouble.CutFrames(Direction.IN, Duration.ofHours(1)));
    assertThat(troubles.hears("bob", header, 80)).isFalse();
    send(cut, "bob", 2, 1);

    cut = suffering(new Trouble.CutFrames(Direction.BOTH, Duration.ofNanos(1)));
    assertThat(troubles.hears("bob", header, 80)).isTrue();
    send(cut, "bob", 2, 2);
    assertThat(next(atBob, 2)).containsExactly("2/1", "2/2");
    assertThat(troubles.none()).isTrue();
  }
}
