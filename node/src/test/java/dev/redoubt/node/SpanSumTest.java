package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Injector;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.Fabric;
import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.LocalFabric;
import dev.redoubt.trainer.GradientScreen;
import dev.redoubt.trainer.SumTree;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.AbandonedException;
import dev.redoubt.trainer.program.Links;
import dev.redoubt.trainer.program.Shard;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Sums whose parts leave while they are computed, with a peer that collects them, against the plain
 * sum of whole gradients.
 */
class SpanSumTest {

  private static final WorkerId SELF = new WorkerId("w0");
  private static final WorkerId PEER = new WorkerId("w1");
  private static final Assignment ASSIGNMENT =
      new Assignment(3, 6, List.of(new Seat(new Rank(0, 0), SELF), new Seat(new Rank(1, 0), PEER)));

  private final Arena arena = Arena.ofShared();
  private final Fabric fabric = new LocalFabric(FabricOptions.defaults());
  private final Era era = new Era();
  private final Partials atPeer = new Partials();
  private final BlockingQueue<WorkerEvent> told = new LinkedBlockingQueue<>();
  private final List<Throwable> defects = new ArrayList<>();
  private final Lab lab = new Lab().wide();
  private final RunSpec spec = lab.spec();
  private final Workbench bench = Workbench.of(spec, Shard.WHOLE, Links.NONE, null);
  private final Workbench peers = Workbench.of(spec, Shard.WHOLE, Links.NONE, null);
  private final MemorySegment base = arena.allocate(bench.layout().stateBytes(), 64);
  private final Outbox outbox;

  SpanSumTest() throws Exception {
    Endpoint endpoint = fabric.open("w0", arrivals(new Partials()));
    fabric.open("w1", arrivals(atPeer));
    outbox =
        new Outbox(
            endpoint,
            era,
            new StepClock(),
            told::add,
            new Lane("send", era, new Gate(), defects::add));
    era.begin(3);
    atPeer.open(3, peers);
    bench.trainer().initialise(base);
  }

  private Arrivals arrivals(Partials partials) {
    Troubles none = new Troubles(SELF, noFaults(), lab);
    return new Arrivals(partials, new Pieces(), none, new Gate(), told::add, defects::add);
  }

  @AfterEach
  void giveBack() {
    fabric.close();
    outbox.close();
    bench.close();
    peers.close();
    arena.close();
    assertThat(defects).isEmpty();
  }

  private SpanSum sum(Span span, List<WorkerId> early, FaultLedger ledger) {
    FaultHooks hooks =
        new FaultHooks(
            SELF,
            bench,
            300,
            new Injector(ledger),
            new Troubles(SELF, ledger, lab),
            new Outside(
                fabric,
                Neighbours.NONE,
                ledger,
                (node, fault, step) -> true,
                lab,
                () -> 1,
                verdict -> {},
                defect -> {}));
    SpanSum.Order order = new SpanSum.Order(3, 1, base, ASSIGNMENT, early);
    return new SpanSum(bench, era, outbox, hooks, true, order, span, () -> false);
  }

  private static FaultLedger noFaults() {
    return new FaultLedger(new FaultPlan(List.of()));
  }

  private MemorySegment plain(Span span) {
    return SumTree.fold(
        span.size(),
        leaf -> {
          MemorySegment gradient = arena.allocate(bench.layout().regionBytes(), 64);
          double ignored = bench.trainer().gradient(base, 1, span.from() + leaf, gradient);
          return gradient;
        },
        (left, right) -> {
          Trainer.add(left, right);
          return left;
        });
  }

  private Partial collected(Span span) throws InterruptedException {
    assertThat(told.poll(30, TimeUnit.SECONDS))
        .isEqualTo(new WorkerEvent.FrameArrived(3, 1, span, SELF));
    return Objects.requireNonNull(atPeer.find(new Partials.Key(3, 1, span)));
  }

  private MemorySegment whole(Partial sum) {
    MemorySegment whole = arena.allocate(bench.layout().regionBytes(), 64);
    sum.copyTo(whole);
    return whole;
  }

  /** Microbatches [0, 6) split at 4: aligned spans of odd and even sizes. */
  @ParameterizedTest
  @CsvSource({"0, 6", "0, 4", "4, 6", "2, 4", "5, 6"})
  void thePartsTogetherAreTheSumBitForBitAndSoIsItsDigest(int from, int to) throws Exception {
    assertThat(bench.parts()).as("buckets of the gradient").hasSizeGreaterThan(1);
    Span span = new Span(from, to);
    MemorySegment wanted = plain(span);

    SpanSum.Result result = sum(span, List.of(PEER), noFaults()).compute();

    assertThat(result.sum().gradient().mismatch(wanted)).isEqualTo(-1);
    assertThat(result.digest()).isEqualTo(BlockDigests.read(wanted).root());
    Partial collected = collected(span);
    assertThat(collected.parts()).hasSameSizeAs(bench.parts());
    assertThat(whole(collected).mismatch(wanted)).isEqualTo(-1);
    assertThat(collected.loss()).isEqualTo(result.sum().loss());
    assertThat(bench.buffers().out()).as("all but the sum are given back").isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"0, 6", "0, 4", "4, 6"})
  void itsFirstMicrobatchMayHaveBeenComputedBefore(int from, int to) throws Exception {
    Span span = new Span(from, to);
    Early early = sum(span, List.of(PEER), noFaults()).ahead(from);
    assertThat(told).as("nothing of it has left").isEmpty();
    assertThat(early.gradient().mismatch(plain(new Span(from, from + 1)))).isEqualTo(-1);
    String learnt = bench.screen().toString();
    assertThat(learnt).as("nor was it looked at").isEqualTo(new GradientScreen().toString());

    // What it is now would not come out again.
    MemorySegment gradient = early.gradient();
    gradient.set(ValueLayout.JAVA_FLOAT, 0, gradient.get(ValueLayout.JAVA_FLOAT, 0) + 1);
    SpanSum.Result result = sum(span, List.of(PEER), noFaults()).with(early).compute();

    MemorySegment wanted = plain(span);
    assertThat(result.sum().gradient().mismatch(wanted)).as("it was used").isBetween(0L, 3L);
    assertThat(result.sum().gradient().asSlice(4).mismatch(wanted.asSlice(4))).isEqualTo(-1);
    assertThat(whole(collected(span)).mismatch(result.sum().gradient())).isEqualTo(-1);
    assertThat(bench.screen().toString().split(","))
        .as("the screen has seen each once")
        .hasSize(span.size());
    assertThat(bench.buffers().out()).isEqualTo(1);
  }

  @Test
  void whatWasComputedBeforeIsGivenBackWithTheRestIfTheEpochEnds() throws Exception {
    Early early = sum(new Span(0, 6), List.of(PEER), noFaults()).ahead(0);
    SpanSum sum = sum(new Span(0, 6), List.of(PEER), noFaults()).with(early);
    era.begin(4);
    assertThatThrownBy(sum::compute).isInstanceOf(AbandonedException.class);
    SpanSum other = sum(new Span(0, 6), List.of(PEER), noFaults());
    assertThatThrownBy(() -> other.ahead(0)).isInstanceOf(AbandonedException.class);
    outbox.close();
    assertThat(bench.buffers().out()).isZero();
  }

  @Test
  void withNobodyToTellEarlyNothingLeaves() throws Exception {
    Span span = new Span(0, 4);
    SpanSum.Result result = sum(span, List.of(), noFaults()).compute();
    assertThat(result.sum().gradient().mismatch(plain(span))).isEqualTo(-1);
    outbox.close();
    assertThat(told).isEmpty();
  }

  /** In the first bucket, in the last one, and in a microbatch that is not streamed. */
  @ParameterizedTest
  @CsvSource({"head, 5, 5", "embedding, 5, 5", "head, 4, 4", "embedding, , 4"})
  void aFlipStrikesBeforeTheBytesLeaveAndProvesIt(String tensor, Integer microbatch, int struckIn)
      throws Exception {
    Span span = new Span(4, 6);
    BitFlip flip =
        BitFlip.inGradient(
            "flip",
            new When(1, Phase.COMPUTE),
            new Target(0, 0),
            tensor,
            17,
            12,
            microbatch == null ? OptionalInt.empty() : OptionalInt.of(microbatch));
    FaultLedger ledger = new FaultLedger(new FaultPlan(List.of(flip)));

    SpanSum.Result result = sum(span, List.of(PEER), ledger).compute();

    Strike strike = ledger.strikes().getFirst();
    assertThat(strike.digests()).isNotNull();
    MemorySegment wanted = struck(struckIn, tensor, 17, 12);
    assertThat(result.sum().gradient().mismatch(wanted)).isEqualTo(-1);
    assertThat(whole(collected(span)).mismatch(wanted)).isEqualTo(-1);
    assertThat(result.digest()).isEqualTo(BlockDigests.read(wanted).root());
  }

  /** The sum of microbatches 4 and 5, one of them struck. */
  private MemorySegment struck(int microbatch, String tensor, long element, int bit) {
    List<MemorySegment> gradients = List.of(plain(new Span(4, 5)), plain(new Span(5, 6)));
    long at = (bench.layout().tensor(tensor).offset() + element) * Float.BYTES;
    MemorySegment hit = gradients.get(microbatch - 4);
    hit.set(ValueLayout.JAVA_INT, at, hit.get(ValueLayout.JAVA_INT, at) ^ (1 << bit));
    Trainer.add(gradients.getFirst(), gradients.getLast());
    return gradients.getFirst();
  }

  @Test
  void anEpochThatEndsLeavesNoBufferBehind() throws Exception {
    SpanSum sum = sum(new Span(0, 6), List.of(PEER), noFaults());
    era.begin(4);
    assertThatThrownBy(sum::compute).isInstanceOf(AbandonedException.class);
    outbox.close();
    assertThat(bench.buffers().out()).isZero();
  }
}
