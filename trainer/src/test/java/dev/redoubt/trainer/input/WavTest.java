package dev.redoubt.trainer.input;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WavTest {

  private static final int PCM = 1;
  private static final int FLOAT = 3;

  private final Path file;

  WavTest(@TempDir Path folder) {
    file = folder.resolve("sound.wav");
  }

  private float[] read(byte[] bytes) throws Exception {
    Files.write(file, bytes);
    return Wav.read(file, InputLimits.DEFAULTS).samples();
  }

  @Test
  void samplesOfEveryWidthAreExactAt16Kilohertz() throws Exception {
    assertThat(read(WavMaker.of(PCM, 1, 16_000, 8).samples(1, 0, 128, 129, 255).end()))
        .containsExactly(-1, 0, 0x1p-7f, 127 / 128f);
    assertThat(read(WavMaker.of(PCM, 1, 16_000, 16).samples(2, -32768, 1, 32767, 300).end()))
        .containsExactly(-1, 0x1p-15f, 32767 / 32768f, 300 / 32768f);
    assertThat(read(WavMaker.of(PCM, 1, 16_000, 24).samples(3, -1 << 23, -1, 8388607).end()))
        .containsExactly(-1, -0x1p-23f, 8388607 / 8388608f);
    assertThat(read(WavMaker.of(PCM, 1, 16_000, 32).samples(4, 1 << 31, 128, 1 << 30).end()))
        .containsExactly(-1, 0x1p-24f, 0.5f);
    assertThat(read(WavMaker.of(FLOAT, 1, 16_000, 32).floats(0.1f, -1.5f, 0).end()))
        .containsExactly(0.1f, -1.5f, 0);
  }

  @Test
  void extendedFormatsAreRead() throws Exception {
    assertThat(read(WavMaker.extended(PCM, 1, 16_000, 24).samples(3, 1 << 22).end()))
        .containsExactly(0.5f);
    assertThat(read(WavMaker.extended(FLOAT, 1, 16_000, 32).floats(0.3f).end()))
        .containsExactly(0.3f);
    assertThatThrownBy(() -> read(WavMaker.extended(2, 1, 16_000, 16).samples(2, 1).end()))
        .hasMessageContaining("has samples of format 2 with 16 bits");
  }

  @Test
  void channelsAreMixedByTheirMean() throws Exception {
    byte[] stereo = WavMaker.of(PCM, 2, 16_000, 16).samples(2, 100, 300, -32768, 32767).end();
    assertThat(read(stereo)).containsExactly(200 / 32768f, -0.5f / 32768);
    int[] seven = new int[14];
    Arrays.setAll(seven, i -> i * 1000);
    assertThat(read(WavMaker.of(PCM, 7, 16_000, 16).samples(2, seven).end()))
        .containsExactly(3000 / 32768f, 10_000 / 32768f);
  }

  @Test
  void otherChunksArePassedOverEvenThoseOfOddLength() throws Exception {
    byte[] bytes =
        new WavMaker()
            .chunk("LIST", (byte) 1, (byte) 2, (byte) 3)
            .chunk("fmt ", WavMaker.format(PCM, 1, 16_000, 16_000, 1, 8).array())
            .chunk("fact", new byte[4])
            .samples(1, 0, 64, 128)
            .chunk("junk", new byte[7])
            .end();
    assertThat(read(bytes)).containsExactly(-1, -0.5f, 0);
  }

  @Test
  void anyRateIsBroughtTo16Kilohertz() throws Exception {
    assertThat(read(WavMaker.of(PCM, 2, 8000, 16).samples(2, new int[2 * 800]).end()))
        .hasSize(1600);
    assertThat(read(WavMaker.of(PCM, 1, 44_100, 16).samples(2, new int[4410]).end())).hasSize(1600);
    assertThat(read(WavMaker.of(PCM, 1, 44_101, 16).samples(2, new int[3]).end())).hasSize(2);
  }

  @Test
  void noFileThatIsCutOffGoesThrough() {
    byte[] good = WavMaker.extended(PCM, 2, 16_000, 16).samples(2, 1, 2, 3, 4, 5, 6).end();
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> read(cut))
          .as("%d bytes", length)
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith(file + ": ");
    }
  }

  @Test
  void cutChunksInsideAFileOfTheRightSizeAreRefused() {
    byte[] whole = WavMaker.of(PCM, 1, 16_000, 16).samples(2, 1, 2, 3, 4).end();
    for (int length = 12; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      ByteBuffer.wrap(cut).order(ByteOrder.LITTLE_ENDIAN).putInt(4, length - 8);
      refused(cut, "");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 1, 45, 47, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void sizesOfStreamsAndLyingSizesAreRefused(int size) {
    WavMaker maker = WavMaker.of(PCM, 1, 16_000, 16).samples(2, 1, 2, 3, 4, 5);
    assertThat(maker.end()).hasSize(46 + 8);
    refused(
        maker.end(size),
        "it says that %d bytes follow, but there are 46".formatted(size & 0xFFFF_FFFFL));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 6, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void chunksThatLieAboutTheirLengthAreRefused(int length) {
    refused(
        WavMaker.of(PCM, 1, 16_000, 16)
            .chunk("data", length, (byte) 1, (byte) 2, (byte) 3, (byte) 4)
            .end(),
        "");
  }

  @Test
  void whatContradictsItselfSaysHow() {
    refused("RIFX....WAVE".getBytes(US_ASCII), "is no WAV: it does not begin with RIFF");
    refused(new WavMaker().end(), "it has no chunk fmt");
    refused(WavMaker.of(PCM, 1, 16_000, 16).end(), "it has no chunk data");
    refused(new WavMaker().samples(2, 1).end(), "its samples come before their format");
    refused(
        WavMaker.of(PCM, 1, 16_000, 16).samples(2, 1).samples(2, 1).end(),
        "it has two chunks data");
    refused(WavMaker.of(PCM, 1, 16_000, 16).samples(2).end(), "0 bytes of samples");
    refused(WavMaker.of(PCM, 0, 16_000, 16).samples(2, 1).end(), "has 0 channels, not 1 to 64");
    refused(WavMaker.of(PCM, 1, 999, 16).samples(2, 1).end(), "has 999 samples a second");
    refused(
        WavMaker.of(PCM, 1, 16_000, 12).samples(2, 1).end(), "format 1 with 12 bits; known are");
    refused(WavMaker.of(FLOAT, 1, 16_000, 64).samples(4, 1, 1).end(), "format 3 with 64 bits");
    refused(WavMaker.of(85, 1, 16_000, 16).samples(2, 1).end(), "format 85 with 16 bits");
    byte[] format = WavMaker.format(PCM, 2, 16_000, 64_000, 2, 16).array();
    refused(
        new WavMaker().chunk("fmt ", format).samples(2, 1).end(),
        "contradicts itself: 2 channels of 16-bit samples at 16000 Hz, yet 2 bytes");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, 17, -1e30f})
  void floatsThatAreNoSoundAreRefused(float sample) {
    refused(
        WavMaker.of(FLOAT, 1, 16_000, 32).floats(0, 1, sample).end(),
        "sample 2 is " + sample + ", where full scale is -1 to 1");
  }

  @Test
  void soundsThatLastTooLongAreRefused() throws Exception {
    Files.write(file, WavMaker.of(PCM, 1, 8000, 8).samples(1, new int[16_001]).end());
    assertThatThrownBy(() -> Wav.read(file, new InputLimits(1 << 20, 1, 2, 1)))
        .hasMessage(file + ": lasts 2 seconds; at most 2 are read");
  }

  private void refused(byte[] bytes, String because) {
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(because);
  }
}
