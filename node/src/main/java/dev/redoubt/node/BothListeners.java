package dev.redoubt.node;

import dev.redoubt.core.Note;
import dev.redoubt.fault.Strike;
import java.net.InetSocketAddress;

/** Tells one listener and then another. */
public record BothListeners(RunListener first, RunListener second) implements RunListener {

  @Override
  public void note(long nanos, Note note) {
    first.note(nanos, note);
    second.note(nanos, note);
  }

  @Override
  public void struck(long nanos, Strike strike) {
    first.struck(nanos, strike);
    second.struck(nanos, strike);
  }

  @Override
  public void refused(long nanos, String worker, String what, String reason) {
    first.refused(nanos, worker, what, reason);
    second.refused(nanos, worker, what, reason);
  }

  @Override
  public void measured(long nanos, StepMeasure measure) {
    first.measured(nanos, measure);
    second.measured(nanos, measure);
  }

  @Override
  public void ahead(long nanos, String worker, long step) {
    first.ahead(nanos, worker, step);
    second.ahead(nanos, worker, step);
  }

  @Override
  public void members(int alive) {
    first.members(alive);
    second.members(alive);
  }

  @Override
  public void acting(long nanos, String node) {
    first.acting(nanos, node);
    second.acting(nanos, node);
  }

  @Override
  public void machine(long nanos, String node, String kind, String what) {
    first.machine(nanos, node, kind, what);
    second.machine(nanos, node, kind, what);
  }

  @Override
  public void serves(String node, InetSocketAddress address) {
    first.serves(node, address);
    second.serves(node, address);
  }

  @Override
  public void gone(String node) {
    first.gone(node);
    second.gone(node);
  }
}
