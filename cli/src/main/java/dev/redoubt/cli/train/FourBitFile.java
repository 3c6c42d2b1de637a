package dev.redoubt.cli.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.train.Safetensors.Tensor;
import dev.redoubt.trainer.FourBit;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;

/**
 * A model's weights in four bits as a safetensors file; {@code docs/formats.md} describes it.
 *
 * <p>The gains of the norms stay as they are: they are few, and every token meets them.
 */
public final class FourBitFile {
  private static final String FORMAT = "redoubt-4bit";
  private static final String VERSION = "1";
  private static final String PACKED = ".q4";
  private static final String SCALE = ".scale";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * What a file has.
   *
   * @param parameters a region of the model's layout
   */
  public record Contents(ModelConfig model, MemorySegment parameters) {}

  private FourBitFile() {}

  /**
   * Writes the weights of a state; what stood in the file is replaced whole or not at all.
   *
   * @param parameters a state, or its region of parameters alone
   * @throws IOException if the file cannot be written
   * @throws IllegalArgumentException if a weight is not finite, naming it
   */
  public static void write(Path file, ModelConfig model, MemorySegment parameters)
      throws IOException {
    SequencedMap<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", FORMAT);
    metadata.put("formatVersion", VERSION);
    metadata.put("group", Integer.toString(FourBit.GROUP));
    metadata.put("model", JSON.writeValueAsString(model));
    byte[] bytes = Safetensors.write(metadata, tensors(ParameterLayout.of(model), parameters));
    Path whole = file.toAbsolutePath();
    Path part = whole.resolveSibling(whole.getFileName() + ".part");
    Files.write(part, bytes);
    Files.move(part, whole, StandardCopyOption.REPLACE_EXISTING);
  }

  private static SequencedMap<String, Tensor> tensors(
      ParameterLayout layout, MemorySegment parameters) {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    for (TensorSpec tensor : layout.tensors()) {
      if (tensor.isGain()) {
        ByteBuffer bytes = slice(parameters, tensor).asByteBuffer();
        tensors.put(tensor.name(), new Tensor("F32", gainShape(tensor), bytes));
      } else {
        FourBit rounded = FourBit.of(parameters, tensor);
        tensors.put(
            tensor.name() + PACKED,
            new Tensor("U8", FourBit.packedShape(tensor), rounded.packed()));
        tensors.put(
            tensor.name() + SCALE, new Tensor("F16", FourBit.scaleShape(tensor), rounded.scales()));
      }
    }
    return tensors;
  }

  /**
   * Reads a file back.
   *
   * @param allocator gives the region of parameters
   * @throws IOException if it cannot be read, is damaged or is no such file, saying what is wrong
   */
  public static Contents read(Path file, SegmentAllocator allocator) throws IOException {
    byte[] all = Files.readAllBytes(file);
    try {
      return contents(Safetensors.read(all), allocator);
    } catch (DamagedException | IllegalArgumentException e) {
      String message = file + " is damaged, or no file of four-bit weights: " + e.getMessage();
      throw new IOException(message, e);
    }
  }

  private static Contents contents(Safetensors file, SegmentAllocator allocator)
      throws DamagedException {
    check("format", file.metadata("format"), FORMAT);
    check("formatVersion", file.metadata("formatVersion"), VERSION);
    check("group", file.metadata("group"), Integer.toString(FourBit.GROUP));
    ModelConfig model = model(file.metadata("model"));
    ParameterLayout layout = ParameterLayout.of(model);
    MemorySegment region = allocator.allocate(layout.regionBytes(), 64).fill((byte) 0);
    Set<String> left = new HashSet<>(file.tensors().keySet());
    for (TensorSpec tensor : layout.tensors()) {
      if (tensor.isGain()) {
        ByteBuffer bytes = take(file, left, tensor.name(), "F32", gainShape(tensor));
        slice(region, tensor).copyFrom(MemorySegment.ofBuffer(bytes));
      } else {
        FourBit.of(
                tensor,
                take(file, left, tensor.name() + PACKED, "U8", FourBit.packedShape(tensor)),
                take(file, left, tensor.name() + SCALE, "F16", FourBit.scaleShape(tensor)))
            .writeTo(region);
      }
    }
    if (!left.isEmpty()) {
      throw new DamagedException("the model has no tensor for " + left.iterator().next());
    }
    return new Contents(model, region);
  }

  private static ModelConfig model(String text) throws DamagedException {
    try {
      return JSON.readValue(text, ModelConfig.class);
    } catch (JsonProcessingException e) {
      throw new DamagedException("its model is '" + text + "': " + e.getOriginalMessage());
    }
  }

  private static ByteBuffer take(
      Safetensors file, Set<String> left, String name, String dtype, List<Integer> shape)
      throws DamagedException {
    Tensor tensor = file.tensors().get(name);
    if (tensor == null) {
      throw new DamagedException("it has no tensor " + name);
    }
    left.remove(name);
    check(name, tensor.dtype() + tensor.shape(), dtype + shape);
    return tensor.bytes();
  }

  private static void check(String what, String actual, String wanted) throws DamagedException {
    if (!actual.equals(wanted)) {
      throw new DamagedException(what + " is '" + actual + "' where '" + wanted + "' is expected");
    }
  }

  private static List<Integer> gainShape(TensorSpec tensor) {
    return List.of(tensor.columns());
  }

  private static MemorySegment slice(MemorySegment region, TensorSpec tensor) {
    return region.asSlice(tensor.offset() * Float.BYTES, tensor.size() * Float.BYTES);
  }
}
