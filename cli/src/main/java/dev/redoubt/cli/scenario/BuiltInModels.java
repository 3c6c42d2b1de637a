package dev.redoubt.cli.scenario;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The models by their names alone, without the code that trains them. */
public final class BuiltInModels implements ModelCatalog {

  private static final Map<String, Dimensions> PRESETS = presetsInOrder();

  private static Map<String, Dimensions> presetsInOrder() {
    Map<String, Dimensions> presets = new LinkedHashMap<>();
    presets.put("pico", new Dimensions(2, 32, 2, 16, 96, 256, 64));
    presets.put("nano", new Dimensions(4, 64, 4, 16, 192, 256, 128));
    return presets;
  }

  @Override
  public List<String> presets() {
    return List.copyOf(PRESETS.keySet());
  }

  @Override
  public Optional<Dimensions> preset(String name) {
    return Optional.ofNullable(PRESETS.get(name));
  }

  @Override
  public List<Tensor> tensors(Dimensions d) {
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(new Tensor("embedding", List.of(d.vocabulary(), d.width())));
    for (int layer = 0; layer < d.layers(); layer++) {
      tensors.addAll(block("blocks." + layer + ".", d));
    }
    tensors.add(new Tensor("final.norm", List.of(d.width())));
    tensors.add(new Tensor("head", List.of(d.width(), d.vocabulary())));
    return List.copyOf(tensors);
  }

  private static List<Tensor> block(String prefix, Dimensions d) {
    int attention = d.heads() * d.headSize();
    return List.of(
        new Tensor(prefix + "attention.norm", List.of(d.width())),
        new Tensor(prefix + "attention.query", List.of(d.width(), attention)),
        new Tensor(prefix + "attention.key", List.of(d.width(), attention)),
        new Tensor(prefix + "attention.value", List.of(d.width(), attention)),
        new Tensor(prefix + "attention.output", List.of(attention, d.width())),
        new Tensor(prefix + "ffn.norm", List.of(d.width())),
        new Tensor(prefix + "ffn.gate", List.of(d.width(), d.ffnWidth())),
        new Tensor(prefix + "ffn.up", List.of(d.width(), d.ffnWidth())),
        new Tensor(prefix + "ffn.down", List.of(d.ffnWidth(), d.width())));
  }
}
