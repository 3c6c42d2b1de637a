package dev.redoubt.trainer.input;

/**
 * The samples of a WAV as floats, the mean of all channels.
 *
 * <p>Channels are added up in their order, in doubles; one division; one rounding to float. So one
 * channel of up to 24 bits is exact.
 */
final class WavSamples {

  /** 24 dB above full scale: beyond it a float is no sound. */
  private static final float LEVEL_MAX = 16;

  private static final int BYTE = 0xFF;

  private final ByteReader in;
  private final WavFormat format;
  private final byte[] bytes;

  WavSamples(ByteReader in, WavFormat format) {
    this.in = in;
    this.format = format;
    this.bytes = in.array();
  }

  /**
   * Reads one value for each frame.
   *
   * @param from first byte
   * @param frames that lie there
   */
  float[] mono(int from, int frames) throws InputException {
    double divisor = format.floating() ? 1.0 : (double) (1L << (format.bits() - 1));
    float[] mono = new float[frames];
    int at = from;
    for (int frame = 0; frame < frames; frame++) {
      double sum = 0;
      for (int channel = 0; channel < format.channels(); channel++) {
        sum += format.floating() ? level(at, frame) : whole(at);
        at += format.sampleBytes();
      }
      mono[frame] = (float) (sum / (divisor * format.channels()));
    }
    return mono;
  }

  private float level(int at, int frame) throws InputException {
    float level = Float.intBitsToFloat(word(at));
    if (!(Math.abs(level) <= LEVEL_MAX)) {
      throw in.wrong(
          "is damaged: sample %d is %s, where full scale is -1 to 1".formatted(frame, level));
    }
    return level;
  }

  private int whole(int at) {
    return switch (format.bits()) {
      case 8 -> (bytes[at] & BYTE) - 128;
      case 16 -> (bytes[at + 1] << 8) | (bytes[at] & BYTE);
      case 24 -> (bytes[at + 2] << 16) | ((bytes[at + 1] & BYTE) << 8) | (bytes[at] & BYTE);
      default -> word(at);
    };
  }

  private int word(int at) {
    return (bytes[at + 3] << 24)
        | ((bytes[at + 2] & BYTE) << 16)
        | ((bytes[at + 1] & BYTE) << 8)
        | (bytes[at] & BYTE);
  }
}
