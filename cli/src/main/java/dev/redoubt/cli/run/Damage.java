package dev.redoubt.cli.run;

import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.DataFault;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.Drain;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.MemoryFault;
import dev.redoubt.fault.NetworkFault;
import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Pause;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Spare;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.TheController;
import dev.redoubt.fault.Trouble;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a strike has left behind, and so which alarms it can still be the cause of.
 *
 * <p>Wrong data are {@code live} as long as the steps that follow may be computed from it, and
 * {@code stored} as long as the version that was hit is wrong in the victim's memory. A comparison
 * that passes, a repair, an epoch that throws the version away and the loss of the victim end
 * either or both: an alarm after that has another cause. Without this a fault that nobody saw would
 * be credited with the alarm of the next one on the same rank.
 */
final class Damage {

  private static final Set<Detector> TIMES =
      EnumSet.of(Detector.DEADLINE, Detector.MEMBERSHIP, Detector.SLOW);

  private static final long NO_VERSION = Long.MAX_VALUE;

  private final Fault fault;
  private final int keepVersions;
  private final WorkerId victim;
  private final long step;
  private final long version;
  private final boolean inState;
  private final boolean lasts;
  private boolean live;
  private boolean stored;
  private boolean gone;

  /**
   * Fresh damage.
   *
   * @param keepVersions after so many more versions the one that was hit is dropped
   */
  Damage(Fault fault, Strike strike, int keepVersions) {
    this.fault = fault;
    this.keepVersions = keepVersions;
    this.victim = new WorkerId(strike.node());
    this.step = strike.step();
    this.version = version(fault, strike.step());
    this.inState = version != NO_VERSION;
    this.live = (fault instanceof DataFault && !isStoredCopy(fault)) || damagesFrames(fault);
    this.stored = inState && !isDigest(fault);
    this.lasts =
        (fault instanceof DataFault data && !data.recurrence().once()) || damagesMore(fault);
  }

  private static boolean damagesFrames(Fault fault) {
    return fault instanceof NetworkFault network
        && network.trouble() instanceof Trouble.CorruptFrame;
  }

  private static boolean damagesMore(Fault fault) {
    return fault instanceof NetworkFault network
        && network.trouble() instanceof Trouble.CorruptFrame corrupt
        && corrupt.frames() > 1;
  }

  private static boolean isStoredCopy(Fault fault) {
    return fault instanceof MemoryFault memory && memory.place().site() == Site.STORED_COPY;
  }

  private static boolean isInProducts(Fault fault) {
    return fault instanceof DefectiveCore
        || (fault instanceof MemoryFault memory && memory.place().site() == Site.PRODUCT);
  }

  private static boolean isAudit(Fault fault) {
    return fault instanceof MemoryFault memory && memory.place().site() == Site.AUDIT;
  }

  private static boolean isOfASpare(Fault fault) {
    return fault.target() instanceof Spare;
  }

  private static boolean isDigest(Fault fault) {
    return fault instanceof MemoryFault memory && memory.place().site() == Site.DIGEST;
  }

  /** What is wrong in the update, or in what is said of it, is of the version that it writes. */
  private static long version(Fault fault, long step) {
    if (!(fault instanceof MemoryFault memory)) {
      return NO_VERSION;
    }
    return switch (memory.place().site()) {
      case GRADIENT, ACTIVATIONS, PRODUCT, TOKENS, AUDIT -> NO_VERSION;
      case REDUCED_GRADIENT, DIGEST -> step;
      case PARAMETERS, FIRST_MOMENTS, SECOND_MOMENTS, STORED_COPY ->
          memory.when().phase() == Phase.UPDATE ? step : step - 1 - memory.place().age().orElse(0);
    };
  }

  /** Whether it can strike after that step. */
  private boolean goesOn(long committed) {
    return fault instanceof DataFault data
        && committed - fault.when().step() + 1 < data.recurrence().steps();
  }

  Fault fault() {
    return fault;
  }

  WorkerId victim() {
    return victim;
  }

  /** Whether it struck the controller, and nobody has taken that one's place. */
  boolean strikesTheController() {
    return fault.target() instanceof TheController && !gone;
  }

  /** Whether the alarm can have been raised because of it. */
  boolean explains(Alarm alarm) {
    if (!gone && fault instanceof NetworkFault network) {
      return troubled(network.trouble(), alarm);
    }
    if (alarm.detector() == Detector.SCAN) {
      return fault instanceof DefectiveCore && isOfItsMachine(alarm);
    }
    if (gone || !concerns(alarm)) {
      return false;
    }
    if (fault instanceof Slow slow) {
      return slowed(slow, alarm);
    }
    if (alarm.loss() && alarm.detector() == Detector.AUDIT) {
      // A spare that was wrong too often is taken off.
      return fault instanceof DataFault;
    }
    if (alarm.loss() || fault instanceof Crash) {
      return alarm.loss() && losesItsMachine(fault);
    }
    if (losesItsMachine(fault)) {
      return TIMES.contains(alarm.detector());
    }
    return switch (alarm.detector()) {
      case STATE_DIGEST, ARBITRATION -> live && inState;
      case SCREEN, AUDIT -> live;
      case ABFT -> live && isInProducts(fault);
      case SCAN -> false;
      case SCRUB, BASE_CHECK, TRANSFER -> stored;
      // Frames are changed by faults of the network, and machines that are gone are losses.
      case FRAME_DIGEST, MEMBERSHIP, DEADLINE, SLOW -> false;
    };
  }

  /** A machine that was taken off and is back under another name is still defective. */
  private boolean isOfItsMachine(Alarm alarm) {
    return alarm.workers().stream().anyMatch(who -> who.machine().equals(victim.machine()));
  }

  /** Whether it went wrong between machines. */
  boolean isOfTheNetwork() {
    return fault instanceof NetworkFault;
  }

  /** It may be seen at either end of the wire; only who does not answer can be lost by it. */
  private boolean troubled(Trouble trouble, Alarm alarm) {
    if (alarm.loss()) {
      return losesItsMachine(fault) && alarm.workers().contains(victim);
    }
    if (!damagesFrames(fault)) {
      return TIMES.contains(alarm.detector()) && alarm.step() - step <= stepsLate(trouble);
    }
    return switch (alarm.detector()) {
      case FRAME_DIGEST -> true;
      case STATE_DIGEST, ARBITRATION, SCREEN, AUDIT -> live;
      // Products are checked before anything is sent.
      case ABFT, SCAN, SCRUB, BASE_CHECK, TRANSFER, MEMBERSHIP, DEADLINE, SLOW -> false;
    };
  }

  /**
   * How many steps after its strike it may have the first of them miss its deadline; -1 if it never
   * does. Nobody goes on to another step while frames or orders do not pass.
   */
  private static int stepsLate(Trouble trouble) {
    return switch (trouble) {
      case Trouble.CorruptFrame ignored -> -1;
      case Trouble.Duplicate ignored -> -1;
      case Trouble.Reorder ignored -> -1;
      case Trouble.CutFrames ignored -> 1;
      case Trouble.CutControl ignored -> 1;
      case Trouble.Loss loss -> loss.steps();
      case Trouble.Delay delay -> delay.steps();
      case Trouble.SlowLink slow -> slow.steps();
    };
  }

  /** While it lasts, and in the step after: what it was at may take longer than that. */
  private boolean slowed(Slow slow, Alarm alarm) {
    boolean late = alarm.detector() == Detector.SLOW && alarm.step() - step <= slow.steps();
    return late || (!alarm.loss() && TIMES.contains(alarm.detector()));
  }

  /**
   * A cut has two sides, and either may take the other for lost; software is everywhere; and what a
   * checker says is first taken for the fault of whoever is checked.
   */
  private boolean concerns(Alarm alarm) {
    return fault instanceof Partition
        || (isAudit(fault) && alarm.detector() == Detector.AUDIT)
        || (isOfASpare(fault) && alarm.detector() == Detector.AUDIT && alarm.workers().isEmpty())
        || (fault instanceof MemoryFault memory && memory.everywhere())
        || alarm.workers().contains(victim);
  }

  /** Whether it can end in the loss of the machine that was struck. */
  static boolean losesItsMachine(Fault fault) {
    return switch (fault) {
      case Crash ignored -> true;
      case Hang ignored -> true;
      case Pause ignored -> true;
      case Partition ignored -> true;
      case Slow ignored -> false;
      case NetworkFault network -> network.trouble() instanceof Trouble.CutControl;
      case Drain ignored -> false;
      case DataFault ignored -> false;
    };
  }

  /** What happened since, and what it undid. */
  void after(Note note) {
    switch (note) {
      case Note.EpochOpened opened -> {
        live = live && (lasts || version == opened.base());
        stored = stored && version <= opened.base();
      }
      case Note.StepCommitted committed -> {
        boolean compared = !committed.digests().isEmpty() && committed.step() >= step;
        live = live && (lasts ? goesOn(committed.step()) : !compared);
        stored = stored && committed.step() - keepVersions < version;
      }
      case Note.Restored restored -> {
        boolean mended = restored.worker().equals(victim) && restored.version() == version;
        live = live && !mended;
        stored = stored && !mended;
      }
      case Note.WorkerLost lost -> leave(lost.worker());
      case Note.Evicted evicted -> leave(evicted.worker());
      case Note.Replaced replaced -> leave(replaced.lost());
      case Note.Dissolved dissolved -> leave(dissolved.lost());
      case Note.Drained drained -> leave(drained.worker());
      case Note.Grown ignored -> {}
      case Note.OnDisk ignored -> {}
      case Note.StepStarted ignored -> {}
      case Note.RolledBack ignored -> {}
      case Note.Detected ignored -> {}
      case Note.Blamed ignored -> {}
      case Note.Recomputed ignored -> {}
      case Note.Audited ignored -> {}
      case Note.Diagnosed ignored -> {}
      case Note.Scanned ignored -> {}
      case Note.StoodIn ignored -> {}
      case Note.DoneTwice ignored -> {}
      case Note.Refused ignored -> {}
      case Note.ControllerChanged ignored -> gone |= strikesTheController();
      case Note.Deposed ignored -> {}
      case Note.Guarded ignored -> {}
      case Note.Waiting ignored -> {}
      case Note.Concluded ignored -> {}
    }
  }

  private void leave(WorkerId worker) {
    gone |= worker.equals(victim);
  }
}
