package dev.redoubt.node;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.PeerBrokenException;
import dev.redoubt.trainer.program.AbandonedException;
import dev.redoubt.trainer.program.Links;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The collectives of a pod over the fabric. What is sent leaves at once from the compute thread; it
 * never waits for the receiver.
 */
final class PodLinks implements Links {

  private final Endpoint endpoint;
  private final Pieces pieces;
  private final StepClock clock;
  private final Consumer<WorkerEvent> events;
  private final Map<Integer, String> pod = new HashMap<>();
  private long epoch;
  private int index;

  PodLinks(Endpoint endpoint, Pieces pieces, StepClock clock, Consumer<WorkerEvent> events) {
    this.endpoint = endpoint;
    this.pieces = pieces;
    this.clock = clock;
    this.events = events;
  }

  /**
   * A step begins: from now on ranks are those of {@code self}'s pod.
   *
   * @throws AbandonedException if the assignment's epoch is over
   */
  void enter(Assignment assignment, WorkerId self, long step) {
    Rank own = assignment.rankOf(self).orElseThrow();
    epoch = assignment.epoch();
    index = own.index();
    pod.clear();
    for (Seat seat : assignment.seats()) {
      if (seat.rank().pod() == own.pod()) {
        pod.put(seat.rank().index(), seat.worker().name());
      }
    }
    Set<String> mates = new HashSet<>(pod.values());
    mates.remove(self.name());
    pieces.enter(epoch, step, mates);
  }

  @Override
  public void send(int toRank, Piece piece, MemorySegment bytes) {
    String mate = mate(toRank);
    FrameHeader.Piece header =
        new FrameHeader.Piece(epoch, piece.step(), index, piece.microbatch(), piece.collective());
    try {
      endpoint.post(mate, header, bytes);
    } catch (PeerBrokenException e) {
      pieces.broken(mate);
      events.accept(new WorkerEvent.PeerBroken(new WorkerId(mate)));
      throw new AbandonedException(String.valueOf(e.getMessage()));
    }
    clock.sent(bytes.byteSize());
  }

  @Override
  public void receive(int fromRank, Piece piece, MemorySegment into) {
    long start = System.nanoTime();
    try {
      pieces.receive(
          mate(fromRank), epoch, piece.step(), piece.microbatch(), piece.collective(), into);
    } finally {
      clock.waitedForPiece(System.nanoTime() - start);
    }
  }

  private String mate(int rank) {
    String mate = pod.get(rank);
    if (mate == null || rank == index) {
      throw new IllegalArgumentException(
          "rank " + index + " has nothing to say to rank " + rank + " of " + pod);
    }
    return mate;
  }
}
