package dev.redoubt.trainer.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a file has in it: it is read, or refused by its name; nothing else may happen. */
class BadInputTest {

  private static final int ROUNDS = 300;
  private static final InputLimits LIMITS = new InputLimits(1 << 16, 4096, 2, 9);

  private final Path folder;

  BadInputTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private interface Reading {
    void read(Path file) throws InputException;
  }

  /** Returns whether it was read. */
  private boolean readOrRefused(String name, byte[] bytes, Reading reading) throws IOException {
    Path file = Files.write(folder.resolve(name), bytes);
    try {
      reading.read(file);
      return true;
    } catch (InputException e) {
      if (!String.valueOf(e.getMessage()).startsWith(file.toString())) {
        throw new AssertionError("the file is not named", e);
      }
      return false;
    }
  }

  /** Checksums are right, so that damage gets behind them. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2, 3, 4, 6})
  void picturesWithRightChecksums(int colour) throws Exception {
    Random random = new Random(colour);
    int read = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] file = picture(colour, random);
      read += readOrRefused("a.png", file, path -> Png.read(path, LIMITS)) ? 1 : 0;
    }
    assertThat(read).isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
  }

  /** Half of them have as many bytes as their header says. */
  private static byte[] picture(int colour, Random random) {
    int depth = colour == 3 || colour == 0 ? 1 << random.nextInt(4) : 8 << random.nextInt(2);
    PngHeader header =
        new PngHeader(1 + random.nextInt(8), 1 + random.nextInt(8), depth, colour, false);
    int length = 1 + header.lineBytes(header.width());
    boolean right = random.nextBoolean();
    byte[] lines = new byte[right ? length * header.height() : random.nextInt(300)];
    random.nextBytes(lines);
    for (int i = 0; i < lines.length; i += length) {
      lines[i] = (byte) random.nextInt(random.nextInt(20) == 0 ? 256 : 5);
    }
    byte[] packed = PngMaker.packed(lines);
    if (random.nextInt(3) == 0) {
      packed[random.nextInt(packed.length)] ^= (byte) (1 << random.nextInt(8));
    }
    int interlaced = right ? 0 : random.nextInt(2);
    PngMaker maker =
        new PngMaker().header(header.width(), header.height(), depth, colour, 0, 0, interlaced);
    if (random.nextInt(8) > 0) {
      maker.chunk("PLTE", new byte[random.nextInt(3) == 0 ? random.nextInt(20) : 768]);
    }
    if (random.nextInt(8) == 0) {
      maker.chunk("tRNS", new byte[random.nextInt(8)]);
    }
    return maker.chunk("IDAT", packed).end();
  }

  @Test
  void soundsWithFlippedBytes() throws Exception {
    Random random = new Random(3);
    byte[] good = WavMaker.extended(1, 2, 22_050, 16).samples(2, new int[200]).end();
    int read = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bad = good.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        bad[random.nextInt(random.nextBoolean() ? 68 : bad.length)] = (byte) random.nextInt();
      }
      read += readOrRefused("a.wav", bad, path -> Wav.read(path, LIMITS)) ? 1 : 0;
    }
    assertThat(read).isBetween(ROUNDS / 10, ROUNDS - ROUNDS / 10);
  }

  /** The texts and the links between them are the document, whatever is written. */
  @Test
  void documentsOfMarksThatMeanSomething() {
    Random random = new Random(5);
    int found = 0;
    for (int round = 0; round < 10 * ROUNDS; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(60); i > 0; i--) {
        text.append("!![[]](()a<>\\`~ \n%20\"é".charAt(random.nextInt(22)));
        text.append(random.nextInt(6) == 0 ? "![" : random.nextInt(6) == 0 ? "](" : "");
      }
      int from = 0;
      for (MarkdownLinks.Link link : MarkdownLinks.in(text.toString())) {
        assertThat(link.from()).isGreaterThanOrEqualTo(from);
        assertThat(text.substring(link.from(), link.to())).startsWith("![").endsWith(")");
        assertThat(text.substring(0, link.from()).lines().count())
            .isBetween(link.line() - 1L, (long) link.line());
        from = link.to();
        found++;
      }
    }
    assertThat(found).isGreaterThan(ROUNDS);
  }

  @Test
  void documentsOfAnyBytes() throws Exception {
    Random random = new Random(7);
    int read = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = "ab![a](b.png) é\n".getBytes(UTF_8);
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      read +=
          readOrRefused("a.md", bytes, path -> InterleavedFolder.open("s", path, LIMITS).read(0))
              ? 1
              : 0;
    }
    assertThat(read).isBetween(ROUNDS / 10, ROUNDS - ROUNDS / 10);
  }
}
