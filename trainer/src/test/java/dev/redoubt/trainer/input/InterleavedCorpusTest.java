package dev.redoubt.trainer.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.kernel.Matrix;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InterleavedCorpusTest {

  private static final RowShape SHAPE = new RowShape(2, 5);

  /** Rows as plain lists: the truth beside the packed form. */
  private record Row(int token, List<Float> features, Segment.Kind kind, String document) {}

  private static EncodedDocument encode(String name, RowShape shape, List<Segment> segments)
      throws InputException {
    return new RowEncoder(shape, TextTokens.BYTES)
        .encode(new InterleavedDocument("tales", name, segments));
  }

  private static List<Segment> randomSegments(Random random) {
    List<Segment> segments = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      segments.add(
          switch (random.nextInt(4)) {
            case 0 -> new Segment.Image("i.png", "", 1, randomPicture(random));
            case 1 -> new Segment.Audio("a.wav", "", 1, Media.sound(1 + random.nextInt(23), i));
            case 2 -> new Segment.Video("v", "", 1, 2, randomFrames(random));
            default -> new Segment.Text("x".repeat(1 + random.nextInt(20)) + i, 1, 0);
          });
    }
    return segments;
  }

  private static Picture randomPicture(Random random) {
    return Media.picture(1 + random.nextInt(5), 1 + random.nextInt(5), random.nextLong());
  }

  private static List<Picture> randomFrames(Random random) {
    return List.of(Media.picture(3, 2, random.nextLong()), Media.picture(3, 2, random.nextLong()));
  }

  private static void addRows(List<Row> rows, String document, Segment segment) {
    switch (segment) {
      case Segment.Text text -> {
        for (byte one : text.text().getBytes(UTF_8)) {
          rows.add(new Row(one, zeros(SHAPE.columns()), Segment.Kind.TEXT, document));
        }
      }
      case Segment.Image image -> addPatches(rows, document, image, image.picture());
      case Segment.Video video ->
          video.frames().forEach(frame -> addPatches(rows, document, video, frame));
      case Segment.Audio audio -> {
        for (int from = 0; from < audio.sound().length(); from += 5) {
          List<Float> features = zeros(SHAPE.columns());
          for (int i = 0; i < 5 && from + i < audio.sound().length(); i++) {
            features.set(12 + i, audio.sound().at(from + i));
          }
          rows.add(new Row(Sample.NONE, features, audio.kind(), document));
        }
      }
    }
  }

  private static void addPatches(
      List<Row> rows, String document, Segment segment, Picture picture) {
    for (int y = 0; y < picture.height(); y += 2) {
      for (int x = 0; x < picture.width(); x += 2) {
        List<Float> features = zeros(SHAPE.columns());
        for (int i = 0; i < 12; i++) {
          int px = x + i / 3 % 2;
          int py = y + i / 6;
          if (px < picture.width() && py < picture.height()) {
            features.set(i, picture.at(px, py, i % 3));
          }
        }
        rows.add(new Row(Sample.NONE, features, segment.kind(), document));
      }
    }
  }

  private static List<Float> zeros(int count) {
    List<Float> zeros = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      zeros.add(0f);
    }
    return zeros;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 16, 31})
  void windowsAreTheRowsOfAllDocumentsInTheirOrder(int sequenceLength) throws Exception {
    Random random = new Random(sequenceLength);
    List<Row> rows = new ArrayList<>();
    List<EncodedDocument> documents = new ArrayList<>();
    for (int d = 0; d < 20; d++) {
      List<Segment> segments = randomSegments(random);
      String name = d + ".md";
      segments.forEach(segment -> addRows(rows, name, segment));
      documents.add(encode(name, SHAPE, segments));
    }
    InterleavedCorpus corpus = InterleavedCorpus.of(documents, sequenceLength);
    assertThat(corpus.rows()).isEqualTo(rows.size());
    assertThat(corpus.windows()).isEqualTo((rows.size() - 1) / sequenceLength);
    try (Arena arena = Arena.ofConfined()) {
      Sample sample = Sample.of(Matrix.allocate(arena, sequenceLength, SHAPE.columns()));
      for (long window = corpus.windows() - 1; window >= 0; window--) {
        corpus.fill(window, sample);
        assertWindow(corpus, window, sample, rows);
      }
    }
  }

  private static void assertWindow(
      InterleavedCorpus corpus, long window, Sample sample, List<Row> rows) {
    Matrix features = Objects.requireNonNull(sample.features());
    for (int i = 0; i < corpus.sequenceLength(); i++) {
      int at = (int) window * corpus.sequenceLength() + i;
      Row row = rows.get(at);
      assertThat(sample.tokens()[i]).isEqualTo(row.token());
      assertThat(sample.targets()[i]).isEqualTo(rows.get(at + 1).token());
      for (int column = 0; column < SHAPE.columns(); column++) {
        assertThat(features.get(i, column)).isEqualTo(row.features().get(column));
      }
      assertThat(corpus.origin(window, i).kind()).isEqualTo(row.kind());
      assertThat(corpus.origin(window, i).document()).isEqualTo(row.document());
    }
  }

  @Test
  void everyTokenButTheFirstIsATargetOnce() throws Exception {
    EncodedDocument document =
        encode(
            "a.md",
            SHAPE,
            List.of(
                new Segment.Text("ab", 1, 0),
                new Segment.Image("i.png", "", 1, Media.picture(4, 1, 1)),
                new Segment.Text("cde", 1, 0)));
    InterleavedCorpus corpus = InterleavedCorpus.of(List.of(document), 3);
    Sample sample = Sample.of(Matrix.allocate(Arena.ofAuto(), 3, SHAPE.columns()));
    corpus.fill(0, sample);
    assertThat(sample.tokens()).containsExactly('a', 'b', Sample.NONE);
    assertThat(sample.targets()).containsExactly('b', Sample.NONE, Sample.NONE);
    corpus.fill(1, sample);
    assertThat(sample.tokens()).containsExactly(Sample.NONE, 'c', 'd');
    assertThat(sample.targets()).containsExactly('c', 'd', 'e');
  }

  @Test
  void textAloneNeedsNoFeatures() throws Exception {
    EncodedDocument text =
        encode("a.md", new RowShape(0, 0), List.of(new Segment.Text("abcdefg", 1, 0)));
    InterleavedCorpus corpus = InterleavedCorpus.of(List.of(text), 3);
    Sample sample = Sample.ofText(3);
    corpus.fill(1, sample);
    assertThat(sample.tokens()).containsExactly('d', 'e', 'f');
    assertThat(sample.targets()).containsExactly('e', 'f', 'g');
  }

  @Test
  void samplesOfAnotherShapeAreRefused() throws Exception {
    InterleavedCorpus corpus = small();
    assertThatThrownBy(() -> corpus.fill(0, Sample.ofText(4)))
        .hasMessage("rows have features of 17 columns, not 0");
    Sample sample = Sample.of(Matrix.allocate(Arena.ofAuto(), 4, 17));
    assertThatThrownBy(() -> corpus.fill(corpus.windows(), sample))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> corpus.fill(-1, sample)).hasMessage("window -1 of 3");
    Sample longer = Sample.of(Matrix.allocate(Arena.ofAuto(), 5, 17));
    assertThatThrownBy(() -> corpus.fill(0, longer)).hasMessage("a window has 4 rows, not 5");
    assertThatThrownBy(() -> corpus.origin(0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void tooFewRowsAndMixedShapesAreRefused() throws Exception {
    EncodedDocument one = encode("a.md", SHAPE, List.of(new Segment.Text("abc", 1, 0)));
    assertThatThrownBy(() -> InterleavedCorpus.of(List.of(one), 3))
        .isInstanceOf(InputException.class)
        .hasMessage("tales: 1 documents have 3 rows, but one window needs sequenceLength + 1 = 4");
    assertThatThrownBy(() -> InterleavedCorpus.of(List.of(), 3)).isInstanceOf(InputException.class);
    EncodedDocument other =
        encode("b.md", new RowShape(3, 5), List.of(new Segment.Text("abc", 1, 0)));
    assertThatThrownBy(() -> InterleavedCorpus.of(List.of(one, other), 3))
        .hasMessageContaining("b.md has rows of RowShape[imagePatch=3, audioFrame=5]");
  }

  @Test
  void nothingIsAllocatedToFillAWindow() throws Exception {
    InterleavedCorpus corpus = small();
    Sample sample = Sample.of(Matrix.allocate(Arena.ofAuto(), 4, 17));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 300; i++) {
        corpus.fill(i % 3, sample);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(least).as("bytes for 300 windows").isLessThan(300);
  }

  @Test
  void theDigestIsOfTheRowsAndNotOfTheirNames() throws Exception {
    String digest = small().digest();
    assertThat(digest)
        .as("computed once by another program, from the format's description")
        .isEqualTo("2dced482f7976e8a5c04d05c42a8dc6885db08887e816331b8a7edc3994b870b");
    assertThat(corpus("other.md", 0.25f, 'b', 2).digest()).isEqualTo(digest);
    assertThat(corpus("a.md", Math.nextUp(0.25f), 'b', 2).digest()).isNotEqualTo(digest);
    assertThat(corpus("a.md", 0.25f, 'c', 2).digest()).isNotEqualTo(digest);
    assertThat(corpus("a.md", 0.25f, 'b', 3).digest()).isNotEqualTo(digest);
  }

  private static InterleavedCorpus small() throws InputException {
    return corpus("a.md", 0.25f, 'b', 2);
  }

  /** 2 or 3 letters, a video of 4 patches, sound of 3 frames, 4 letters. */
  private static InterleavedCorpus corpus(String name, float level, char letter, int letters)
      throws InputException {
    float[] values = new float[4 * 2 * 3];
    values[7] = level;
    Picture picture = Picture.of(4, 2, values);
    return InterleavedCorpus.of(
        List.of(
            encode(
                name,
                SHAPE,
                List.of(
                    new Segment.Text("\n" + String.valueOf(letter).repeat(letters - 1), 1, 0),
                    new Segment.Video("film", "a ball", 2, 4, List.of(picture, picture)),
                    new Segment.Audio("bell.wav", "", 2, Sound.of(new float[11])),
                    new Segment.Text("cdef", 2, 30)))),
        4);
  }

  @Test
  void aWindowShowsWhereItsRowsCameFrom() throws Exception {
    EncodedDocument next =
        encode(
            "b.md",
            SHAPE,
            List.of(
                new Segment.Text("A line\nand many more after that, which are cut", 3, 10),
                new Segment.Image("red.png", "red", 9, Media.picture(4, 3, 1))));
    EncodedDocument first =
        encode(
            "a.md",
            SHAPE,
            List.of(
                new Segment.Text("ab\n", 1, 0),
                new Segment.Video(
                    "film",
                    "a ball",
                    2,
                    4,
                    List.of(Media.picture(4, 2, 1), Media.picture(4, 2, 2))),
                new Segment.Audio("bell.wav", "", 2, Media.sound(11, 1))));
    InterleavedCorpus corpus = InterleavedCorpus.of(List.of(first, next, first), 62);
    assertThat(corpus.show(0, TextTokens.BYTES))
        .isEqualTo(
            """
            window 0 of 1, source 'tales'
            rows   kind   from    place                                       content
            0-2    text   a.md:1  bytes 0-2                                   "ab\\n"
            3-6    video  a.md:2  frame 0 (0,0)-frame 1 (1,0), 0.000-0.250 s  film: a ball
            7-9    audio  a.md:2  0.0000-0.0007 s                             bell.wav
            10-55  text   b.md:3  bytes 10-55                                 "A line\\nand many more after that, which a..."
            56-59  image  b.md:9  patches (0,0)-(1,1)                         red.png: red
            60-61  text   a.md:1  bytes 0-1                                   "ab"
            """);
  }
}
