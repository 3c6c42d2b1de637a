package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.Fabric;
import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.LocalFabric;
import dev.redoubt.trainer.program.AbandonedException;
import dev.redoubt.trainer.program.Links.Piece;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ranks on threads of their own, over the fabric, with no trainer. */
class PodLinksTest {

  private static final Piece PIECE = new Piece(5, 1, 0);

  private final Arena arena = Arena.ofShared();
  private final Fabric fabric = new LocalFabric(FabricOptions.defaults());
  private final List<End> ends = new ArrayList<>();

  /** One rank's end. */
  private final class End {
    final WorkerId id;
    final BlockingQueue<WorkerEvent> events = new LinkedBlockingQueue<>();
    final Pieces pieces = new Pieces();
    final StepClock clock = new StepClock();
    final Endpoint endpoint;
    final PodLinks links;

    End(String name) {
      id = new WorkerId(name);
      endpoint =
          fabric.open(
              name,
              new Arrivals(
                  new Partials(),
                  pieces,
                  new Troubles(id, new FaultLedger(new FaultPlan(List.of())), new Lab()),
                  new Gate(),
                  events::add,
                  defect -> {
                    throw new AssertionError(defect);
                  }));
      links = new PodLinks(endpoint, pieces, clock, events::add);
      ends.add(this);
    }

    void enter(Assignment assignment) {
      pieces.open(assignment.epoch());
      endpoint.fence(assignment.epoch());
      clock.begin(0);
      links.enter(assignment, id, 5);
    }

    long receive(int from) {
      MemorySegment into = arena.allocate(Long.BYTES);
      links.receive(from, PIECE, into);
      return into.get(ValueLayout.JAVA_LONG, 0);
    }
  }

  private Assignment pods(long epoch, int ranks) {
    List<Seat> seats =
        IntStream.range(0, 2 * ranks)
            .mapToObj(i -> new Seat(new Rank(i / ranks, i % ranks), new WorkerId("w" + i)))
            .toList();
    return new Assignment(epoch, 6, seats);
  }

  private MemorySegment value(long value) {
    MemorySegment segment = arena.allocate(Long.BYTES);
    segment.set(ValueLayout.JAVA_LONG, 0, value);
    return segment;
  }

  @AfterEach
  void giveBack() {
    fabric.close();
    ends.forEach(end -> end.pieces.close());
    arena.close();
  }

  /** Ranks block: they must not share the few threads of a common pool. */
  private static CompletableFuture<Long> onItsOwnThread(Supplier<Long> work) {
    CompletableFuture<Long> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                result.complete(work.get());
              } catch (RuntimeException e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }

  @Test
  void theRanksOfAPodOfFourExchangeWhatEachHas() throws Exception {
    Assignment assignment = pods(3, 4);
    for (int i = 0; i < 4; i++) {
      new End("w" + i).enter(assignment);
    }
    List<CompletableFuture<Long>> sums =
        IntStream.range(0, 4).mapToObj(rank -> onItsOwnThread(() -> exchange(rank))).toList();
    for (CompletableFuture<Long> sum : sums) {
      assertThat(sum.get(30, TimeUnit.SECONDS)).isEqualTo(1 + 20 + 300 + 4000);
    }
    StepMeasure measure = ends.getFirst().clock.measure("w0", new Rank(0, 0), 3, 5);
    assertThat(measure.bytesSent()).isEqualTo(3 * Long.BYTES);
    assertThat(measure.waitNanos()).isPositive().isLessThanOrEqualTo(measure.nanos());
  }

  private long exchange(int rank) {
    End end = ends.get(rank);
    long own = (rank + 1L) * (long) Math.pow(10, rank);
    long sum = own;
    for (int other = 0; other < 4; other++) {
      if (other != rank) {
        end.links.send(other, PIECE, value(own));
      }
    }
    for (int other = 0; other < 4; other++) {
      sum += other == rank ? 0 : end.receive(other);
    }
    return sum;
  }

  @Test
  void aMateThatIsGoneIsReportedAndTheStepGivenUp() {
    End one = new End("w0");
    one.enter(pods(3, 2));
    assertThatThrownBy(() -> one.links.send(1, PIECE, value(1)))
        .isInstanceOf(AbandonedException.class)
        .hasMessage("frame to w1: it is not there");
    assertThat(one.events).containsExactly(new WorkerEvent.PeerBroken(new WorkerId("w1")));
    assertThatThrownBy(() -> one.receive(1)).isInstanceOf(AbandonedException.class);
  }

  @Test
  void aMateThatDiesWhileItIsWaitedForEndsTheWait() throws Exception {
    End one = new End("w0");
    End two = new End("w1");
    one.enter(pods(3, 2));
    two.enter(pods(3, 2));
    two.links.send(0, new Piece(5, 1, 9), value(1));
    CompletableFuture<Long> waits = onItsOwnThread(() -> one.receive(1));
    two.endpoint.breakOff();
    assertThatThrownBy(() -> waits.get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(AbandonedException.class);
    assertThat(one.events.poll(30, TimeUnit.SECONDS)).isEqualTo(new WorkerEvent.PeerBroken(two.id));
  }

  @Test
  void whatAMateOfAnOlderEpochSaysIsNotHeard() throws Exception {
    End one = new End("w0");
    End two = new End("w1");
    one.enter(pods(4, 2));
    two.enter(pods(3, 2));
    two.links.send(0, PIECE, value(1));
    two.enter(pods(4, 2));
    two.links.send(0, PIECE, value(2));
    assertThat(one.receive(1)).isEqualTo(2);
    assertThat(one.pieces.waiting()).isZero();
  }

  @Test
  void nobodyTalksToItselfOrToARankThatIsNotThere() {
    End one = new End("w0");
    one.enter(pods(3, 2));
    assertThatThrownBy(() -> one.links.send(0, PIECE, value(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> one.receive(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("rank 0 has nothing to say to rank 2");
  }
}
