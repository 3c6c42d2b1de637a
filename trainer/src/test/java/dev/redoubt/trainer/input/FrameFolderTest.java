package dev.redoubt.trainer.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameFolderTest {

  private final Path folder;

  FrameFolderTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private FrameFolder.Frames read(InputLimits limits) throws InputException {
    return FrameFolder.read(folder, SourceFolder.of(folder), limits);
  }

  private void refused(String because) {
    assertThatThrownBy(() -> read(InputLimits.DEFAULTS))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(folder.toString())
        .hasMessageContaining(because);
  }

  private void frame(String name, int grey) throws Exception {
    Media.png(folder.resolve(name), 3, 2, grey);
  }

  @Test
  void framesAreInTheOrderOfTheirNumbers() throws Exception {
    for (int i = 8; i <= 12; i++) {
      frame("frame-" + (i == 9 ? "0009" : i) + ".png", i * 10);
    }
    Files.writeString(folder.resolve("notes.txt"), "not a frame");
    FrameFolder.Frames frames = read(InputLimits.DEFAULTS);
    assertThat(frames.framesPerSecond()).isEqualTo(25);
    assertThat(frames.pictures())
        .extracting(picture -> picture.at(2, 1, 0))
        .containsExactly(level(80), level(90), level(100), level(110), level(120));
  }

  private static float level(int grey) {
    return (float) (2 * grey / 255.0 - 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"12.5", " 12.5\n", "0012.500"})
  void theFolderMaySayHowFastItRuns(String rate) throws Exception {
    frame("frame-0.png", 1);
    Files.writeString(folder.resolve("fps"), rate);
    assertThat(read(InputLimits.DEFAULTS).framesPerSecond()).isEqualTo(12.5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "1001", "fast", "1e3", "25 fps", "NaN"})
  void aRateThatIsNoneIsRefused(String rate) throws Exception {
    frame("frame-0.png", 1);
    Files.writeString(folder.resolve("fps"), rate);
    refused("fps: expected the frames in a second, as 25 or 12.5, at most 1000");
  }

  @Test
  void whatWasLostIsNamed() throws Exception {
    refused(": has no frames: expected files as frame-0001.png");
    frame("frame-0002.png", 1);
    frame("frame-0004.png", 1);
    refused(": frame 3 is missing");
    frame("frame-3.png", 1);
    frame("frame-03.png", 1);
    refused("frame-03.png: there is another frame of this number");
    Files.delete(folder.resolve("frame-03.png"));
    assertThat(read(InputLimits.DEFAULTS).pictures()).hasSize(3);
    frame("Frame-5.png", 1);
    refused("Frame-5.png: is no frame: expected a name as frame-0001.png");
  }

  @Test
  void mixedSizesAndDamagedFramesAreRefused() throws Exception {
    frame("frame-1.png", 1);
    Media.png(folder.resolve("frame-2.png"), 2, 3, 1);
    refused("frame-2.png: has 2 x 3 pixels, where the first frame has 3 x 2");
    Files.write(folder.resolve("frame-2.png"), new byte[3]);
    refused("frame-2.png: is no PNG");
  }

  @Test
  void allFramesTogetherHaveALimit() throws Exception {
    frame("frame-1.png", 1);
    frame("frame-2.png", 1);
    assertThat(read(new InputLimits(1000, 12, 1, 2)).pictures()).hasSize(2);
    assertThatThrownBy(() -> read(new InputLimits(1000, 11, 1, 2)))
        .hasMessage(folder + ": has more than 11 pixels in its frames");
    assertThatThrownBy(() -> read(new InputLimits(1000, 12, 1, 1)))
        .hasMessage(folder + ": has too many frames; at most 1 are read");
  }
}
