package dev.redoubt.fault;

import java.time.Duration;

/**
 * What goes wrong between machines. Frames are what the fabric carries for a step: parts of partial
 * sums, and pieces that the ranks of a pod exchange; transfers of versions are not among them.
 */
public sealed interface Trouble {

  /** The kind in scenario files. */
  String kind();

  /** In how many steps it may strike, tries of the same step counted once. */
  int steps();

  /** Who gets a damaged frame. */
  enum Receivers {
    /** The first that it is sent to. */
    ONE,
    /** All that it is sent to, each the same. */
    ALL
  }

  /**
   * Frames change on their way, after their digest was taken.
   *
   * @param mask of the bits that are flipped in one 32-bit float, not 0
   * @param element of the frame, from 0; modulo the number that the frame has
   * @param receivers who gets the damaged frame
   * @param frames how many are damaged, each counted once
   */
  record CorruptFrame(int mask, long element, Receivers receivers, int frames) implements Trouble {

    /** The kind in scenario files. */
    public static final String KIND = "corrupt-frame";

    /** Checks the ranges. */
    public CorruptFrame {
      require(mask != 0, "a frame changes by at least one bit");
      require(element >= 0 && frames >= 1, "elements count from 0, frames from 1");
    }

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public int steps() {
      return Integer.MAX_VALUE;
    }
  }

  /**
   * Each frame arrives later; they stay in their order.
   *
   * @param length by which
   * @param steps how long it lasts
   */
  record Delay(Duration length, int steps) implements Trouble {

    /** The kind in scenario files. */
    public static final String KIND = "delay";

    /** Checks the ranges. */
    public Delay {
      require(
          length.isPositive() && steps >= 1, "a delay is positive, and lasts for 1 step or more");
    }

    @Override
    public String kind() {
      return KIND;
    }
  }

  /** Frames never arrive. */
  record Loss(Share share) implements Trouble {

    /** The kind in scenario files. */
    public static final String KIND = "loss";

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public int steps() {
      return share.steps();
    }
  }

  /** Frames arrive twice. */
  record Duplicate(Share share) implements Trouble {

    /** The kind in scenario files. */
    public static final String KIND = "duplicate";

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public int steps() {
      return share.steps();
    }
  }

  /** Frames are overtaken by the one behind them. */
  record Reorder(Share share) implements Trouble {

    /** The kind in scenario files. */
    public static final String KIND = "reorder";

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public int steps() {
      return share.steps();
    }
  }

  /**
   * The machine's frames leave one after the other, no faster than so.
   *
   * @param bytesPerSecond of headers and payloads
   * @param steps how long it lasts
   */
  record SlowLink(long bytesPerSecond, int steps) implements Trouble {

    /** The kind in scenario files. */
    public static final String KIND = "slow-link";

    /** Checks the ranges. */
    public SlowLink {
      require(bytesPerSecond >= 1 && steps >= 1, "at least 1 byte a second, for 1 step or more");
    }

    @Override
    public String kind() {
      return KIND;
    }
  }

  /**
   * For a while frames do not pass; control messages do.
   *
   * @param direction as the machine sees it that is struck
   * @param length of the cut
   */
  record CutFrames(Partition.Direction direction, Duration length) implements Trouble {

    /** The kind in scenario files. */
    public static final String KIND = "cut-frames";

    /** Checks the length. */
    public CutFrames {
      require(length.isPositive(), "a cut lasts for a while");
    }

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public int steps() {
      return Integer.MAX_VALUE;
    }
  }

  /**
   * For a while orders of the controller do not reach the machine, or its answers not the
   * controller; frames and the heartbeats of the membership pass.
   *
   * @param direction as the machine sees it that is struck
   * @param length of the cut
   */
  record CutControl(Partition.Direction direction, Duration length) implements Trouble {

    /** The kind in scenario files. */
    public static final String KIND = "cut-control";

    /** Checks the length. */
    public CutControl {
      require(length.isPositive(), "a cut lasts for a while");
    }

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public int steps() {
      return Integer.MAX_VALUE;
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException(what);
    }
  }
}
