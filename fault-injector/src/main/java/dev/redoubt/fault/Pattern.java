package dev.redoubt.fault;

import org.jspecify.annotations.Nullable;

/**
 * How data change: the shapes that field studies report. Each begins at an element and stays within
 * its tensor.
 */
public sealed interface Pattern {

  /** The name in scenario files. */
  String kind();

  /** How many cells it reaches over, from the first on. */
  long reach();

  /**
   * What the cell becomes.
   *
   * @param offset from the first cell, below {@link #reach}
   * @param cells that are read, as they were
   * @param index of the cell in them
   * @param older the same cells in the version before; null where there is none
   */
  int changed(long offset, Cells cells, long index, @Nullable Cells older);

  /** A pattern of one bit. */
  static Pattern bit(int bit) {
    return new Bits(1 << bit);
  }

  /**
   * Some bits of one cell are flipped: one in most memory faults, several in vector units (Dixit et
   * al., Silent Data Corruptions at Scale, 2021; SEVI, 2023).
   *
   * @param mask of the bits, not 0
   */
  record Bits(int mask) implements Pattern {

    /** Refuses what changes nothing. */
    public Bits {
      require(mask != 0, "at least one bit is to be flipped");
    }

    @Override
    public String kind() {
      return "bits";
    }

    @Override
    public long reach() {
      return 1;
    }

    @Override
    public int changed(long offset, Cells cells, long index, @Nullable Cells older) {
      return cells.get(index) ^ mask;
    }
  }

  /**
   * The same bits of every so many-th cell: one lane of a unit, or one column of an array.
   *
   * @param mask of the bits, not 0
   * @param every from one to the next, at least 2; GPUs show 2 to 16
   * @param count of cells that are struck, at least 2
   */
  record Stride(int mask, int every, int count) implements Pattern {

    /** Checks the ranges. */
    public Stride {
      require(mask != 0, "at least one bit is to be flipped");
      require(every >= 2 && count >= 2, "a stride has a step and a count of at least 2");
    }

    @Override
    public String kind() {
      return "stride";
    }

    @Override
    public long reach() {
      return (long) every * (count - 1) + 1;
    }

    @Override
    public int changed(long offset, Cells cells, long index, @Nullable Cells older) {
      return offset % every == 0 ? cells.get(index) ^ mask : cells.get(index);
    }
  }

  /**
   * A fraction of the cells of a block become random: control logic that failed hits 20 to 75 % of
   * a block.
   *
   * @param cells of the block
   * @param fraction of them that change, above 0 and at most 1
   * @param seed of the draw
   */
  record Burst(int cells, double fraction, long seed) implements Pattern {

    private static final double UNIT = 0x1p-53;

    /** Checks the ranges. */
    public Burst {
      require(cells >= 1, "a burst has at least one cell");
      require(fraction > 0 && fraction <= 1, "a fraction is above 0 and at most 1");
    }

    @Override
    public String kind() {
      return "burst";
    }

    @Override
    public long reach() {
      return cells;
    }

    @Override
    public int changed(long offset, Cells from, long index, @Nullable Cells older) {
      long drawn = Draw.bits(seed, offset);
      boolean isStruck = (drawn >>> 11) * UNIT < fraction;
      // The highest bit of the draw decided; the low ones are another draw.
      return isStruck ? from.get(index) ^ ((int) Draw.bits(~seed, offset) | 1) : from.get(index);
    }
  }

  /**
   * Cells read as zero: half of what GPUs show.
   *
   * @param count of cells
   */
  record Nulled(int count) implements Pattern {

    /** Checks the range. */
    public Nulled {
      require(count >= 1, "at least one cell is to be nulled");
    }

    @Override
    public String kind() {
      return "null";
    }

    @Override
    public long reach() {
      return count;
    }

    @Override
    public int changed(long offset, Cells cells, long index, @Nullable Cells older) {
      return 0;
    }
  }

  /**
   * Right values from the wrong place: each cell gets what stands so many cells further on; behind
   * the last one it begins again at the first. A sum over all of them does not see it.
   *
   * @param by cells, not 0
   * @param count of cells
   */
  record WrongOffset(int by, int count) implements Pattern {

    /** Checks the ranges. */
    public WrongOffset {
      require(by != 0 && count >= 1, "an offset is not 0, and at least one cell is struck");
    }

    @Override
    public String kind() {
      return "wrong-offset";
    }

    @Override
    public long reach() {
      return count;
    }

    @Override
    public int changed(long offset, Cells cells, long index, @Nullable Cells older) {
      return cells.get(Math.floorMod(index + by, cells.size()));
    }
  }

  /**
   * Old values: what was written is not what is read.
   *
   * @param count of cells
   */
  record StaleRead(int count) implements Pattern {

    /** Checks the range. */
    public StaleRead {
      require(count >= 1, "at least one cell is to be stale");
    }

    @Override
    public String kind() {
      return "stale-read";
    }

    @Override
    public long reach() {
      return count;
    }

    @Override
    public int changed(long offset, Cells cells, long index, @Nullable Cells older) {
      return older == null ? cells.get(index) : older.get(index);
    }
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
