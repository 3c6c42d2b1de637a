package dev.redoubt.trainer.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterleavedFolderTest {

  private final Path folder;
  private final Path document;

  InterleavedFolderTest(@TempDir Path temporary) throws IOException {
    folder = Files.createDirectory(temporary.toRealPath().resolve("source"));
    document = folder.resolve("a.md");
  }

  private InterleavedDocument read(String text) throws Exception {
    Files.writeString(document, text);
    return InterleavedFolder.open("tales", document, InputLimits.DEFAULTS).read(0);
  }

  @Test
  void mediaStandBetweenTheTexts() throws Exception {
    Files.createDirectories(folder.resolve("media/ball"));
    Media.png(folder.resolve("media/red.PNG"), 3, 2, 255);
    Media.wav(folder.resolve("bell.wav"), 16384, -16384);
    Media.png(folder.resolve("media/ball/frame-1.png"), 1, 1, 0);
    Media.png(folder.resolve("media/ball/frame-2.png"), 1, 1, 255);
    InterleavedDocument read =
        read("é:\n![red](media/red.PNG)![](bell.wav) and\n\n![ball](./media/ball/)\n");
    assertThat(read.source()).isEqualTo("tales");
    assertThat(read.name()).isEqualTo("a.md");
    assertThat(read.segments()).hasSize(6);
    assertThat(read.segments().get(0)).isEqualTo(new Segment.Text("é:\n", 1, 0));
    assertThat(read.segments().get(1))
        .isInstanceOfSatisfying(
            Segment.Image.class,
            image -> {
              assertThat(image.file()).isEqualTo("media/red.PNG");
              assertThat(image.alt()).isEqualTo("red");
              assertThat(image.line()).isEqualTo(2);
              assertThat(image.picture().width()).isEqualTo(3);
            });
    assertThat(read.segments().get(2))
        .isInstanceOfSatisfying(
            Segment.Audio.class,
            audio -> assertThat(audio.sound().samples()).containsExactly(0.5f, -0.5f));
    assertThat(read.segments().get(3)).isEqualTo(new Segment.Text(" and\n\n", 2, 38));
    assertThat(read.segments().get(4))
        .isInstanceOfSatisfying(
            Segment.Video.class,
            video -> {
              assertThat(video.file()).isEqualTo("media/ball");
              assertThat(video.line()).isEqualTo(4);
              assertThat(video.frames()).hasSize(2);
            });
    assertThat(read.segments().get(5)).isEqualTo(new Segment.Text("\n", 4, 66));
  }

  @Test
  void documentsAreInTheOrderOfTheirPaths() throws Exception {
    Files.createDirectories(folder.resolve("b/c"));
    for (String name : List.of("b/c/z.md", "c.MD", "a.md", "b.md", "b/y.md")) {
      Files.writeString(folder.resolve(name), name);
    }
    Files.writeString(folder.resolve("other.txt"), "no document");
    Media.png(folder.resolve("b/one.png"), 1, 1, 0);
    Files.writeString(folder.resolve("b/c/z.md"), "![](../one.png)");
    InterleavedFolder open = InterleavedFolder.open("tales", folder, InputLimits.DEFAULTS);
    assertThat(open.documents()).containsExactly("a.md", "b.md", "b/c/z.md", "b/y.md", "c.MD");
    assertThat(open.read(2).segments())
        .singleElement()
        .isInstanceOfSatisfying(
            Segment.Image.class, image -> assertThat(image.file()).isEqualTo("b/one.png"));
  }

  @Test
  void textIsKeptByteForByte() throws Exception {
    String text = "\uFEFFA ![a](missing `b` \r\n\n```\n![x](y.png)\n```\n   ";
    assertThat(read(text).segments()).containsExactly(new Segment.Text(text.substring(1), 1, 3));
    assertThat(read("").segments()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "![](nowhere.png)|'nowhere.png' does not exist (",
        "![]()|a link names no file",
        "![](../secret.png)|'../secret.png' leads out of the source's folder",
        "![](x/../../secret.png)|leads out of the source's folder",
        "![](/etc/passwd)|'/etc/passwd' leads out of the source's folder",
        "![](a.md)|is no picture (.png), no sound (.wav) and no folder of frames",
        "![](https://example.org/a.png)|'https://example.org/a.png' is not fetched: put the file into the source's folder",
        "![](%00.png)|is no path",
        "![](bad.png)|bad.png: is no PNG: it does not begin as one",
        "![](empty)|empty: has no frames",
        "![](link.png)|link.png: is a link that leads out of the source's folder",
      })
  void whatIsWrongWithALinkIsSaidWithFileAndLine(String link, String because) throws Exception {
    Path secret = folder.resolve("../secret.png");
    Media.png(secret, 1, 1, 1);
    Files.createSymbolicLink(folder.resolve("link.png"), secret);
    Files.writeString(folder.resolve("bad.png"), "no picture");
    Files.createDirectory(folder.resolve("empty"));
    Files.createDirectory(folder.resolve("x"));
    assertThatThrownBy(() -> read("One\n\ntwo " + link))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(document + ":3: ")
        .hasMessageContaining(because);
  }

  @Test
  void framesThatAreLinksOutOfTheFolderAreRefused() throws Exception {
    Path secret = folder.resolve("../secret.png");
    Media.png(secret, 1, 1, 1);
    Files.createDirectory(folder.resolve("film"));
    Files.createSymbolicLink(folder.resolve("film/frame-1.png"), secret);
    assertThatThrownBy(() -> read("![](film)"))
        .hasMessageStartingWith(document + ":1: " + folder.resolve("film/frame-1.png"))
        .hasMessageContaining("leads out of the source's folder");
  }

  @Test
  void whatIsNoTextIsSaidWithFileLineAndByte() throws Exception {
    Files.write(document, new byte[] {'a', '\n', 'b', (byte) 0xC3, 'c'});
    refused(document, document + ":2: byte 3 is no UTF-8");
    Files.write(document, "é\n\n\0".getBytes(UTF_8));
    refused(document, document + ":3: byte 4 is no text: it is 0");
    byte[] cut = Arrays.copyOf("😀".getBytes(UTF_8), 3);
    Files.write(document, cut);
    refused(document, document + ":1: byte 0 is no UTF-8");
  }

  @Test
  void sourcesWithoutDocumentsAreRefused() throws Exception {
    refused(folder, folder + ": has no Markdown files (.md)");
    refused(document, document + ": does not exist");
    Path text = Files.writeString(folder.resolve("a.txt"), "text");
    refused(text, text + ": is neither a folder nor a Markdown file (.md)");
  }

  private static void refused(Path from, String message) {
    assertThatThrownBy(() -> InterleavedFolder.open("tales", from, InputLimits.DEFAULTS).read(0))
        .isInstanceOf(InputException.class)
        .hasMessage(message);
  }
}
