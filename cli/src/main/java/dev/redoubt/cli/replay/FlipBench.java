package dev.redoubt.cli.replay;

import dev.redoubt.cli.replay.RecordedJournal.Struck;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/** Computes a step with one bit flip as the journal and the scenario have it. */
final class FlipBench {

  private final StepBench bench;
  private final MemorySegment clean;
  private final BitFlip flip;
  private final ChangedData data;

  /**
   * Beside a clean step.
   *
   * @param clean the version that it writes
   * @param microbatches of the step
   */
  FlipBench(StepBench bench, MemorySegment clean, BitFlip flip, Struck struck, int microbatches) {
    this.bench = bench;
    this.clean = clean;
    this.flip = flip;
    int pod = flip.target().pod();
    data =
        new ChangedData(
            bench, clean, flip.id(), pod, struck, ChangedData.own(pod, struck, microbatches));
  }

  FaultReplay replay(OptionalInt wanted) {
    if (flip.site() == Site.STORED_COPY) {
      return data.unread();
    }
    if (flip.when().phase() == Phase.UPDATE) {
      return data.inUpdate(bench.flipped(clean, flip));
    }
    return flip.site() == Site.GRADIENT
        ? inGradient()
        : data.inBase(bench.flipped(bench.base(), flip), wanted);
  }

  private FaultReplay inGradient() {
    int microbatch = flip.microbatch().orElse(data.first());
    MemorySegment right = bench.gradient(bench.base(), microbatch);
    MemorySegment wrong = bench.copy(right);
    bench.flip(wrong, 0, flip);
    return data.inGradient(microbatch, right, wrong);
  }
}
