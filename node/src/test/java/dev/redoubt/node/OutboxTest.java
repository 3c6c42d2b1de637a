package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerId;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.Fabric;
import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.LocalFabric;
import dev.redoubt.store.Payload;
import dev.redoubt.store.Receiver;
import dev.redoubt.trainer.program.Shard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When buffers come back, while the sending thread or a peer is held up. */
class OutboxTest {

  private static final Partials.Key KEY = new Partials.Key(1, 1, new Span(0, 1));

  private final Fabric fabric =
      new LocalFabric(FabricOptions.defaults().withInbox(1, Duration.ofSeconds(60)));
  private final Buffers buffers = new Buffers(64, 4);
  private final Era era = new Era();
  private final List<Throwable> defects = new ArrayList<>();
  private final Lane lane = new Lane("send", era, new Gate(), defects::add);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final CountDownLatch received = new CountDownLatch(3);
  private final Outbox outbox;

  OutboxTest() throws Exception {
    Endpoint endpoint = fabric.open("w0", slow());
    fabric.open("w1", slow());
    outbox = new Outbox(endpoint, era, new StepClock(), event -> {}, lane);
    era.begin(1);
  }

  private Receiver slow() {
    return new Receiver() {
      @Override
      public void frame(String from, FrameHeader header, Payload payload) {
        await(goOn);
        received.countDown();
      }

      @Override
      public void peerBroken(String peer) {}

      @Override
      public void frameCorrupt(String from, FrameHeader header) {}

      @Override
      public void frameStale(String from, FrameHeader header) {}
    };
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void close() {
    goOn.countDown();
    fabric.close();
    outbox.close();
    buffers.close();
    assertThat(defects).isEmpty();
  }

  private Partial sum() {
    return new Partial(buffers.take(), 0);
  }

  @Test
  void who_computes_alone_has_its_buffers_at_once_however_late_the_sending_thread_is() {
    outbox.afterwards(() -> await(goOn));
    for (int step = 0; step < 100; step++) {
      outbox.giveBack(buffers, List.of(sum()));
      assertThat(buffers.out()).isZero();
    }
  }

  @Test
  void a_buffer_comes_back_only_after_what_is_to_be_sent_from_it() throws Exception {
    Partial sum = sum();
    // One is delivered, one waits at the peer, and one waits for room there.
    for (int send = 0; send < 3; send++) {
      outbox.sendWhole(KEY, Shard.WHOLE, sum, List.of(new WorkerId("w1")));
    }
    outbox.giveBack(buffers, List.of(sum));
    assertThat(buffers.out()).as("it is being sent").isEqualTo(1);
    goOn.countDown();
    await(received);
    CountDownLatch sent = new CountDownLatch(1);
    outbox.afterwards(sent::countDown);
    await(sent);
    assertThat(buffers.out()).isZero();
    outbox.giveBack(buffers, List.of(sum()));
    assertThat(buffers.out()).as("nothing is to be sent any more").isZero();
  }
}
