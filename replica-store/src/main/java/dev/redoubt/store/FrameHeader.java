package dev.redoubt.store;

import java.lang.foreign.MemorySegment;

/**
 * What a frame says of its payload: {@value #BYTES} bytes on the wire, in little-endian order,
 * padded so that the payload is aligned. Epoch, step and kind stand at the same place in all kinds.
 */
public sealed interface FrameHeader {

  /** Bytes of a header on the wire. */
  int BYTES = 64;

  /** Of the assignment under which it was made. */
  long epoch();

  /** The step that it belongs to, from 1. */
  long step();

  /** Writes the header at the beginning of {@code wire}, all {@value #BYTES} bytes of it. */
  void write(MemorySegment wire);

  /** Reads the header at the beginning of {@code wire}, whatever it says. */
  static FrameHeader read(MemorySegment wire) {
    long epoch = HeaderBytes.longAt(wire, HeaderBytes.EPOCH);
    long step = HeaderBytes.longAt(wire, HeaderBytes.STEP);
    int kind = HeaderBytes.intAt(wire, HeaderBytes.KIND);
    return switch (kind) {
      case Gradient.KIND -> Gradient.read(wire, epoch, step);
      case Piece.KIND -> Piece.read(wire, epoch, step);
      default -> new Unknown(epoch, step, kind);
    };
  }

  /**
   * A part of the sum of the gradients of an aligned subtree of microbatches. The parts of a sum
   * follow each other in the order of their numbers, and together are all of it.
   *
   * @param from first microbatch of the subtree
   * @param to the microbatch after its last
   * @param shard index of the rank whose gradient it is
   * @param part its number, from 0
   * @param parts how many there are
   * @param offset where it begins in the sum, in bytes
   * @param loss sum of the losses of these microbatches; it is known with the last part only
   */
  record Gradient(
      long epoch,
      long step,
      int from,
      int to,
      int shard,
      int part,
      int parts,
      long offset,
      double loss)
      implements FrameHeader {

    static final int KIND = 1;

    /** Whether the sum is complete with this part. */
    public boolean isLast() {
      return part == parts - 1;
    }

    @Override
    public void write(MemorySegment wire) {
      HeaderBytes.begin(wire, this, KIND);
      wire.set(HeaderBytes.INT, 20, from);
      wire.set(HeaderBytes.INT, 24, to);
      wire.set(HeaderBytes.INT, 28, shard);
      wire.set(HeaderBytes.LONG, 32, offset);
      wire.set(HeaderBytes.LONG, 40, Double.doubleToRawLongBits(loss));
      wire.set(HeaderBytes.INT, 48, part);
      wire.set(HeaderBytes.INT, 52, parts);
    }

    private static Gradient read(MemorySegment wire, long epoch, long step) {
      return new Gradient(
          epoch,
          step,
          HeaderBytes.intAt(wire, 20),
          HeaderBytes.intAt(wire, 24),
          HeaderBytes.intAt(wire, 28),
          HeaderBytes.intAt(wire, 48),
          HeaderBytes.intAt(wire, 52),
          HeaderBytes.longAt(wire, 32),
          Double.longBitsToDouble(HeaderBytes.longAt(wire, 40)));
    }
  }

  /**
   * What one rank of a pod tells another in a collective.
   *
   * @param rank of the sender in its pod
   * @param microbatch that it belongs to, or -1 for the exchange before the update
   * @param collective its index in the program
   */
  record Piece(long epoch, long step, int rank, int microbatch, int collective)
      implements FrameHeader {

    static final int KIND = 2;

    @Override
    public void write(MemorySegment wire) {
      HeaderBytes.begin(wire, this, KIND);
      wire.set(HeaderBytes.INT, 20, rank);
      wire.set(HeaderBytes.INT, 24, microbatch);
      wire.set(HeaderBytes.INT, 28, collective);
    }

    private static Piece read(MemorySegment wire, long epoch, long step) {
      return new Piece(
          epoch,
          step,
          HeaderBytes.intAt(wire, 20),
          HeaderBytes.intAt(wire, 24),
          HeaderBytes.intAt(wire, 28));
    }
  }

  /** No frame that anybody sends: the header was damaged on its way, or is of another version. */
  record Unknown(long epoch, long step, int kind) implements FrameHeader {

    @Override
    public void write(MemorySegment wire) {
      HeaderBytes.begin(wire, this, kind);
    }
  }
}
