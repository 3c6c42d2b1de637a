package dev.redoubt.trainer;

import dev.redoubt.trainer.program.Graph;
import dev.redoubt.trainer.program.Region;
import dev.redoubt.trainer.program.Tensor;
import java.util.List;

/**
 * The architecture: a decoder-only transformer with multi-query attention (Shazeer, "Fast
 * Transformer Decoding", 2019), rotary positions, a gated feed-forward and norms before each half
 * block.
 *
 * <p>This is all that says what the model computes; gradients, the partition over a mesh, memory
 * and order are made from it.
 */
final class DecoderGraph {

  /** The input with a patch of an image in each row that is one. */
  static final String IMAGE = "inputs.image.patches";

  /** The input with a frame of sound in each row that is one. */
  static final String AUDIO = "inputs.audio.frames";

  private final ModelConfig model;
  private final ParameterLayout whole;
  private final Graph graph;

  private DecoderGraph(ModelConfig model, int sequences, int sequenceLength) {
    this.model = model;
    whole = ParameterLayout.of(model);
    graph = new Graph(sequences, sequenceLength, model.headSize());
  }

  /** The mean loss over the rows of some sequences that have a target. */
  static Graph loss(ModelConfig model, int sequences, int sequenceLength) {
    DecoderGraph decoder = new DecoderGraph(model, sequences, sequenceLength);
    decoder.graph.crossEntropy("loss", decoder.head(decoder.stream()));
    return decoder.graph;
  }

  /** The logits of one row of one sequence: what follows it. */
  static Graph next(ModelConfig model, int sequenceLength) {
    DecoderGraph decoder = new DecoderGraph(model, 1, sequenceLength);
    Tensor row = decoder.graph.pickRow("row", decoder.stream());
    decoder.graph.result("logits", decoder.head(row));
    return decoder.graph;
  }

  /** Where a rank's part of each parameter stands. */
  static Region region(ParameterLayout layout) {
    List<Region.Entry> entries =
        layout.tensors().stream()
            .map(each -> new Region.Entry(each.name(), each.offset(), each.rows(), each.columns()))
            .toList();
    return new Region(layout.regionFloats(), entries);
  }

  private Tensor stream() {
    Tensor x = inputs();
    for (int layer = 0; layer < model.layers(); layer++) {
      x = attention("blocks." + layer + ".attention", x);
      x = feedForward("blocks." + layer + ".ffn", x);
    }
    return x;
  }

  /** A row is a token, a patch or a frame. */
  private Tensor inputs() {
    Tensor x = graph.embed("embedding", parameter("embedding"));
    if (model.sees()) {
      Tensor patches = graph.input(IMAGE, model.patchWidth());
      x = graph.product("inputs.image", patches, parameter("inputs.image"), x);
    }
    if (model.hears()) {
      Tensor frames = graph.input(AUDIO, model.audioFrame());
      x = graph.product("inputs.audio", frames, parameter("inputs.audio"), x);
    }
    return x;
  }

  /** Keys and values come first, so that a mesh gathers them while the queries are computed. */
  private Tensor attention(String name, Tensor x) {
    Tensor normal = graph.norm(name + ".norm", x, parameter(name + ".norm"));
    Tensor key = project(name + ".key", normal);
    Tensor value = project(name + ".value", normal);
    Tensor query = graph.rotate(name + ".query.rotary", project(name + ".query", normal));
    Tensor scores = graph.scores(name + ".scores", query, graph.rotate(name + ".key.rotary", key));
    Tensor mix = graph.mix(name + ".mix", graph.shares(name + ".shares", scores), value);
    return graph.add(name + ".residual", x, project(name + ".output", mix));
  }

  private Tensor feedForward(String name, Tensor x) {
    Tensor normal = graph.norm(name + ".norm", x, parameter(name + ".norm"));
    Tensor gate = project(name + ".gate", normal);
    Tensor active = graph.gated(name + ".active", gate, project(name + ".up", normal));
    return graph.add(name + ".residual", x, project(name + ".down", active));
  }

  private Tensor head(Tensor x) {
    return project("head", graph.norm("final.norm", x, parameter("final.norm")));
  }

  /** The product with the weight of that name. */
  private Tensor project(String name, Tensor x) {
    return graph.product(name, x, parameter(name));
  }

  private Tensor parameter(String name) {
    TensorSpec spec = whole.tensor(name);
    return graph.parameter(name, spec.rows(), spec.columns(), spec.split());
  }
}
