package dev.redoubt.trainer.input;

/**
 * How the samples of a WAV lie.
 *
 * @param floating 32-bit floats, else whole numbers
 * @param channels side by side
 * @param rate samples a second, of each channel
 * @param bits of one sample
 */
record WavFormat(boolean floating, int channels, int rate, int bits) {

  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xFFFE;
  private static final int EXTENSION_BYTES = 22;
  private static final int CHANNELS_MAX = 64;
  private static final int RATE_MIN = 1000;
  private static final int RATE_MAX = 768_000;

  /** Behind the format code, the same in every extended format. */
  private static final long GUID_LOW = 0x0010_0000_0000L;

  private static final long GUID_HIGH = 0x719B_3800_AA00_0080L;

  /** Reads the chunk fmt, of so many bytes. */
  static WavFormat read(ByteReader in, long length) throws InputException {
    if (length < 16) {
      throw in.wrong("is damaged: its chunk fmt has %d bytes, not 16 or more".formatted(length));
    }
    int code = in.u16le("the format");
    int channels = in.u16le("the channels");
    long rate = in.u32le("the rate");
    long bytesASecond = in.u32le("the bytes a second");
    int frameBytes = in.u16le("the bytes of a frame");
    int bits = in.u16le("the bits of a sample");
    if (code == EXTENSIBLE) {
      code = extended(in, length);
    } else {
      in.skip(length - 16, "chunk fmt");
    }
    checkCounts(in, channels, rate);
    checkSamples(in, code, bits);
    WavFormat format = new WavFormat(code == FLOAT, channels, (int) rate, bits);
    if (frameBytes != format.frameBytes() || bytesASecond != rate * frameBytes) {
      throw in.wrong(
          "contradicts itself: %s, yet %d bytes for all channels and %d bytes a second"
              .formatted(format, frameBytes, bytesASecond));
    }
    return format;
  }

  private static int extended(ByteReader in, long length) throws InputException {
    if (length < 16 + 2 + EXTENSION_BYTES || in.u16le("the extension") < EXTENSION_BYTES) {
      throw in.wrong("is damaged: its extended chunk fmt is too short");
    }
    in.skip(2 + 4, "the extension");
    int code = in.u16le("the format");
    long low = in.u16le("the format") | (in.u32le("the format") << 16);
    long high = in.u32le("the format") | (in.u32le("the format") << 32);
    in.skip(length - (16 + 2 + EXTENSION_BYTES), "chunk fmt");
    if (low != GUID_LOW || high != GUID_HIGH) {
      throw in.wrong("has samples in an extended format that this reader does not know");
    }
    return code;
  }

  private static void checkCounts(ByteReader in, int channels, long rate) throws InputException {
    if (channels < 1 || channels > CHANNELS_MAX) {
      throw in.wrong("has %d channels, not 1 to %d".formatted(channels, CHANNELS_MAX));
    }
    if (rate < RATE_MIN || rate > RATE_MAX) {
      throw in.wrong("has %d samples a second, not %d to %d".formatted(rate, RATE_MIN, RATE_MAX));
    }
  }

  private static void checkSamples(ByteReader in, int code, int bits) throws InputException {
    boolean pcm = code == PCM && bits % Byte.SIZE == 0 && bits >= 8 && bits <= 32;
    boolean floats = code == FLOAT && bits == 32;
    if (!pcm && !floats) {
      throw in.wrong(
          "has samples of format %d with %d bits; known are PCM of 8, 16, 24, 32 and floats of 32"
              .formatted(code, bits));
    }
  }

  int sampleBytes() {
    return bits / Byte.SIZE;
  }

  /** One sample of every channel. */
  int frameBytes() {
    return channels * sampleBytes();
  }

  @Override
  public String toString() {
    return "%d channels of %d-bit %s at %d Hz"
        .formatted(channels, bits, floating ? "floats" : "samples", rate);
  }
}
