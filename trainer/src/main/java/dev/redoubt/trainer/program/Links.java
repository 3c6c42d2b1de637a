package dev.redoubt.trainer.program;

import java.lang.foreign.MemorySegment;

/**
 * Moves the pieces of a collective between the ranks of one pod. Called by the thread that computes
 * and by no other.
 *
 * <p>A piece is named by its place in the program, never by a clock or an order of arrival, so it
 * is the same piece whenever it comes. Pieces may arrive before the receiver asks for them.
 */
public interface Links {

  /** A pod of one rank has no collectives. */
  Links NONE =
      new Links() {
        @Override
        public void send(int toRank, Piece piece, MemorySegment bytes) {
          throw new IllegalStateException("a pod of one rank sends nothing: " + piece);
        }

        @Override
        public void receive(int fromRank, Piece piece, MemorySegment into) {
          throw new IllegalStateException("a pod of one rank receives nothing: " + piece);
        }
      };

  /**
   * Which exchange a piece belongs to.
   *
   * @param step from 1
   * @param microbatch from 0, or {@link #UPDATE} for the exchange before the update
   * @param collective its index in the program
   */
  record Piece(long step, int microbatch, int collective) {
    /** Stands for the microbatch in what the optimizer exchanges. */
    public static final int UPDATE = -1;
  }

  /**
   * Sends bytes to another rank of the pod. They are copied before the call returns, and it does
   * not wait for the receiver.
   */
  void send(int toRank, Piece piece, MemorySegment bytes);

  /**
   * Waits for what {@code fromRank} sent, and writes it.
   *
   * @param into of exactly the size that was sent
   * @throws AbandonedException if the step is given up while it waits
   */
  void receive(int fromRank, Piece piece, MemorySegment into);
}
