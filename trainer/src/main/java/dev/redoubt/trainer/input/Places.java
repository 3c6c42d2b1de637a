package dev.redoubt.trainer.input;

/** Where the rows of a segment lie, by a rule instead of a list. */
sealed interface Places {

  /** The place of a row of the segment, from 0. */
  Place at(int row);

  /** Each token is one byte. */
  record Bytes(long firstByte) implements Places {
    @Override
    public Place at(int row) {
      return new Place.InText(firstByte + row, firstByte + row + 1);
    }
  }

  /** Tokens of several bytes: four bytes of memory for each. */
  final class Tokens implements Places {

    private final long firstByte;
    private final int[] ends;

    /** Takes the ends, in bytes from the first. */
    Tokens(long firstByte, int[] ends) {
      this.firstByte = firstByte;
      this.ends = ends;
    }

    @Override
    public Place at(int row) {
      int from = row == 0 ? 0 : ends[row - 1];
      return new Place.InText(firstByte + from, firstByte + ends[row]);
    }
  }

  /** Patches, line by line. */
  record Patches(int across) implements Places {
    @Override
    public Place at(int row) {
      return new Place.InPicture(row % across, row / across);
    }
  }

  /** Patches, line by line and frame after frame. */
  record VideoPatches(int across, int down, double framesPerSecond) implements Places {
    @Override
    public Place at(int row) {
      int frame = row / (across * down);
      int patch = row % (across * down);
      return new Place.InVideo(frame, frame / framesPerSecond, patch % across, patch / across);
    }
  }

  /** Frames of sound. */
  record SoundFrames(int frame, int samples) implements Places {
    @Override
    public Place at(int row) {
      long from = (long) row * frame;
      long to = Math.min(from + frame, samples);
      return new Place.InSound((double) from / Sound.RATE, (double) to / Sound.RATE);
    }
  }
}
