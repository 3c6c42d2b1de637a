package dev.redoubt.cli.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Named tensors and their metadata as the bytes of a safetensors file: the length of a header in
 * JSON, the header, and the data without gaps.
 *
 * <p>The format itself has no checksum. So the metadata has a SHA-256 of the whole file, taken
 * while its own place is zeros: no changed byte goes unseen.
 */
final class Safetensors {
  private static final String METADATA = "__metadata__";
  private static final String DIGEST = "sha256";
  private static final String NO_DIGEST = "0".repeat(64);
  private static final int LENGTH_BYTES = Long.BYTES;
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  /** A tensor; the type in the words of the format, such as {@code F16}. */
  record Tensor(String dtype, List<Integer> shape, ByteBuffer bytes) {
    Tensor {
      shape = List.copyOf(shape);
    }
  }

  private final Map<String, String> metadata;
  private final SequencedMap<String, Tensor> tensors;

  private Safetensors(Map<String, String> metadata, SequencedMap<String, Tensor> tensors) {
    this.metadata = metadata;
    this.tensors = tensors;
  }

  /** The text that the metadata has for a key; empty if there is none. */
  String metadata(String key) {
    return metadata.getOrDefault(key, "");
  }

  /** The tensors in the order of their data. */
  SequencedMap<String, Tensor> tensors() {
    return tensors;
  }

  /** The bytes of a file. */
  static byte[] write(SequencedMap<String, String> metadata, SequencedMap<String, Tensor> tensors)
      throws JsonProcessingException {
    byte[] header = header(metadata, tensors);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.writeBytes(length.putLong(header.length).array());
    out.writeBytes(header);
    for (Tensor tensor : tensors.values()) {
      byte[] data = new byte[tensor.bytes.remaining()];
      tensor.bytes.duplicate().get(data);
      out.writeBytes(data);
    }
    byte[] all = out.toByteArray();
    int at = LENGTH_BYTES + ascii(header, 0, header.length).indexOf(NO_DIGEST);
    byte[] digest = sha256(all).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digest, 0, all, at, digest.length);
    return all;
  }

  /** Filled up with spaces, so that the data begin at a multiple of eight. */
  private static byte[] header(
      SequencedMap<String, String> metadata, SequencedMap<String, Tensor> tensors)
      throws JsonProcessingException {
    SequencedMap<String, Object> fields = new LinkedHashMap<>();
    SequencedMap<String, String> digested = new LinkedHashMap<>(metadata);
    digested.putFirst(DIGEST, NO_DIGEST);
    fields.put(METADATA, digested);
    long at = 0;
    for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
      long end = at + tensor.getValue().bytes.remaining();
      SequencedMap<String, Object> description = new LinkedHashMap<>();
      description.put("dtype", tensor.getValue().dtype);
      description.put("shape", tensor.getValue().shape);
      description.put("data_offsets", List.of(at, end));
      fields.put(tensor.getKey(), description);
      at = end;
    }
    String text = JSON.writeValueAsString(fields);
    String padded = text + " ".repeat((8 - text.length() % 8) % 8);
    return padded.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Reads the bytes of a file that {@link #write} made.
   *
   * @throws DamagedException if they are not all as they were written
   */
  static Safetensors read(byte[] all) throws DamagedException {
    int length = headerBytes(all);
    String text = ascii(all, LENGTH_BYTES, length);
    JsonNode header = tree(text);
    SequencedMap<String, String> metadata = new LinkedHashMap<>();
    header
        .path(METADATA)
        .properties()
        .forEach(entry -> metadata.put(entry.getKey(), entry.getValue().asText()));
    checkDigest(all, text, metadata.getOrDefault(DIGEST, ""));
    ByteBuffer data = ByteBuffer.wrap(all).asReadOnlyBuffer().position(LENGTH_BYTES + length);
    return new Safetensors(metadata, tensors(header, data.slice()));
  }

  private static int headerBytes(byte[] all) throws DamagedException {
    if (all.length < LENGTH_BYTES) {
      throw new DamagedException("it ends after " + all.length + " bytes, in the header's length");
    }
    long length = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 0 || length > all.length - LENGTH_BYTES) {
      throw new DamagedException(
          "its header should have " + length + " bytes, but it has " + all.length + " in all");
    }
    return (int) length;
  }

  private static JsonNode tree(String header) throws DamagedException {
    try {
      return JSON.readTree(header);
    } catch (JsonProcessingException e) {
      throw new DamagedException("its header is no JSON: " + e.getOriginalMessage());
    }
  }

  private static void checkDigest(byte[] all, String header, String wanted)
      throws DamagedException {
    int at = header.indexOf(wanted);
    if (wanted.length() != NO_DIGEST.length() || at < 0) {
      throw new DamagedException("its header has no SHA-256");
    }
    byte[] undigested = all.clone();
    int from = LENGTH_BYTES + at;
    Arrays.fill(undigested, from, from + wanted.length(), (byte) '0');
    String actual = sha256(undigested);
    if (!actual.equals(wanted)) {
      throw new DamagedException("its SHA-256 is " + actual + ", but it was written as " + wanted);
    }
  }

  private static SequencedMap<String, Tensor> tensors(JsonNode header, ByteBuffer data)
      throws DamagedException {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : header.properties()) {
      if (!entry.getKey().equals(METADATA)) {
        tensors.put(entry.getKey(), tensor(entry.getKey(), entry.getValue(), data));
      }
    }
    if (data.hasRemaining()) {
      throw new DamagedException(data.remaining() + " bytes at its end belong to no tensor");
    }
    return tensors;
  }

  /** The next tensor of the data. */
  private static Tensor tensor(String name, JsonNode entry, ByteBuffer data)
      throws DamagedException {
    long from = entry.path("data_offsets").path(0).asLong(-1);
    long to = entry.path("data_offsets").path(1).asLong(-1);
    if (from != data.position() || to < from || to > data.limit()) {
      throw new DamagedException(
          "%s should be the bytes %d to %d of %d, where byte %d is the next"
              .formatted(name, from, to, data.limit(), data.position()));
    }
    List<Integer> shape = new ArrayList<>();
    entry.path("shape").forEach(size -> shape.add(size.asInt(-1)));
    ByteBuffer bytes = data.slice((int) from, (int) (to - from));
    data.position((int) to);
    return new Tensor(entry.path("dtype").asText(), shape, bytes);
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String ascii(byte[] bytes, int from, int length) {
    return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
  }
}
