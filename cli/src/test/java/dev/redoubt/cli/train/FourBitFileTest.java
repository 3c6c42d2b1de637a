package dev.redoubt.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights in four bits on disk: another reader reads them, and a damaged file is refused. */
class FourBitFileTest {

  private static final ModelConfig MODEL = new ModelConfig("odd", 1, 36, 4, 12, 44, 260, 64);
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  private final Arena arena = Arena.ofConfined();
  private final ParameterLayout layout = ParameterLayout.of(MODEL);
  private final Path file;

  FourBitFileTest(@TempDir Path folder) {
    file = folder.resolve("weights.safetensors");
  }

  @AfterEach
  void close() {
    arena.close();
  }

  private MemorySegment weights() {
    MemorySegment region = arena.allocate(layout.regionBytes(), 64);
    Random random = new Random(1);
    for (TensorSpec tensor : layout.tensors()) {
      for (long i = 0; i < tensor.size(); i++) {
        region.setAtIndex(FLOAT, tensor.offset() + i, (float) random.nextGaussian());
      }
    }
    return region;
  }

  private byte[] written() throws IOException {
    FourBitFile.write(file, MODEL, weights());
    return Files.readAllBytes(file);
  }

  @Test
  void whatIsReadBackIsWhatAnotherReaderReads() throws IOException {
    MemorySegment weights = weights();
    FourBitFile.write(file, MODEL, weights);
    FourBitFile.Contents read = FourBitFile.read(file, arena);
    assertThat(read.model()).isEqualTo(MODEL);
    OtherReader other = new OtherReader(Files.readAllBytes(file));
    for (TensorSpec tensor : layout.tensors()) {
      for (int row = 0; row < tensor.rows(); row++) {
        for (int column = 0; column < tensor.columns(); column++) {
          long at = tensor.offset() + (long) row * tensor.columns() + column;
          assertThat(read.parameters().getAtIndex(FLOAT, at))
              .as("%s [%d, %d]", tensor.name(), row, column)
              .isEqualTo(other.value(tensor.name(), row, column));
        }
      }
    }
    TensorSpec gain = layout.tensor("final.norm");
    assertThat(read.parameters().getAtIndex(FLOAT, gain.offset() + 35))
        .isEqualTo(weights.getAtIndex(FLOAT, gain.offset() + 35));
    assertThat(Files.exists(file.resolveSibling("weights.safetensors.part"))).isFalse();
  }

  /** By the words of docs/formats.md, and none of the code that wrote the file. */
  private static final class OtherReader {
    private final JsonNode header;
    private final ByteBuffer data;

    OtherReader(byte[] all) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
      byte[] text = new byte[(int) buffer.getLong()];
      buffer.get(text);
      assertThat(buffer.position() % 8).isZero();
      header = JsonMapper.builder().build().readTree(new String(text, StandardCharsets.UTF_8));
      data = buffer.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    float value(String name, int row, int column) {
      if (header.has(name)) {
        assertThat(header.path(name).path("dtype").asText()).isEqualTo("F32");
        return data.getFloat(offset(name) + 4 * column);
      }
      boolean embedding = name.equals("embedding");
      int line = embedding ? row : column;
      int i = embedding ? column : row;
      JsonNode packed = header.path(name + ".q4").path("shape");
      JsonNode scales = header.path(name + ".scale").path("shape");
      int pair = data.get(offset(name + ".q4") + line * packed.path(1).asInt() + i / 2);
      int q = (i % 2 == 0 ? pair & 0xF : pair >> 4 & 0xF) - 8;
      int at = offset(name + ".scale") + 2 * (line * scales.path(1).asInt() + i / 32);
      return q * Float.float16ToFloat(data.getShort(at));
    }

    private int offset(String name) {
      return header.path(name).path("data_offsets").path(0).asInt(-1);
    }
  }

  @Test
  void everyFlippedBitIsRefused() throws IOException {
    byte[] all = written();
    Random random = new Random(2);
    for (int at = 0; at < all.length; at += 1 + random.nextInt(all.length / 300)) {
      byte[] damaged = all.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      refused(damaged);
    }
  }

  @Test
  void aFileThatIsCutOrGrewIsRefused() throws IOException {
    byte[] all = written();
    for (int length : new int[] {0, 7, 8, 100, all.length / 2, all.length - 1, all.length + 1}) {
      refused(java.util.Arrays.copyOf(all, length));
    }
  }

  private void refused(byte[] damaged) throws IOException {
    Files.write(file, damaged);
    assertThatThrownBy(() -> FourBitFile.read(file, arena))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + " is damaged, or no file of four-bit weights: ");
  }

  @Test
  void theMessageSaysWhatIsWrong() throws IOException {
    byte[] all = written();
    byte[] flipped = all.clone();
    flipped[all.length - 5] ^= 4;
    Files.write(file, flipped);
    assertThatThrownBy(() -> FourBitFile.read(file, arena))
        .hasMessageContaining("its SHA-256 is ")
        .hasMessageContaining("but it was written as ");
    Files.writeString(file, "hello, this is a letter and no model");
    assertThatThrownBy(() -> FourBitFile.read(file, arena))
        .hasMessageContaining("its header should have ")
        .hasMessageContaining("but it has 36 in all");
  }

  /** Whole files, but not of this form, or not of their model. */
  @Test
  void aFileOfAnotherKindIsRefused() throws Exception {
    Safetensors right = Safetensors.read(written());
    assertThatThrownBy(() -> readWith(right, "format", "gguf"))
        .hasMessageContaining("format is 'gguf' where 'redoubt-4bit' is expected");
    assertThatThrownBy(() -> readWith(right, "formatVersion", "2"))
        .hasMessageContaining("formatVersion is '2' where '1' is expected");
    assertThatThrownBy(() -> readWith(right, "group", "64"))
        .hasMessageContaining("group is '64' where '32' is expected");
    assertThatThrownBy(() -> readWith(right, "model", "{\"name\": \"x\", \"layers\": 0}"))
        .hasMessageContaining("layers must be positive, not 0");
    String deeper = right.metadata("model").replace("\"layers\":1", "\"layers\":2");
    assertThatThrownBy(() -> readWith(right, "model", deeper))
        .hasMessageContaining("it has no tensor blocks.1.attention.norm");
    String wider = right.metadata("model").replace("\"ffnWidth\":44", "\"ffnWidth\":48");
    assertThatThrownBy(() -> readWith(right, "model", wider))
        .hasMessageContaining(
            "blocks.0.ffn.gate.q4 is 'U8[44, 18]' where 'U8[48, 18]' is expected");
    SequencedMap<String, Safetensors.Tensor> more = new LinkedHashMap<>(right.tensors());
    more.put("extra", new Safetensors.Tensor("U8", List.of(2), ByteBuffer.wrap(new byte[2])));
    Files.write(file, Safetensors.write(metadata(right), more));
    assertThatThrownBy(() -> FourBitFile.read(file, arena))
        .hasMessageContaining("the model has no tensor for extra");
  }

  private void readWith(Safetensors right, String key, String value) throws IOException {
    SequencedMap<String, String> metadata = metadata(right);
    metadata.put(key, value);
    Files.write(file, Safetensors.write(metadata, right.tensors()));
    FourBitFile.read(file, arena);
  }

  private static SequencedMap<String, String> metadata(Safetensors file) {
    SequencedMap<String, String> metadata = new LinkedHashMap<>();
    for (String key : List.of("format", "formatVersion", "group", "model")) {
      metadata.put(key, file.metadata(key));
    }
    return metadata;
  }
}
