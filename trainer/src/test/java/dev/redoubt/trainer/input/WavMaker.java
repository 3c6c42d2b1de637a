package dev.redoubt.trainer.input;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes WAV files by hand, good ones and bad ones. */
final class WavMaker {

  private final ByteArrayOutputStream chunks = new ByteArrayOutputStream();

  /** A file without samples. */
  static WavMaker of(int code, int channels, int rate, int bits) {
    int frame = channels * bits / 8;
    return new WavMaker()
        .chunk("fmt ", format(code, channels, rate, rate * frame, frame, bits).array());
  }

  static WavMaker extended(int code, int channels, int rate, int bits) {
    int frame = channels * bits / 8;
    ByteBuffer all = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
    all.put(format(0xFFFE, channels, rate, rate * frame, frame, bits).array());
    all.putShort((short) 22).putShort((short) bits).putInt(0);
    all.putShort((short) code).put(new byte[] {0, 0, 0, 0, 0x10, 0, (byte) 0x80, 0, 0});
    all.put(new byte[] {(byte) 0xAA, 0, 0x38, (byte) 0x9B, 0x71});
    return new WavMaker().chunk("fmt ", all.array());
  }

  static ByteBuffer format(
      int code, int channels, int rate, int bytesASecond, int frame, int bits) {
    return ByteBuffer.allocate(16)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) code)
        .putShort((short) channels)
        .putInt(rate)
        .putInt(bytesASecond)
        .putShort((short) frame)
        .putShort((short) bits);
  }

  WavMaker chunk(String name, byte... content) {
    return chunk(name, content.length, content);
  }

  WavMaker chunk(String name, int length, byte... content) {
    chunks.writeBytes(name.getBytes(ISO_8859_1));
    chunks.writeBytes(little(length));
    chunks.writeBytes(content);
    if (content.length % 2 == 1) {
      chunks.write(0);
    }
    return this;
  }

  /** The chunk data, of the low bytes of each sample. */
  WavMaker samples(int bytes, int... samples) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (int sample : samples) {
      data.write(little(sample), 0, bytes);
    }
    return chunk("data", data.toByteArray());
  }

  WavMaker floats(float... samples) {
    int[] bits = new int[samples.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(samples[i]);
    }
    return samples(4, bits);
  }

  byte[] end() {
    return end(chunks.size() + 4);
  }

  byte[] end(int size) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes("RIFF".getBytes(ISO_8859_1));
    file.writeBytes(little(size));
    file.writeBytes("WAVE".getBytes(ISO_8859_1));
    file.writeBytes(chunks.toByteArray());
    return file.toByteArray();
  }

  private static byte[] little(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }
}
