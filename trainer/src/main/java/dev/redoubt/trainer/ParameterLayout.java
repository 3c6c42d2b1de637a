package dev.redoubt.trainer;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.trainer.program.Shard;
import dev.redoubt.trainer.program.Split;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each tensor stands in the model state, or in a rank's part of it.
 *
 * <p>The ranks of a pod share out the matrices: what reads the residual stream by its columns, what
 * writes into it by its rows, so that a split contraction is cut along its slices (Shoeybi et al.
 * 2019). Every rank has the gains of the norms. The order of the tensors is the same in each part.
 *
 * <p>The state is three regions of one layout, one after the other: parameters, first moments,
 * second moments. Each tensor begins at a cache line, each region at a digest block; the gaps are
 * zeros. A gradient is one such region.
 */
public final class ParameterLayout {

  private static final int ALIGNMENT = 16;
  static final int REGIONS = 3;
  private static final int NEAR_NAMES = 3;
  private static final long BLOCK_FLOATS = BlockDigest.BLOCK_BYTES / Float.BYTES;

  private final Shard shard;
  private final List<TensorSpec> tensors;
  private final Map<String, TensorSpec> byName = new LinkedHashMap<>();
  private final long regionFloats;

  private ParameterLayout(ModelConfig model, Shard shard) {
    this.shard = shard;
    List<TensorSpec> specs = new Builder(shard).model(model);
    tensors = List.copyOf(specs);
    tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
    regionFloats = roundUp(end(tensors.getLast()), BLOCK_FLOATS);
  }

  /** The layout of a whole model's state. */
  public static ParameterLayout of(ModelConfig model) {
    return of(model, Shard.WHOLE);
  }

  /** The layout of one rank's part of a model's state. */
  public static ParameterLayout of(ModelConfig model, Shard shard) {
    return new ParameterLayout(model, shard);
  }

  /** Whose part it is. */
  public Shard shard() {
    return shard;
  }

  /** All tensors in the order of their offsets. */
  public List<TensorSpec> tensors() {
    return tensors;
  }

  /**
   * A tensor by its name.
   *
   * @throws IllegalArgumentException if there is none, listing the nearest names
   */
  public TensorSpec tensor(String name) {
    TensorSpec tensor = byName.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "no tensor is called '" + name + "'; near it are " + String.join(", ", near(name)));
    }
    return tensor;
  }

  private List<String> near(String name) {
    return byName.keySet().stream()
        .sorted(Comparator.comparingInt(known -> Names.distance(name, known)))
        .limit(NEAR_NAMES)
        .toList();
  }

  /** Trainable floats of this part, without the gaps. */
  public long parameterCount() {
    return tensors.stream().mapToLong(TensorSpec::size).sum();
  }

  /** Floats in a region, whole digest blocks. */
  public long regionFloats() {
    return regionFloats;
  }

  /** Bytes in a region, and in a gradient. */
  public long regionBytes() {
    return regionFloats * Float.BYTES;
  }

  /** Bytes in the model state: all three regions. */
  public long stateBytes() {
    return REGIONS * regionBytes();
  }

  /** In bytes from the state's start. */
  public long parametersOffset() {
    return 0;
  }

  /** In bytes from the state's start. */
  public long firstMomentsOffset() {
    return regionBytes();
  }

  /** In bytes from the state's start. */
  public long secondMomentsOffset() {
    return 2 * regionBytes();
  }

  private static long end(TensorSpec tensor) {
    return tensor.offset() + tensor.size();
  }

  private static long roundUp(long value, long multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }

  /** Lays the tensors one after the other. */
  private static final class Builder {

    private final Shard shard;
    private final List<TensorSpec> specs = new ArrayList<>();

    Builder(Shard shard) {
      this.shard = shard;
    }

    List<TensorSpec> model(ModelConfig model) {
      add("embedding", model.vocabulary(), model.width(), Split.COLUMNS);
      if (model.sees()) {
        add("inputs.image", model.patchWidth(), model.width(), Split.COLUMNS);
      }
      if (model.hears()) {
        add("inputs.audio", model.audioFrame(), model.width(), Split.COLUMNS);
      }
      for (int layer = 0; layer < model.layers(); layer++) {
        block("blocks." + layer, model);
      }
      add("final.norm", 1, model.width(), Split.NONE);
      add("head", model.width(), model.vocabulary(), Split.COLUMNS);
      return specs;
    }

    private void block(String block, ModelConfig model) {
      add(block + ".attention.norm", 1, model.width(), Split.NONE);
      add(block + ".attention.query", model.width(), model.queryWidth(), Split.COLUMNS);
      add(block + ".attention.key", model.width(), model.headSize(), Split.COLUMNS);
      add(block + ".attention.value", model.width(), model.headSize(), Split.COLUMNS);
      add(block + ".attention.output", model.queryWidth(), model.width(), Split.ROWS);
      add(block + ".ffn.norm", 1, model.width(), Split.NONE);
      add(block + ".ffn.gate", model.width(), model.ffnWidth(), Split.COLUMNS);
      add(block + ".ffn.up", model.width(), model.ffnWidth(), Split.COLUMNS);
      add(block + ".ffn.down", model.ffnWidth(), model.width(), Split.ROWS);
    }

    /** Adds this rank's part of a tensor whose whole is rows x columns. */
    private void add(String name, int rows, int columns, Split split) {
      long offset = specs.isEmpty() ? 0 : roundUp(end(specs.getLast()), ALIGNMENT);
      int partRows = split == Split.ROWS ? rows / shard.count() : rows;
      int partColumns = split == Split.COLUMNS ? columns / shard.count() : columns;
      specs.add(new TensorSpec(name, partRows, partColumns, offset, split, shard));
    }
  }
}
