package dev.redoubt.node;

import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.Payload;
import dev.redoubt.store.Receiver;
import java.util.function.Consumer;

/** What comes over the fabric, sorted: sums for the update, pieces for whoever waits for them. */
final class Arrivals implements Receiver {

  private final Partials partials;
  private final Pieces pieces;
  private final Troubles troubles;
  private final Gate gate;
  private final Consumer<WorkerEvent> events;
  private final Consumer<Throwable> defects;

  Arrivals(
      Partials partials,
      Pieces pieces,
      Troubles troubles,
      Gate gate,
      Consumer<WorkerEvent> events,
      Consumer<Throwable> defects) {
    this.partials = partials;
    this.pieces = pieces;
    this.troubles = troubles;
    this.gate = gate;
    this.events = events;
    this.defects = defects;
  }

  @Override
  public void frame(String from, FrameHeader header, Payload payload) {
    gate.pass();
    if (!troubles.hears(from, header, FrameHeader.BYTES + payload.bytes().byteSize())) {
      return;
    }
    switch (header) {
      case FrameHeader.Gradient gradient -> gradient(from, gradient, payload);
      case FrameHeader.Piece piece -> {
        if (!pieces.arrived(from, piece, payload.bytes())) {
          defects.accept(
              new IllegalStateException(
                  Pieces.WAITING_MAX + " pieces wait already, and " + from + " sends " + piece));
        }
      }
      // Damaged, and nobody verifies: it is lost, as any message may be.
      case FrameHeader.Unknown ignored -> {}
    }
  }

  private void gradient(String from, FrameHeader.Gradient header, Payload payload) {
    Partials.Key complete = partials.arrive(from, header, payload);
    if (complete != null) {
      events.accept(
          new WorkerEvent.FrameArrived(
              complete.epoch(), complete.step(), complete.span(), new WorkerId(from)));
    }
  }

  @Override
  public void peerBroken(String peer) {
    gate.pass();
    pieces.broken(peer);
    events.accept(new WorkerEvent.PeerBroken(new WorkerId(peer)));
  }

  @Override
  public void frameCorrupt(String from, FrameHeader header) {
    events.accept(new WorkerEvent.FrameCorrupt(header.epoch(), header.step(), new WorkerId(from)));
  }
}
