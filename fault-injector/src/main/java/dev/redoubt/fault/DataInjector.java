package dev.redoubt.fault;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Changes the data of one worker where its {@link Injector} says so, and sees to the proof. Called
 * on the thread that computes.
 */
public final class DataInjector {

  private final Injector injector;
  private final Tensors tensors;
  private final String node;
  private final Consumer<Strike> proofs;
  private final CoreInjector cores;

  /**
   * For one worker with one shard.
   *
   * @param node the machine
   * @param proofs take each fault's first strike
   */
  public DataInjector(Injector injector, Tensors tensors, String node, Consumer<Strike> proofs) {
    this.injector = injector;
    this.tensors = tensors;
    this.node = node;
    this.proofs = proofs;
    this.cores = new CoreInjector(injector, node, proofs);
  }

  /**
   * Strikes in a version.
   *
   * @param state all of it, writable
   * @param older the version before; null if it is not there
   */
  public void inVersion(
      MemoryFault fault, long step, MemorySegment state, @Nullable MemorySegment older) {
    if (fault instanceof BitFlip flip) {
      long offset = tensors.offset(flip.site(), flip.tensor()) + flip.element() * Float.BYTES;
      prove(fault, Optional.of(BitFlipper.flip(state, offset, flip, node, step)));
    } else {
      Cells cells = tensor(fault, state);
      prove(
          fault,
          Corruptor.corrupt(cells, older == null ? null : tensor(fault, older), fault, node, step));
    }
  }

  /**
   * Strikes in a gradient of which a part is final.
   *
   * @param holds the worker's rank; null if it computes for another one
   * @param gradient all of it
   * @param from where the part begins in it, in bytes
   * @param to where it ends
   */
  public void inGradient(
      long step,
      int microbatch,
      @Nullable Target holds,
      MemorySegment gradient,
      long from,
      long to) {
    for (MemoryFault fault :
        injector.inMicrobatch(
            step, microbatch, holds, Site.GRADIENT, due -> isIn(due.place(), from, to))) {
      inVersion(fault, step, gradient, null);
    }
  }

  /** Strikes in the sum that the update is about to read. */
  public void inReduced(MemoryFault fault, long step, MemorySegment sum) {
    inVersion(fault, step, sum, null);
  }

  private boolean isIn(Place place, long from, long to) {
    long at = tensors.offset(place.site(), place.name()) + place.element() * Float.BYTES;
    return at >= from && at < to;
  }

  private Cells tensor(MemoryFault fault, MemorySegment region) {
    Place place = fault.place();
    return Cells.of(region, tensors.offset(place.site(), place.name()), tensors.size(place.name()));
  }

  /** Whether anything in the plan strikes while a microbatch is computed. */
  public boolean seesOperations() {
    return injector.strikesOperations();
  }

  /**
   * Strikes in the tokens of a microbatch that is about to be computed.
   *
   * @param tokens ids; what is written is taken modulo the vocabulary
   */
  public void inTokens(long step, int microbatch, @Nullable Target holds, Cells tokens) {
    for (MemoryFault fault :
        injector.inMicrobatch(step, microbatch, holds, Site.TOKENS, _ -> true)) {
      prove(fault, Corruptor.corrupt(tokens, null, fault, node, step));
    }
  }

  /** Strikes in what an operation has written, after whatever checks it has looked. */
  public void inOutput(long step, int microbatch, @Nullable Target holds, OperationOutput output) {
    strike(Site.ACTIVATIONS, step, microbatch, holds, output);
  }

  private void strike(
      Site site, long step, int microbatch, @Nullable Target holds, OperationOutput output) {
    for (MemoryFault fault :
        injector.inMicrobatch(step, microbatch, holds, site, due -> isOf(due, output))) {
      prove(fault, Corruptor.corrupt(output, null, fault, node, step));
    }
  }

  /** Strikes in what an operation comes to, before whatever checks it looks. */
  public void inResult(long step, int microbatch, @Nullable Target holds, OperationOutput output) {
    if (output.isProduct()) {
      strike(Site.PRODUCT, step, microbatch, holds, output);
    }
    cores.inResult(step, output);
  }

  /** An operation that is named without a tile is struck in each that has the elements. */
  private static boolean isOf(MemoryFault fault, OperationOutput output) {
    String name = fault.place().name();
    return (name.equals(output.tiled()) || name.equals(output.name()))
        && fault.place().element() + fault.pattern().reach() <= output.size();
  }

  /**
   * The digest that is attested in place of the right one.
   *
   * @param digest of the new state
   */
  public long attested(long step, Target holds, long digest) {
    long said = digest;
    for (MemoryFault fault : injector.due(step, Phase.ATTEST, holds, Set.of(Site.DIGEST))) {
      if (fault instanceof BitFlip flip) {
        long wrong = said ^ (1L << flip.bit());
        String evidence =
            "digest, bit %d flipped: %016x became %016x".formatted(flip.bit(), said, wrong);
        prove(fault, Optional.of(Strike.of(fault, node, step, evidence)));
        said = wrong;
      }
    }
    return said;
  }

  /**
   * What a checker says of a sum that it has computed again. It is the machine that is struck, and
   * not the place whose work it checks: the first that is asked in the step.
   *
   * @param span what was checked, in words
   * @param digest of the sum
   */
  public long audited(long step, String span, long digest) {
    long said = digest;
    for (BitFlip flip : injector.lies(step)) {
      long wrong = said ^ (1L << flip.bit());
      String evidence =
          "the digest of %s, checked again, bit %d flipped: %016x became %016x"
              .formatted(span, flip.bit(), said, wrong);
      prove(flip, Optional.of(Strike.of(flip, node, step, evidence)));
      said = wrong;
    }
    return said;
  }

  private void prove(MemoryFault fault, Optional<Strike> strike) {
    if (strike.isPresent() && injector.provesNow(fault)) {
      proofs.accept(strike.get());
    }
  }
}
