package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.store.FrameHeader;
import dev.redoubt.trainer.program.AbandonedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A rank that waits for bob, of one pod with eve; everything happens in epoch 3, step 7. */
class PiecesTest {

  private static final int MICROBATCH = 2;

  private final Arena arena = Arena.ofShared();
  private final Pieces pieces = new Pieces();

  @BeforeEach
  void aStepBegins() {
    pieces.open(3);
    pieces.enter(3, 7, Set.of("bob", "eve"));
  }

  @AfterEach
  void giveBack() {
    pieces.close();
    arena.close();
  }

  private MemorySegment value(long value) {
    MemorySegment segment = arena.allocate(Long.BYTES);
    segment.set(ValueLayout.JAVA_LONG, 0, value);
    return segment;
  }

  private void arrives(String from, long epoch, long step, int collective, long value) {
    FrameHeader.Piece header = new FrameHeader.Piece(epoch, step, 1, MICROBATCH, collective);
    assertThat(pieces.arrived(from, header, value(value))).isTrue();
  }

  private long receive(String from, long step, int collective) {
    MemorySegment into = arena.allocate(Long.BYTES);
    pieces.receive(from, 3, step, MICROBATCH, collective, into);
    return into.get(ValueLayout.JAVA_LONG, 0);
  }

  /** Somebody who waits for bob's piece of collective 4, and has begun to. */
  private CompletableFuture<Long> waiter() {
    CompletableFuture<Long> result = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    result.complete(receive("bob", 7, 4));
                  } catch (AbandonedException e) {
                    result.completeExceptionally(e);
                  }
                });
    while (thread.getState() != Thread.State.WAITING && !result.isDone()) {
      Thread.onSpinWait();
    }
    return result;
  }

  private static void assertSentAway(CompletableFuture<Long> waiter, String reason) {
    assertThatThrownBy(() -> waiter.get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(AbandonedException.class)
        .hasMessage(reason);
  }

  @Test
  void whatComesBeforeItIsAskedForIsKeptAndPiecesAreNamedByTheirPlace() {
    arrives("eve", 3, 7, 0, 11);
    arrives("bob", 3, 7, 1, 13);
    arrives("bob", 3, 7, 0, 12);
    arrives("bob", 3, 8, 0, 14);
    assertThat(receive("bob", 7, 0)).isEqualTo(12);
    assertThat(receive("bob", 7, 1)).isEqualTo(13);
    assertThat(receive("eve", 7, 0)).isEqualTo(11);
    assertThat(receive("bob", 8, 0)).isEqualTo(14);
    assertThat(pieces.waiting()).isZero();
  }

  @Test
  void whoWaitsIsWokenByThePiece() throws Exception {
    CompletableFuture<Long> waiter = waiter();
    arrives("bob", 3, 7, 3, 1);
    arrives("eve", 3, 7, 4, 2);
    arrives("bob", 3, 7, 4, 42);
    assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo(42);
  }

  @Test
  void aNewEpochSendsAwayWhoeverWaitsAndNothingOfTheOldOneStays() {
    arrives("bob", 3, 7, 9, 1);
    CompletableFuture<Long> waiter = waiter();
    pieces.open(4);
    assertSentAway(waiter, "epoch 3 is over, this is epoch 4");
    arrives("bob", 3, 7, 4, 1);
    assertThat(pieces.waiting()).isZero();
    assertThatThrownBy(() -> pieces.enter(3, 8, Set.of()))
        .isInstanceOf(AbandonedException.class)
        .hasMessage("epoch 3 is over, this is epoch 4");
  }

  /** Also when it is not the one that is waited for: the pod cannot finish the step. */
  @Test
  void aBrokenConnectionToAnybodyOfThePodEndsTheWait() {
    CompletableFuture<Long> waiter = waiter();
    pieces.broken("mallory");
    assertThat(waiter).isNotDone();
    pieces.broken("eve");
    assertSentAway(waiter, "the connection to eve of the same pod broke");
    assertThatThrownBy(() -> receive("bob", 7, 5)).isInstanceOf(AbandonedException.class);
    pieces.open(4);
    pieces.enter(4, 7, Set.of("bob"));
    arrives("bob", 4, 7, 5, 6);
    MemorySegment into = arena.allocate(Long.BYTES);
    pieces.receive("bob", 4, 7, MICROBATCH, 5, into);
    assertThat(into.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(6);
  }

  @Test
  void powerOffEndsTheWaitAndSoDoesAnInterrupt() throws Exception {
    CompletableFuture<Long> waiter = waiter();
    pieces.end("the machine is off");
    assertSentAway(waiter, "the machine is off");
    arrives("bob", 3, 7, 4, 1);
    assertThat(pieces.waiting()).isZero();
  }

  @Test
  void whatIsLeftOfAnOlderStepIsDroppedWhenTheNextBegins() {
    arrives("bob", 3, 7, 0, 1);
    arrives("bob", 3, 8, 0, 2);
    pieces.enter(3, 8, Set.of("bob", "eve"));
    assertThat(pieces.waiting()).isEqualTo(1);
    assertThat(receive("bob", 8, 0)).isEqualTo(2);
  }

  @Test
  void buffersAreUsedAgainWhateverBecameOfThePieces() {
    for (int epoch = 4; epoch < 60; epoch++) {
      pieces.open(epoch);
      arrives("bob", epoch, 7, 0, epoch);
      arrives("bob", epoch, 7, 0, epoch);
      pieces.enter(epoch, 7, Set.of("bob"));
      MemorySegment into = arena.allocate(Long.BYTES);
      pieces.receive("bob", epoch, 7, MICROBATCH, 0, into);
      arrives("bob", epoch, 8, 0, epoch);
    }
    assertThat(pieces.buffers()).isLessThanOrEqualTo(2);
  }

  @Test
  void anotherSizeThanAskedForIsADefect() {
    arrives("bob", 3, 7, 0, 1);
    MemorySegment into = arena.allocate(2 * Long.BYTES);
    assertThatThrownBy(() -> pieces.receive("bob", 3, 7, MICROBATCH, 0, into))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("has 8 bytes, not 16");
  }

  @Test
  void moreThanAnyProgramNeedsAreNotKept() {
    for (int collective = 0; collective < Pieces.WAITING_MAX; collective++) {
      arrives("bob", 3, 7, collective, 1);
    }
    FrameHeader.Piece more = new FrameHeader.Piece(3, 7, 1, MICROBATCH, Pieces.WAITING_MAX);
    assertThat(pieces.arrived("bob", more, value(1))).isFalse();
    pieces.open(4);
    assertThat(pieces.waiting()).isZero();
  }
}
