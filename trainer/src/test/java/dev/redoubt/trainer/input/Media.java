package dev.redoubt.trainer.input;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Small pictures and sounds, in memory and as files. */
final class Media {

  private Media() {}

  static Picture picture(int width, int height, long seed) {
    float[] values = new float[width * height * 3];
    Random random = new Random(seed);
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() * 2 - 1;
    }
    return Picture.of(width, height, values);
  }

  static Sound sound(int samples, long seed) {
    float[] values = new float[samples];
    Random random = new Random(seed);
    for (int i = 0; i < samples; i++) {
      values[i] = random.nextFloat() * 2 - 1;
    }
    return Sound.of(values);
  }

  /** A PNG of one grey. */
  static void png(Path file, int width, int height, int grey) throws IOException {
    byte[] lines = new byte[height * (width + 1)];
    for (int y = 0; y < height; y++) {
      for (int x = 1; x <= width; x++) {
        lines[y * (width + 1) + x] = (byte) grey;
      }
    }
    Files.write(file, PngMaker.of(width, height, 8, 0).pixels(lines).end());
  }

  /** A WAV at 16 kHz. */
  static void wav(Path file, int... samples) throws IOException {
    Files.write(file, WavMaker.of(1, 1, 16_000, 16).samples(2, samples).end());
  }
}
