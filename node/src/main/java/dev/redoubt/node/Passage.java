package dev.redoubt.node;

import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Trouble;
import dev.redoubt.store.FrameHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A frame on its way through the troubles of a machine, and what they have made of it. */
final class Passage {

  private static final long ALIGNMENT_BYTES = 8;

  private final String peer;
  private final FrameHeader header;
  private final long sentAt = System.nanoTime();
  private final List<Runnable> proofs = new ArrayList<>();

  /** What its digest is taken of; the caller's, until it has to wait. */
  private MemorySegment digested;

  private MemorySegment payload;
  private int copies = 1;
  private long waitNanos;
  private @Nullable OpenTrouble holder;

  Passage(String peer, FrameHeader header, MemorySegment payload) {
    this.peer = peer;
    this.header = header;
    this.digested = payload;
    this.payload = payload;
  }

  // What troubles do.

  void damage(OpenTrouble by, Trouble.CorruptFrame how) {
    MemorySegment copy = copy(payload);
    long at = how.element() % (copy.byteSize() / Float.BYTES) * Float.BYTES;
    int before = copy.get(ValueLayout.JAVA_INT, at);
    copy.set(ValueLayout.JAVA_INT, at, before ^ how.mask());
    payload = copy;
    String what =
        "%s, to %s: float %d was sent and digested as %08x, and left as %08x"
            .formatted(text(header, bytes()), peer, at / Float.BYTES, before, before ^ how.mask());
    Strike.Change<Integer> bits = new Strike.Change<>(before, before ^ how.mask());
    proofs.add(() -> by.prove(header.step(), what, bits));
  }

  void lose(OpenTrouble by) {
    copies = 0;
    proof(by, "was not sent to " + peer);
  }

  void duplicate(OpenTrouble by) {
    copies++;
    proof(by, "was sent to " + peer + " twice");
  }

  void hold(OpenTrouble by) {
    holder = by;
  }

  void delay(OpenTrouble by, long nanos) {
    waitNanos = Math.max(waitNanos, nanos);
    proofs.add(
        () ->
            by.prove(
                header.step(),
                "%s left for %s %.1f ms after it was sent"
                    .formatted(text(header, bytes()), peer, (System.nanoTime() - sentAt) * 1e-6)));
  }

  private void proof(OpenTrouble by, String what) {
    proofs.add(() -> by.prove(header.step(), text(header, bytes()) + " " + what));
  }

  // What is left to do.

  String peer() {
    return peer;
  }

  FrameHeader header() {
    return header;
  }

  MemorySegment payload() {
    return payload;
  }

  MemorySegment digested() {
    return digested;
  }

  boolean isDamaged() {
    return !payload.equals(digested);
  }

  /** How often it arrives. */
  int copies() {
    return copies;
  }

  long waitNanos() {
    return waitNanos;
  }

  /** Who holds it until another has overtaken it; null if nobody does. */
  @Nullable OpenTrouble holder() {
    return holder;
  }

  /** Only frames of one lane come in their order: pieces overtake sums in any case. */
  String lane() {
    return (header instanceof FrameHeader.Piece ? "piece " : "sum ") + peer;
  }

  /** Of header and payload. */
  long bytes() {
    return FrameHeader.BYTES + digested.byteSize();
  }

  /** It has to wait, and the caller's memory does not. */
  void keep() {
    boolean damaged = isDamaged();
    digested = copy(digested);
    payload = damaged ? payload : digested;
  }

  /** It was carried out. */
  void prove() {
    proofs.forEach(Runnable::run);
  }

  /** Another frame went first. */
  void overtakenBy(Passage other) {
    OpenTrouble by = holder;
    if (by != null) {
      by.prove(
          header.step(),
          "%s left for %s after %s, which was sent later"
              .formatted(text(header, bytes()), peer, text(other.header, other.bytes())));
    }
  }

  private static MemorySegment copy(MemorySegment bytes) {
    return Arena.ofAuto().allocate(bytes.byteSize(), ALIGNMENT_BYTES).copyFrom(bytes);
  }

  /** Which frame it is, for people. */
  static String text(FrameHeader header, long bytes) {
    return switch (header) {
      case FrameHeader.Gradient sum ->
          "part %d of %d of the sum over microbatches %d to %d of step %d (%d bytes)"
              .formatted(sum.part() + 1, sum.parts(), sum.from(), sum.to() - 1, sum.step(), bytes);
      case FrameHeader.Piece piece ->
          "a piece of microbatch %d, collective %d of step %d (%d bytes)"
              .formatted(piece.microbatch(), piece.collective(), piece.step(), bytes);
      case FrameHeader.Unknown unknown ->
          "a frame of kind %d of step %d (%d bytes)"
              .formatted(unknown.kind(), unknown.step(), bytes);
    };
  }
}
