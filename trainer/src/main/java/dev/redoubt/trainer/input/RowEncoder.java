package dev.redoubt.trainer.input;

import dev.redoubt.trainer.data.Sample;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns a document into the rows that a model reads.
 *
 * <p>A token is a row. A picture is one row for each patch, from left to right and from the top
 * down; it is never stretched: where the patches reach beyond it, they are 0, midway between black
 * and white. A sound is one row for each frame, the last filled up with silence. A video is its
 * pictures one after the other. No row marks where a segment begins or ends: its rows are of
 * another kind, and the model sees that they have no token.
 */
public final class RowEncoder {

  private static final int ROWS_MAX = 1 << 28;

  private final RowShape shape;
  private final TextTokens text;

  /** An encoder for a model that reads such rows and such tokens. */
  public RowEncoder(RowShape shape, TextTokens text) {
    this.shape = shape;
    this.text = text;
  }

  /**
   * Encodes a document.
   *
   * @throws InputException if it has a picture or a sound and the model reads none, or too many
   *     rows
   */
  public EncodedDocument encode(InterleavedDocument document) throws InputException {
    Rows rows = new Rows(document);
    List<Segment> segments = document.segments();
    for (int i = 0; i < segments.size(); i++) {
      rows.add(i, segments.get(i));
    }
    return rows.encoded();
  }

  /** Grows segment by segment. */
  private final class Rows {

    private final InterleavedDocument document;
    private final MemorySegment features;
    private final List<RowSpan> spans = new ArrayList<>();
    private int[] tokens = new int[64];
    private int count;
    private long floats;

    Rows(InterleavedDocument document) throws InputException {
      this.document = document;
      long needed = 0;
      for (Segment segment : document.segments()) {
        check(segment);
        needed += floatsOf(segment);
      }
      features = Arena.ofAuto().allocate(needed * Float.BYTES, Float.BYTES);
    }

    private void check(Segment segment) throws InputException {
      boolean unreadable =
          switch (segment.kind()) {
            case TEXT -> false;
            case IMAGE, VIDEO -> shape.imagePatch() == 0;
            case AUDIO -> shape.audioFrame() == 0;
          };
      if (unreadable) {
        throw new InputException(
            document.name() + ":" + segment.line(),
            "%s, but the model reads none: set its %s"
                .formatted(
                    segment.kind().word(),
                    segment.kind() == Segment.Kind.AUDIO ? "audioFrame" : "imagePatch"));
      }
    }

    private long floatsOf(Segment segment) {
      return switch (segment) {
        case Segment.Text ignored -> 0;
        case Segment.Image image -> floatsOf(image.picture());
        case Segment.Video video -> floatsOf(video.frames().getFirst()) * video.frames().size();
        case Segment.Audio audio -> (long) shape.frames(audio.sound()) * shape.audioFrame();
      };
    }

    private long floatsOf(Picture picture) {
      return (long) shape.across(picture) * shape.down(picture) * shape.imageColumns();
    }

    void add(int index, Segment segment) throws InputException {
      switch (segment) {
        case Segment.Text one -> addText(index, one);
        case Segment.Image image -> addImage(index, image);
        case Segment.Video video -> addVideo(index, video);
        case Segment.Audio audio -> addAudio(index, audio);
      }
    }

    private void addText(int index, Segment.Text segment) throws InputException {
      int first = count;
      TokenEnds ends = new TokenEnds();
      text.split(
          segment.text(),
          (id, bytes) -> {
            put(id);
            ends.add(bytes);
          });
      ends.check(document.name(), segment.text());
      checkCount(0);
      if (count > first) {
        span(index, segment, "", "", first, ends.places(segment.firstByte()));
      }
    }

    private void addImage(int index, Segment.Image image) throws InputException {
      int first = count;
      addPicture(image.picture());
      Places places = new Places.Patches(shape.across(image.picture()));
      span(index, image, image.file(), image.alt(), first, places);
    }

    private void addVideo(int index, Segment.Video video) throws InputException {
      int first = count;
      for (Picture frame : video.frames()) {
        addPicture(frame);
      }
      Picture one = video.frames().getFirst();
      Places places =
          new Places.VideoPatches(shape.across(one), shape.down(one), video.framesPerSecond());
      span(index, video, video.file(), video.alt(), first, places);
    }

    private void addAudio(int index, Segment.Audio audio) throws InputException {
      int first = count;
      Sound sound = audio.sound();
      MemorySegment.copy(
          sound.samples(), 0, features, EncodedDocument.FLOAT, byteAt(floats), sound.length());
      floats += (long) shape.frames(sound) * shape.audioFrame();
      putNone(shape.frames(sound));
      Places places = new Places.SoundFrames(shape.audioFrame(), sound.length());
      span(index, audio, audio.file(), audio.alt(), first, places);
    }

    private void addPicture(Picture picture) throws InputException {
      int across = shape.across(picture);
      int patches = across * shape.down(picture);
      for (int patch = 0; patch < patches; patch++) {
        copyPatch(
            picture, patch % across * shape.imagePatch(), patch / across * shape.imagePatch());
        floats += shape.imageColumns();
      }
      putNone(patches);
    }

    private void copyPatch(Picture picture, int x, int y) {
      int side = shape.imagePatch();
      int values = Math.min(side, picture.width() - x) * Picture.CHANNELS;
      int lines = Math.min(side, picture.height() - y);
      for (int line = 0; line < lines; line++) {
        long to = byteAt(floats + (long) line * side * Picture.CHANNELS);
        int from = picture.index(x, y + line);
        MemorySegment.copy(picture.values(), from, features, EncodedDocument.FLOAT, to, values);
      }
    }

    private long byteAt(long index) {
      return index * Float.BYTES;
    }

    private void span(
        int index, Segment segment, String file, String alt, int first, Places places) {
      int rows = count - first;
      long firstFloat = floats - floatsOf(segment);
      spans.add(
          new RowSpan(
              segment.kind(), index, segment.line(), file, alt, first, rows, firstFloat, places));
    }

    private void put(int id) {
      if (id < 0) {
        throw new IllegalStateException("a token has a negative id: " + id);
      }
      grow(1);
      tokens[count++] = id;
    }

    private void putNone(int rows) throws InputException {
      checkCount(rows);
      grow(rows);
      Arrays.fill(tokens, count, count + rows, Sample.NONE);
      count += rows;
    }

    private void grow(int more) {
      if (count + more > tokens.length) {
        tokens = Arrays.copyOf(tokens, Math.max(count + more, count + count / 2));
      }
    }

    private void checkCount(int more) throws InputException {
      if ((long) count + more > ROWS_MAX) {
        throw new InputException(document.name(), "has more than " + ROWS_MAX + " rows");
      }
    }

    EncodedDocument encoded() {
      return new EncodedDocument(
          document.source(), document.name(), shape, Arrays.copyOf(tokens, count), spans, features);
    }
  }
}
