package dev.redoubt.trainer.input;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PngTest {

  private static final InputLimits LIMITS = InputLimits.DEFAULTS;

  private final Path folder;
  private final Path file;

  PngTest(@TempDir Path folder) {
    this.folder = folder;
    file = folder.resolve("picture.png");
  }

  private Picture read(byte[] bytes) throws Exception {
    Files.write(file, bytes);
    return Png.read(file, LIMITS);
  }

  /** 1 and 7 pixels leave passes of interlacing empty. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 8",
    "7, 5, 1, 8",
    "16, 3, 1, 16",
    "7, 11, 3, 8",
    "31, 2, 3, 16",
    "5, 9, 2, 8",
    "3, 7, 2, 16",
    "13, 6, 4, 8",
    "1, 17, 4, 16"
  })
  void whatImageIoWritesIsReadBack(int width, int height, int bands, int depth) throws Exception {
    BufferedImage image = image(width, height, bands, depth);
    WritableRaster raster = image.getRaster();
    Random random = new Random(width * 31L + height);
    for (int i = 0; i < width * height * bands; i++) {
      int sample = random.nextInt(1 << depth);
      raster.setSample(i / bands % width, i / bands / width, i % bands, sample);
    }
    for (boolean interlaced : new boolean[] {false, true}) {
      write(image, interlaced);
      Picture picture = Png.read(file, LIMITS);
      assertThat(picture.width()).isEqualTo(width);
      assertThat(picture.height()).isEqualTo(height);
      for (int i = 0; i < width * height; i++) {
        assertPixel(picture, i % width, i / width, raster, bands, (1 << depth) - 1);
      }
    }
  }

  private static void assertPixel(
      Picture picture, int x, int y, WritableRaster raster, int bands, int max) {
    boolean alpha = bands % 2 == 0;
    double opacity = alpha ? raster.getSample(x, y, bands - 1) / (double) max : 1;
    for (int channel = 0; channel < 3; channel++) {
      double sample = raster.getSample(x, y, bands < 3 ? 0 : channel) / (double) max;
      double wanted = 2 * (sample * opacity + 1 - opacity) - 1;
      assertThat((double) picture.at(x, y, channel)).isBetween(wanted - 1e-7, wanted + 1e-7);
      if (opacity == 1) {
        assertThat(picture.at(x, y, channel)).isEqualTo((float) (2 * sample - 1));
      }
    }
  }

  private static BufferedImage image(int width, int height, int bands, int depth) {
    boolean alpha = bands % 2 == 0;
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(bands < 3 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB),
            alpha,
            false,
            alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            depth == 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT);
    return new BufferedImage(
        model, model.createCompatibleWritableRaster(width, height), false, null);
  }

  private void write(BufferedImage image, boolean interlaced) throws IOException {
    Files.deleteIfExists(file);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    ImageWriteParam parameters = writer.getDefaultWriteParam();
    parameters.setProgressiveMode(
        interlaced ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
    try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void palettesWithOpacitiesAreReadAtEveryDepth(int depth) throws Exception {
    int colours = 1 << depth;
    byte[][] palette = new byte[4][colours];
    Random random = new Random(depth);
    for (byte[] channel : palette) {
      random.nextBytes(channel);
    }
    IndexColorModel model =
        new IndexColorModel(depth, colours, palette[0], palette[1], palette[2], palette[3]);
    int type = depth == 8 ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_BYTE_BINARY;
    BufferedImage image = new BufferedImage(13, 3, type, model);
    for (int i = 0; i < 13 * 3; i++) {
      image.getRaster().setSample(i % 13, i / 13, 0, random.nextInt(colours));
    }
    write(image, depth % 2 == 0);
    Picture picture = Png.read(file, LIMITS);
    for (int i = 0; i < 13 * 3; i++) {
      int index = image.getRaster().getSample(i % 13, i / 13, 0);
      double opacity = (palette[3][index] & 0xFF) / 255.0;
      for (int channel = 0; channel < 3; channel++) {
        double level = (palette[channel][index] & 0xFF) / 255.0 * opacity + 1 - opacity;
        assertThat((double) picture.at(i % 13, i / 13, channel))
            .isBetween(2 * level - 1 - 1e-7, 2 * level - 1 + 1e-7);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void greyOfFewBitsGoesFromBlackToWhite(int depth) throws Exception {
    int max = (1 << depth) - 1;
    byte[] bytes =
        PngMaker.of(2, 1, depth, 0).pixels((byte) 0, (byte) (max << (8 - 2 * depth))).end();
    Picture picture = read(bytes);
    assertThat(picture.at(0, 0, 1)).isEqualTo(-1);
    assertThat(picture.at(1, 0, 2)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void everyFilterIsUndone(int filter) throws Exception {
    byte[][] lines = new byte[9][7 * 3];
    Random random = new Random(filter);
    for (byte[] line : lines) {
      random.nextBytes(line);
    }
    byte[] pixels = PngMaker.filtered(lines, 3, y -> filter == 5 ? y % 5 : filter);
    Picture picture = read(PngMaker.of(7, 9, 8, 2).pixels(pixels).end());
    for (int i = 0; i < 7 * 9 * 3; i++) {
      int sample = lines[i / 21][i % 21] & 0xFF;
      assertThat(picture.at(i / 3 % 7, i / 21, i % 3)).isEqualTo((float) (2 * sample / 255.0 - 1));
    }
  }

  @Test
  void aColourMayStandForNothing() throws Exception {
    byte[] keyed = {0, 1, 0, 2, 0, 3};
    byte[] pixels = {0, 1, 2, 3, 1, 2, 4};
    Picture picture = read(PngMaker.of(2, 1, 8, 2).chunk("tRNS", keyed).pixels(pixels).end());
    assertThat(picture.at(0, 0, 0)).isEqualTo(1);
    assertThat(picture.at(1, 0, 0)).isEqualTo((float) (2 / 255.0 - 1));
    byte[] grey = {0, 0x12, 0x34, 0x12, 0x35};
    picture =
        read(PngMaker.of(2, 1, 16, 0).chunk("tRNS", new byte[] {0x12, 0x34}).pixels(grey).end());
    assertThat(picture.at(0, 0, 0)).isEqualTo(1);
    assertThat(picture.at(1, 0, 0)).isEqualTo((float) (2 * 0x1235 / 65535.0 - 1));
  }

  @Test
  void pixelsMayComeInPiecesBetweenChunksThatMayBePassedOver() throws Exception {
    byte[] packed = PngMaker.packed((byte) 0, (byte) 255, (byte) 0, (byte) 0);
    PngMaker maker = PngMaker.of(1, 2, 8, 0).chunk("tEXt", (byte) 'a', (byte) 0, (byte) 'b');
    for (byte one : packed) {
      maker.chunk("IDAT", one);
    }
    Picture picture = read(maker.chunk("tIME", new byte[7]).chunk("IEND").raw((byte) 1).bytes());
    assertThat(picture.at(0, 0, 0)).isEqualTo(1);
    assertThat(picture.at(0, 1, 0)).isEqualTo(-1);
  }

  /** Checksums cover every byte behind the signature. */
  @Test
  void noFlippedBitGoesThrough() throws Exception {
    byte[] good = small();
    for (int bit = 0; bit < good.length * Byte.SIZE; bit++) {
      byte[] bad = good.clone();
      bad[bit / Byte.SIZE] ^= (byte) (1 << (bit % Byte.SIZE));
      assertThatThrownBy(() -> read(bad))
          .as("bit %d", bit)
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith(file + ": ");
    }
  }

  @Test
  void noFileThatIsCutOffGoesThrough() throws Exception {
    byte[] good = small();
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> read(cut))
          .as("%d bytes", length)
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith(file + ": ");
    }
  }

  private static byte[] small() {
    return PngMaker.of(2, 2, 8, 3)
        .chunk("PLTE", (byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5, (byte) 6)
        .pixels((byte) 0, (byte) 1, (byte) 0, (byte) 2, (byte) 0, (byte) 0)
        .end();
  }

  @Test
  void sizesAreJudgedBeforeMemoryIsTaken() {
    refused(
        PngMaker.of(4097, 4096, 8, 2).pixels((byte) 0).end(),
        "says that it has 4097 x 4096 pixels; at most 16777216 are read");
    refused(
        PngMaker.of(-1, 1, 8, 2).pixels((byte) 0).end(), "says that it has 4294967295 x 1 pixels");
    refused(PngMaker.of(0, 1, 8, 2).pixels((byte) 0).end(), "it says that it has 0 x 1 pixels");
    refused(
        PngMaker.of(4096, 4096, 8, 2).pixels((byte) 0).end(),
        "9 packed bytes cannot hold 4096 x 4096 pixels");
  }

  @Test
  void aBombThatUnpacksToMoreThanItSaysIsRefused() {
    refused(PngMaker.of(2, 2, 8, 0).pixels(new byte[1 << 20]).end(), "more pixels than it says");
    refused(PngMaker.of(2, 2, 8, 0).pixels(new byte[5]).end(), "its pixels end too soon");
  }

  @Test
  void whatIsNoPngSaysWhy() throws Exception {
    refused("GIF89a...............".getBytes(US_ASCII), "is no PNG: it does not begin as one");
    refused(new byte[0], "is no PNG");
    refused(PngMaker.of(1, 1, 5, 2).end(), "colour type 2 with 5 bits is no PNG");
    refused(PngMaker.of(1, 1, 16, 3).end(), "colour type 3 with 16 bits is no PNG");
    refused(new PngMaker().header(1, 1, 8, 0, 0, 0, 2).end(), "interlacing 2 are no PNG");
    refused(PngMaker.of(1, 1, 8, 0).end(), "0 packed bytes cannot hold 1 x 1 pixels");
    refused(
        PngMaker.of(1, 1, 8, 3).pixels(new byte[2]).end(), "is damaged: its palette has 0 bytes");
    refused(
        PngMaker.of(1, 1, 8, 3).chunk("PLTE", new byte[3]).pixels((byte) 0, (byte) 7).end(),
        "colour 7 of a palette of 1");
    refused(
        PngMaker.of(1, 1, 8, 0).pixels((byte) 9, (byte) 0).end(), "filter 9 of a line is no PNG");
    refused(
        PngMaker.of(1, 1, 8, 0).chunk("ABCD").pixels(new byte[2]).end(),
        "has a chunk ABCD that this reader does not know");
    refused(
        PngMaker.of(1, 1, 8, 0).chunk("IDAT", (byte) 1, (byte) 2, (byte) 3).end(),
        "its pixels cannot be unpacked");
    refused(
        PngMaker.of(1, 1, 8, 0).chunk("IDAT").chunk("tEXt").chunk("IDAT").end(),
        "other chunks lie between its pixels");
  }

  private void refused(byte[] bytes, String because) {
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(because);
  }

  @Test
  void filesThatAreMissingOrTooLargeAreNamed() throws Exception {
    assertThatThrownBy(() -> Png.read(file, LIMITS)).hasMessage(file + ": does not exist");
    assertThatThrownBy(() -> Png.read(folder, LIMITS)).hasMessage(folder + ": is not a file");
    Files.write(file, new byte[101]);
    assertThatThrownBy(() -> Png.read(file, new InputLimits(100, 1, 1, 1)))
        .hasMessage(file + ": has 101 bytes; at most 100 are read");
  }
}
