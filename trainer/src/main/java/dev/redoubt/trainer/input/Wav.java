package dev.redoubt.trainer.input;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads WAV sounds: PCM of 8, 16, 24 and 32 bits and 32-bit floats, any number of channels, any
 * rate; out comes one channel at 16 kHz.
 *
 * <p>The format has no checksums, so every size that it states is held against the others and
 * against the file, and a contradiction is refused: sizes of streams (0 or all ones), chunks that
 * are cut off, bytes behind the end.
 */
final class Wav {

  private static final int HEADER = 8;

  private final ByteReader in;
  private final InputLimits limits;
  private @Nullable WavFormat format;
  private @Nullable Sound sound;

  private Wav(ByteReader in, InputLimits limits) {
    this.in = in;
    this.limits = limits;
  }

  /**
   * Reads a sound.
   *
   * @throws InputException naming the file, if it is no WAV, damaged or too long
   */
  static Sound read(Path file, InputLimits limits) throws InputException {
    return new Wav(ByteReader.open(file, limits), limits).read();
  }

  private Sound read() throws InputException {
    riff();
    while (in.remaining() > 0) {
      chunk();
    }
    if (sound == null) {
      throw in.wrong("is damaged: it has no chunk " + (format == null ? "fmt" : "data"));
    }
    return sound;
  }

  private void riff() throws InputException {
    if (in.remaining() < HEADER + 4 || !in.letters("the form").equals("RIFF")) {
      throw in.wrong("is no WAV: it does not begin with RIFF");
    }
    long size = in.u32le("the size");
    if (size != in.remaining()) {
      throw in.wrong(
          "is damaged: it says that %d bytes follow, but there are %d"
              .formatted(size, in.remaining()));
    }
    if (!in.letters("the kind").equals("WAVE")) {
      throw in.wrong("is no WAV: it is RIFF of another kind");
    }
  }

  private void chunk() throws InputException {
    String name = in.letters("the name of a chunk");
    long length = in.u32le("the length of chunk " + name);
    int end = in.position();
    switch (name) {
      case "fmt " -> format(length);
      case "data" -> sound = data(length);
      default -> in.skip(length, "chunk " + name);
    }
    if (in.position() - end != length) {
      throw new IllegalStateException("chunk " + name + " was not read to its end");
    }
    if (length % 2 == 1 && in.remaining() > 0) {
      in.skip(1, "the byte that makes chunk " + name + " even");
    }
  }

  private void format(long length) throws InputException {
    if (format != null) {
      throw in.wrong("is damaged: it has two chunks fmt");
    }
    format = WavFormat.read(in, length);
  }

  private Sound data(long length) throws InputException {
    WavFormat known = format;
    if (known == null) {
      throw in.wrong("is damaged: its samples come before their format");
    }
    if (sound != null) {
      throw in.wrong("is damaged: it has two chunks data");
    }
    int from = in.skip(length, "chunk data");
    if (length == 0 || length % known.frameBytes() != 0) {
      throw in.wrong(
          "is damaged: %d bytes of samples are no whole number of %d bytes"
              .formatted(length, known.frameBytes()));
    }
    int frames = (int) (length / known.frameBytes());
    if (frames > (long) limits.soundSecondsMax() * known.rate()) {
      throw in.wrong(
          "lasts %d seconds; at most %d are read"
              .formatted(frames / known.rate(), limits.soundSecondsMax()));
    }
    return Sound.owning(
        Resampler.to16k(new WavSamples(in, known).mono(from, frames), known.rate()));
  }
}
