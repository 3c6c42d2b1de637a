package dev.redoubt.cli.run;

import dev.redoubt.cli.scenario.ModelCatalog;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.OutputCells;
import dev.redoubt.trainer.program.Shard;
import java.util.List;
import java.util.Optional;

/** The models that the trainer can train, in the words of a scenario. */
public final class TrainerModels implements ModelCatalog {

  @Override
  public List<String> presets() {
    return ModelConfig.presets();
  }

  @Override
  public Optional<Dimensions> preset(String name) {
    if (!presets().contains(name)) {
      return Optional.empty();
    }
    ModelConfig model = ModelConfig.preset(name);
    return Optional.of(
        new Dimensions(
            model.layers(),
            model.width(),
            model.heads(),
            model.headSize(),
            model.ffnWidth(),
            model.vocabulary(),
            model.contextLength(),
            model.imagePatch(),
            model.audioFrame()));
  }

  @Override
  public Optional<String> problem(Dimensions dimensions) {
    try {
      ModelConfig checked = model("inline", dimensions);
      return checked.vocabulary() < Dataset.VOCABULARY
          ? Optional.of(
              "a vocabulary of "
                  + checked.vocabulary()
                  + " cannot hold bytes, of which there are "
                  + Dataset.VOCABULARY)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public List<Tensor> tensors(Dimensions dimensions) {
    return tensors(dimensions, 1, 0);
  }

  @Override
  public List<Tensor> tensors(Dimensions dimensions, int ranks, int rank) {
    ParameterLayout layout = ParameterLayout.of(model("model", dimensions), new Shard(rank, ranks));
    return layout.tensors().stream()
        .map(tensor -> new Tensor(tensor.name(), List.of(tensor.rows(), tensor.columns())))
        .toList();
  }

  @Override
  public List<Operation> operations(
      Dimensions dimensions, int batchSize, int sequenceLength, int ranks) {
    TrainConfig train = TrainConfig.defaults(0, 1, 1, batchSize, sequenceLength);
    return Trainer.program(model("model", dimensions), train, new Shard(0, ranks), true)
        .instructions()
        .stream()
        .filter(OutputCells::has)
        .map(TrainerModels::operation)
        .toList();
  }

  private static Operation operation(Instruction instruction) {
    Matrix output = instruction.outputs().getFirst();
    Tensor written = new Tensor(instruction.toString(), List.of(output.rows(), output.columns()));
    Instruction.Factors factors = instruction.factors();
    return factors == null
        ? new Operation(written, false, 0, false)
        : new Operation(written, true, factors.depth(), factors.into() == Into.CONTINUE);
  }

  /** Bytes of one version of a shard, padding included. */
  public long versionBytes(Dimensions dimensions) {
    return layout(dimensions).stateBytes();
  }

  private static ParameterLayout layout(Dimensions dimensions) {
    return ParameterLayout.of(model("model", dimensions));
  }

  static ModelConfig model(String name, Dimensions dimensions) {
    return new ModelConfig(
        name,
        dimensions.layers(),
        dimensions.width(),
        dimensions.heads(),
        dimensions.headSize(),
        dimensions.ffnWidth(),
        dimensions.vocabulary(),
        dimensions.contextLength(),
        dimensions.imagePatch(),
        dimensions.audioFrame());
  }
}
