package dev.redoubt.trainer.input;

import java.util.List;

/** A stretch of a document: text, or what stands between two texts. */
public sealed interface Segment {

  /** The kinds of segments. */
  enum Kind {
    /** Tokens. */
    TEXT,
    /** Patches of one picture. */
    IMAGE,
    /** Frames of sound. */
    AUDIO,
    /** Patches of one picture after the other. */
    VIDEO;

    /** The word for tables and messages. */
    public String word() {
      return switch (this) {
        case TEXT -> "text";
        case IMAGE -> "image";
        case AUDIO -> "audio";
        case VIDEO -> "video";
      };
    }
  }

  /** Which kind it is. */
  Kind kind();

  /** The line of the document on which it begins, from 1. */
  int line();

  /**
   * Characters.
   *
   * @param text not empty
   * @param firstByte where it begins in its document, in bytes of UTF-8
   */
  record Text(String text, int line, long firstByte) implements Segment {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the text is empty
     */
    public Text {
      check(line);
      if (text.isEmpty() || firstByte < 0) {
        throw new IllegalArgumentException("a text has a character, and begins at byte 0 or later");
      }
    }

    @Override
    public Kind kind() {
      return Kind.TEXT;
    }
  }

  /**
   * One picture.
   *
   * @param file it came from, as the document's source names it
   * @param alt what the document says of it
   */
  record Image(String file, String alt, int line, Picture picture) implements Segment {
    /** Checks the line. */
    public Image {
      check(line);
    }

    @Override
    public Kind kind() {
      return Kind.IMAGE;
    }
  }

  /**
   * One sound.
   *
   * @param file it came from, as the document's source names it
   * @param alt what the document says of it
   */
  record Audio(String file, String alt, int line, Sound sound) implements Segment {
    /** Checks the line. */
    public Audio {
      check(line);
    }

    @Override
    public Kind kind() {
      return Kind.AUDIO;
    }
  }

  /**
   * Pictures in their order.
   *
   * @param file the folder they came from, as the document's source names it
   * @param alt what the document says of it
   * @param framesPerSecond the first is at second 0
   * @param frames at least one, all of one size
   */
  record Video(String file, String alt, int line, double framesPerSecond, List<Picture> frames)
      implements Segment {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there is no frame, or one of another size
     */
    public Video {
      check(line);
      frames = List.copyOf(frames);
      if (frames.isEmpty() || !(framesPerSecond > 0) || Double.isInfinite(framesPerSecond)) {
        throw new IllegalArgumentException("a video has a frame, and frames each second");
      }
      Picture first = frames.getFirst();
      for (Picture frame : frames) {
        if (frame.width() != first.width() || frame.height() != first.height()) {
          throw new IllegalArgumentException("a video has frames of one size");
        }
      }
    }

    @Override
    public Kind kind() {
      return Kind.VIDEO;
    }
  }

  private static void check(int line) {
    if (line < 1) {
      throw new IllegalArgumentException("lines are counted from 1, not " + line);
    }
  }
}
