package dev.redoubt.trainer.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example that the documentation shows, from its files to its rows. */
class ExampleTest {

  private static InterleavedCorpus corpus() throws InputException {
    Path folder = Path.of(System.getProperty("redoubt.root"), "examples", "interleaved");
    InterleavedFolder source = InterleavedFolder.open("example", folder, InputLimits.DEFAULTS);
    assertThat(source.documents()).containsExactly("colours.md", "tones.md", "ways.md");
    RowEncoder encoder = new RowEncoder(new RowShape(8, 80), TextTokens.BYTES);
    List<EncodedDocument> encoded = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      encoded.add(encoder.encode(source.read(i)));
    }
    return InterleavedCorpus.of(encoded, 64);
  }

  /** Decoded pictures, resampled sound: the same on every machine. */
  @Test
  void theRowsHaveTheSameBitsEverywhere() throws Exception {
    InterleavedCorpus corpus = corpus();
    assertThat(corpus.rows()).isEqualTo(4167);
    assertThat(corpus.digest())
        .isEqualTo("bc75778e407dab4d61c8380f9af0dddcbf5aedce81280a287ec25f573ea2cf4e");
  }

  @Test
  void aWindowShowsThePicturesBetweenTheWords() throws Exception {
    assertThat(corpus().show(0, TextTokens.BYTES))
        .isEqualTo(
            """
            window 0 of 65, source 'example'
            rows   kind   from          place                content
            0-5    text   colours.md:1  bytes 0-5            "Look: "
            6-7    image  colours.md:1  patches (0,0)-(1,0)  media/blue.png: a square
            8-26   text   colours.md:1  bytes 33-51          " It is blue.\\nLook: "
            27-28  image  colours.md:2  patches (0,0)-(1,0)  media/green.png: a square
            29-48  text   colours.md:2  bytes 80-99          " It is green.\\nLook: "
            49-50  image  colours.md:3  patches (0,0)-(1,0)  media/blue.png: a square
            51-63  text   colours.md:3  bytes 127-139        " It is blue.\\n"
            """);
  }

  @Test
  void soundAndVideoShowTheirTime() throws Exception {
    assertThat(corpus().show(32, TextTokens.BYTES))
        .contains("13-16  audio  tones.md:34  0.0000-0.0200 s  media/low.wav: a tone\n");
    assertThat(corpus().show(60, TextTokens.BYTES))
        .contains("10-12  video  ways.md:48  frame 0 (0,0)-frame 2 (0,0), 0.000-0.167 s");
  }
}
