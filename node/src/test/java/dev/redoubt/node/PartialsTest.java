package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.core.Span;
import dev.redoubt.store.FrameHeader.Gradient;
import dev.redoubt.store.Payload;
import dev.redoubt.trainer.program.Links;
import dev.redoubt.trainer.program.Shard;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sums that arrive in two parts, in epoch 3. */
class PartialsTest {

  private static final Span SPAN = new Span(2, 4);

  private final Arena arena = Arena.ofConfined();
  private final Partials partials = new Partials();
  private final Workbench bench;
  private final long bytes;

  /** All that has arrived. */
  private final List<Payload> payloads = new ArrayList<>();

  PartialsTest() throws Exception {
    bench = Workbench.of(new Lab().spec(), Shard.WHOLE, Links.NONE, null);
    bytes = bench.layout().regionBytes();
  }

  @BeforeEach
  void anEpochBegins() {
    assertThat(partials.open(3, bench)).isEmpty();
  }

  @AfterEach
  void giveBack() {
    bench.close();
    arena.close();
  }

  private Payload half(int value) {
    return payload(arena.allocate(bytes / 2).fill((byte) value));
  }

  private Payload payload(MemorySegment bytes) {
    Payload payload = new Payload(bytes, () -> {});
    payloads.add(payload);
    return payload;
  }

  /** Payloads that are kept and not given back. */
  private long kept() {
    return payloads.stream().filter(Payload::isKept).count();
  }

  private MemorySegment whole(Partial sum) {
    MemorySegment whole = arena.allocate(bytes);
    sum.copyTo(whole);
    return whole;
  }

  private static Gradient header(long epoch, long step, int shard, int part, long offset) {
    return new Gradient(epoch, step, SPAN.from(), SPAN.to(), shard, part, 2, offset, 0.5 * part);
  }

  /** The first part is the second half: the backward pass begins at the end. */
  private boolean arrives(String from, long epoch, long step, int part) {
    Gradient header = header(epoch, step, 0, part, part == 0 ? bytes / 2 : 0);
    Partials.Key key = partials.arrive(from, header, half(part + 1));
    assertThat(key).isIn(null, new Partials.Key(epoch, step, SPAN));
    return key != null;
  }

  @Test
  void aSumIsThereWithItsLastPartAndItsLossComesWithIt() {
    assertThat(arrives("bob", 3, 7, 0)).isFalse();
    assertThat(partials.find(new Partials.Key(3, 7, SPAN))).isNull();
    assertThat(arrives("bob", 3, 7, 1)).isTrue();
    Partial sum = Objects.requireNonNull(partials.find(new Partials.Key(3, 7, SPAN)));
    assertThat(sum.loss()).isEqualTo(0.5);
    assertThat(whole(sum).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 2);
    assertThat(whole(sum).get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 1);
  }

  @Test
  void stepsAndSendersDoNotMix() {
    assertThat(arrives("bob", 3, 7, 0)).isFalse();
    assertThat(arrives("bob", 3, 8, 0)).isFalse();
    assertThat(arrives("eve", 3, 7, 1)).isFalse();
    assertThat(arrives("bob", 3, 8, 1)).isTrue();
    assertThat(arrives("bob", 3, 7, 1)).isTrue();
  }

  /** Its owner is slow, and somebody stands in: whoever is done first has the place. */
  @Test
  void twoSendTheSameSumAndTheFirstThatIsWholeCounts() {
    assertThat(arrives("bob", 3, 7, 0)).isFalse();
    assertThat(arrives("eve", 3, 7, 0)).isFalse();
    assertThat(arrives("eve", 3, 7, 1)).isTrue();
    assertThat(arrives("bob", 3, 7, 1)).isFalse();
    assertThat(kept()).isEqualTo(2);
  }

  @Test
  void theRestOfASumWhoseOwnerWasRelievedIsNotWaitedFor() {
    assertThat(arrives("bob", 3, 7, 0)).isFalse();
    assertThat(partials.removeUpTo(7)).isEmpty();
    assertThat(arrives("bob", 3, 8, 0)).isFalse();
    assertThat(kept()).isEqualTo(1);
  }

  @Test
  void aPartThatComesTwiceCompletesNothing() {
    assertThat(arrives("bob", 3, 7, 0)).isFalse();
    assertThat(arrives("bob", 3, 7, 0)).isFalse();
    assertThat(arrives("bob", 3, 7, 1)).isTrue();
    assertThat(arrives("bob", 3, 7, 1)).isFalse();
    assertThat(arrives("bob", 3, 7, 0)).isFalse();
    assertThat(kept()).isEqualTo(2);
  }

  @Test
  void partsMayOvertakeEachOther() {
    assertThat(arrives("bob", 3, 7, 1)).isFalse();
    assertThat(arrives("bob", 3, 7, 1)).isFalse();
    assertThat(arrives("bob", 3, 7, 0)).isTrue();
    Partial sum = Objects.requireNonNull(partials.find(new Partials.Key(3, 7, SPAN)));
    assertThat(sum.loss()).isEqualTo(0.5);
    assertThat(whole(sum).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 2);
    assertThat(whole(sum).get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 1);
  }

  @Test
  void whatDoesNotSayAsManyPartsIsNoPartOfThatSum() {
    assertThat(arrives("bob", 3, 7, 0)).isFalse();
    Gradient other = new Gradient(3, 7, SPAN.from(), SPAN.to(), 0, 1, 3, 0, 0);
    assertThat(partials.arrive("bob", other, half(2))).isNull();
    Gradient none = new Gradient(3, 7, SPAN.from(), SPAN.to(), 0, 2, 2, 0, 0);
    assertThat(partials.arrive("bob", none, half(2))).isNull();
    Gradient endless = new Gradient(3, 8, SPAN.from(), SPAN.to(), 0, 1 << 29, 1 << 30, 0, 0);
    assertThat(partials.arrive("bob", endless, half(2))).isNull();
    assertThat(arrives("bob", 3, 7, 1)).isTrue();
  }

  @Test
  void partsThatAreNotAllOfTheSumAreThrownAway() {
    assertThat(partials.arrive("bob", header(3, 7, 0, 0, 0), half(1))).isNull();
    Payload less = payload(arena.allocate(8));
    assertThat(partials.arrive("bob", header(3, 7, 0, 1, 0), less)).isNull();
    assertThat(kept()).isZero();
  }

  @Test
  void partsThatOverlapAreThrownAwayThoughTheirBytesAreAsMany() {
    assertThat(partials.arrive("bob", header(3, 7, 0, 0, 0), half(1))).isNull();
    assertThat(partials.arrive("bob", header(3, 7, 0, 1, 0), half(2))).isNull();
    assertThat(kept()).isZero();
    assertThat(partials.find(new Partials.Key(3, 7, SPAN))).isNull();
  }

  @Test
  void noMoreIsKeptOfASumThanItHas() {
    Gradient all = new Gradient(3, 7, SPAN.from(), SPAN.to(), 0, 0, 3, 0, 0);
    assertThat(partials.arrive("bob", all, payload(arena.allocate(bytes)))).isNull();
    assertThat(kept()).isEqualTo(1);
    Gradient more = new Gradient(3, 7, SPAN.from(), SPAN.to(), 0, 1, 3, 0, 0);
    assertThat(partials.arrive("bob", more, half(2))).isNull();
    assertThat(kept()).isZero();
  }

  @Test
  void soManySumsAreKeptAsThereMayBeBuffers() {
    int most = bench.buffers().countMax();
    for (int step = 1; step <= most; step++) {
      assertThat(arrives("bob", 3, step, 0)).isFalse();
    }
    assertThatThrownBy(() -> arrives("bob", 3, most + 1, 0))
        .hasMessage("more than " + most + " gradient sums are to be kept");
    assertThat(kept()).isEqualTo(most);
  }

  @Test
  void otherEpochsOtherShardsAndWhatDoesNotFitAreDropped() {
    assertThat(arrives("bob", 2, 7, 0)).isFalse();
    assertThat(arrives("bob", 4, 7, 0)).isFalse();
    assertThat(partials.arrive("bob", header(3, 7, 1, 0, 0), half(1))).isNull();
    assertThat(partials.arrive("bob", header(3, 7, 0, 0, bytes / 2 + 8), half(1))).isNull();
    assertThat(partials.arrive("bob", header(3, 7, 0, 0, -8), half(1))).isNull();
    assertThat(partials.arrive("bob", new Gradient(3, 7, 4, 4, 0, 0, 2, 0, 0), half(1))).isNull();
    assertThat(kept()).isZero();
  }

  @Test
  void ofAStepThatIsDoneNothingIsTakenAnyMore() {
    assertThat(arrives("bob", 3, 7, 0)).isFalse();
    assertThat(arrives("bob", 3, 7, 1)).isTrue();
    assertThat(partials.removeUpTo(7)).hasSize(1);
    assertThat(arrives("bob", 3, 7, 0)).isFalse();
    assertThat(kept()).isEqualTo(2);
  }

  @Test
  void aNewEpochGivesBackWhatWasThereAndWhatWasOnItsWay() {
    assertThat(arrives("bob", 3, 7, 0)).isFalse();
    assertThat(arrives("bob", 3, 7, 1)).isTrue();
    assertThat(arrives("bob", 3, 8, 0)).isFalse();
    partials.open(4, bench).forEach(sum -> sum.giveBack(bench.buffers()));
    assertThat(kept()).isZero();
    assertThat(arrives("bob", 3, 8, 1)).isFalse();
  }
}
