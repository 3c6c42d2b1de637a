package dev.redoubt.trainer.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.trainer.data.Sample;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowEncoderTest {

  private static EncodedDocument encode(RowShape shape, TextTokens text, Segment... segments)
      throws InputException {
    return new RowEncoder(shape, text)
        .encode(new InterleavedDocument("tales", "a.md", List.of(segments)));
  }

  private static float feature(EncodedDocument document, long index) {
    return document.features().getAtIndex(EncodedDocument.FLOAT, index);
  }

  private static Place place(EncodedDocument document, int span, int row) {
    return document.spans().get(span).places().at(row);
  }

  @Test
  void textIsOneRowForEachTokenWithItsBytes() throws Exception {
    EncodedDocument bytes =
        encode(new RowShape(0, 0), TextTokens.BYTES, new Segment.Text("aé", 7, 100));
    assertThat(bytes.tokens()).containsExactly('a', 0xC3, 0xA9);
    assertThat(bytes.featureBytes()).isZero();
    assertThat(place(bytes, 0, 2)).isEqualTo(new Place.InText(102, 103));
    EncodedDocument words =
        encode(new RowShape(0, 0), new Words(), new Segment.Text("an ox é x", 7, 100));
    assertThat(words.tokens()).containsExactly(3, 3, 3, 1);
    assertThat(place(words, 0, 0)).isEqualTo(new Place.InText(100, 103));
    assertThat(place(words, 0, 2)).isEqualTo(new Place.InText(106, 109));
    assertThat(place(words, 0, 3)).isEqualTo(new Place.InText(109, 110));
  }

  /** A token for each word with the blank behind it; its id is its number of bytes. */
  private static final class Words implements TextTokens {
    @Override
    public void split(String text, Sink sink) {
      for (String word : text.split("(?<= )", -1)) {
        sink.token(MarkdownText.utf8Length(word), MarkdownText.utf8Length(word));
      }
    }

    @Override
    public String text(int[] ids) {
      return Arrays.toString(ids);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 4", "4, 4, 4", "5, 4, 4", "7, 9, 4", "8, 3, 3", "13, 11, 16", "3, 2, 1"})
  void picturesAreCutIntoPatchesAndPaddedNotStretched(int width, int height, int side)
      throws Exception {
    Picture picture = Media.picture(width, height, 1);
    EncodedDocument document =
        encode(
            new RowShape(side, 0),
            TextTokens.BYTES,
            new Segment.Text("a", 1, 0),
            new Segment.Image("p.png", "", 1, picture));
    int across = Math.ceilDiv(width, side);
    int patches = across * Math.ceilDiv(height, side);
    assertThat(document.rows()).isEqualTo(1 + patches);
    assertThat(document.featureBytes()).isEqualTo(4L * patches * 3 * side * side);
    for (int patch = 0; patch < patches; patch++) {
      assertThat(document.token(1 + patch)).isEqualTo(Sample.NONE);
      assertThat(place(document, 1, patch))
          .isEqualTo(new Place.InPicture(patch % across, patch / across));
      for (int i = 0; i < 3 * side * side; i++) {
        int x = patch % across * side + i / 3 % side;
        int y = patch / across * side + i / 3 / side;
        float wanted = x < width && y < height ? picture.at(x, y, i % 3) : 0;
        assertThat(feature(document, (long) patch * 3 * side * side + i)).isEqualTo(wanted);
      }
    }
  }

  @Test
  void videosArePicturesOneAfterTheOther() throws Exception {
    List<Picture> frames = List.of(Media.picture(3, 4, 1), Media.picture(3, 4, 2));
    EncodedDocument video =
        encode(new RowShape(2, 0), TextTokens.BYTES, new Segment.Video("f", "", 1, 12.5, frames));
    EncodedDocument pictures =
        encode(
            new RowShape(2, 0),
            TextTokens.BYTES,
            new Segment.Image("a", "", 1, frames.get(0)),
            new Segment.Image("b", "", 1, frames.get(1)));
    assertThat(video.rows()).isEqualTo(8);
    assertThat(video.features().mismatch(pictures.features())).isEqualTo(-1);
    assertThat(place(video, 0, 0)).isEqualTo(new Place.InVideo(0, 0, 0, 0));
    assertThat(place(video, 0, 7)).isEqualTo(new Place.InVideo(1, 0.08, 1, 1));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 400", "400, 400", "401, 400", "1003, 7"})
  void soundsAreCutIntoFramesTheLastFilledUpWithSilence(int samples, int frame) throws Exception {
    Sound sound = Media.sound(samples, 3);
    EncodedDocument document =
        encode(
            new RowShape(0, frame),
            TextTokens.BYTES,
            new Segment.Audio("s.wav", "", 1, sound),
            new Segment.Audio("s.wav", "", 1, sound));
    int frames = Math.ceilDiv(samples, frame);
    assertThat(document.rows()).isEqualTo(2 * frames);
    MemorySegment features = document.features();
    assertThat(features.byteSize()).isEqualTo(8L * frames * frame);
    for (int i = 0; i < frames * frame; i++) {
      assertThat(feature(document, i)).isEqualTo(i < samples ? sound.at(i) : 0);
      assertThat(feature(document, i + frames * frame)).isEqualTo(feature(document, i));
    }
    assertThat(place(document, 1, frames - 1))
        .isEqualTo(new Place.InSound((frames - 1) * frame / 16e3, samples / 16e3));
  }

  @Test
  void whatTheModelDoesNotReadIsRefused() {
    Segment image = new Segment.Image("p.png", "", 4, Media.picture(1, 1, 1));
    Segment audio = new Segment.Audio("s.wav", "", 5, Media.sound(1, 1));
    assertThatThrownBy(() -> encode(new RowShape(0, 1), TextTokens.BYTES, image))
        .isInstanceOf(InputException.class)
        .hasMessage("a.md:4: image, but the model reads none: set its imagePatch");
    assertThatThrownBy(() -> encode(new RowShape(1, 0), TextTokens.BYTES, audio))
        .isInstanceOf(InputException.class)
        .hasMessage("a.md:5: audio, but the model reads none: set its audioFrame");
    assertThatThrownBy(() -> new RowShape(-1, 0))
        .hasMessage("imagePatch must be 0 to 1024, not -1");
  }

  @Test
  void tokensThatDoNotCoverTheirTextAreADefect() {
    TextTokens lossy =
        new TextTokens() {
          @Override
          public void split(String text, Sink sink) {
            sink.token(1, text.length());
          }

          @Override
          public String text(int[] ids) {
            return "";
          }
        };
    assertThatThrownBy(() -> encode(new RowShape(0, 0), lossy, new Segment.Text("é", 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the tokens of a.md cover 1 bytes of 2");
  }

  @Test
  void segmentsThatAreNoneCannotBeMade() {
    assertThatThrownBy(() -> new Segment.Text("", 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Segment.Text("a", 0, 0)).hasMessageContaining("lines are counted");
    assertThatThrownBy(() -> new Segment.Video("", "", 1, 25, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                new Segment.Video(
                    "", "", 1, 25, List.of(Media.picture(1, 2, 1), Media.picture(2, 1, 1))))
        .hasMessage("a video has frames of one size");
    assertThatThrownBy(() -> Sound.of(new float[0])).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Picture.of(1, 2, new float[3]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
