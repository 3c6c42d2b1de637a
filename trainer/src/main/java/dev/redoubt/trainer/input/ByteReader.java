package dev.redoubt.trainer.input;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads a file's bytes from front to back; every read is checked against the end. */
final class ByteReader {

  private static final int BYTE = 0xFF;

  private final String name;
  private final byte[] bytes;
  private int at;

  ByteReader(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes;
  }

  /** All of a file, named by its path in what goes wrong. */
  static ByteReader open(Path file, InputLimits limits) throws InputException {
    return new ByteReader(file.toString(), bytes(file, limits));
  }

  /** All of a file. */
  static byte[] bytes(Path file, InputLimits limits) throws InputException {
    String name = file.toString();
    try {
      if (!Files.isRegularFile(file)) {
        throw new InputException(name, Files.exists(file) ? "is not a file" : "does not exist");
      }
      long size = Files.size(file);
      if (size > limits.fileBytesMax()) {
        throw new InputException(
            name, "has %d bytes; at most %d are read".formatted(size, limits.fileBytesMax()));
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new InputException(name, "does not exist", e);
    } catch (IOException e) {
      throw new InputException(name, "cannot be read (" + e + ")", e);
    }
  }

  String name() {
    return name;
  }

  /** The array itself, to be read only. */
  byte[] array() {
    return bytes;
  }

  int position() {
    return at;
  }

  int remaining() {
    return bytes.length - at;
  }

  /** Where the next {@code count} bytes begin; they are passed over. */
  int skip(long count, String what) throws InputException {
    if (count < 0 || count > remaining()) {
      throw new InputException(
          name,
          "ends too soon: %s needs %d bytes from byte %d on, but there are %d"
              .formatted(what, count, at, remaining()));
    }
    int from = at;
    at += (int) count;
    return from;
  }

  int u8(String what) throws InputException {
    return bytes[skip(1, what)] & BYTE;
  }

  int u16le(String what) throws InputException {
    int low = u8(what);
    return low | (u8(what) << 8);
  }

  long u32le(String what) throws InputException {
    long low = u16le(what);
    return low | ((long) u16le(what) << 16);
  }

  long u32be(String what) throws InputException {
    return Integer.toUnsignedLong(Integer.reverseBytes((int) u32le(what)));
  }

  /** Four letters, such as the name of a chunk. */
  String letters(String what) throws InputException {
    return new String(bytes, skip(4, what), 4, StandardCharsets.ISO_8859_1);
  }

  InputException wrong(String what) {
    return new InputException(name, what);
  }
}
