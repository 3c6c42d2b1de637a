package dev.redoubt.simulator;

import dev.redoubt.fault.Place;
import dev.redoubt.fault.Site;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TensorSpec;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.OutputCells;
import dev.redoubt.trainer.program.Shard;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Every place on a worker where data can be struck.
 *
 * @param layout of its parameters
 * @param operations that write something, in the order in which they run
 * @param tokens of a microbatch
 */
public record Places(ParameterLayout layout, List<Operation> operations, int tokens) {

  /**
   * An operation of a microbatch.
   *
   * @param name with its tile
   * @param size floats that it writes
   * @param product whether it is a matrix product
   */
  public record Operation(String name, long size, boolean product) {}

  /** Copies the list. */
  public Places {
    operations = List.copyOf(operations);
  }

  /** Of a pod of one worker. */
  public static Places of(ModelConfig model, TrainConfig train) {
    List<Operation> operations =
        Trainer.program(model, train, Shard.WHOLE, true).instructions().stream()
            .filter(OutputCells::has)
            .map(Places::operation)
            .toList();
    return new Places(
        ParameterLayout.of(model), operations, train.batchSize() * train.sequenceLength());
  }

  private static Operation operation(Instruction instruction) {
    return new Operation(
        instruction.toString(),
        (long) instruction.outputs().getFirst().rows() * instruction.outputs().getFirst().columns(),
        instruction.kind() == Instruction.Kind.PRODUCT);
  }

  /** How many elements a site has. */
  long count(Site site) {
    return switch (site) {
      case ACTIVATIONS, PRODUCT -> of(site).mapToLong(Operation::size).sum();
      case TOKENS -> tokens;
      case DIGEST, AUDIT -> 1;
      case PARAMETERS, FIRST_MOMENTS, SECOND_MOMENTS, STORED_COPY, GRADIENT, REDUCED_GRADIENT ->
          layout.parameterCount();
    };
  }

  private Stream<Operation> of(Site site) {
    return operations.stream().filter(one -> one.product() || site == Site.ACTIVATIONS);
  }

  /**
   * An element of a site, and how many there are from it to the end of its tensor.
   *
   * @param place of it
   * @param room at least 1
   */
  record Spot(Place place, long room) {}

  /**
   * The element of that number.
   *
   * @param number from 0 to below {@link #count}
   */
  Spot spot(Site site, long number) {
    return switch (site) {
      case ACTIVATIONS, PRODUCT -> operation(site, number);
      case TOKENS -> new Spot(Place.of(site, "", number), tokens - number);
      case DIGEST, AUDIT -> new Spot(Place.of(site, "", 0), 1);
      case PARAMETERS, FIRST_MOMENTS, SECOND_MOMENTS, STORED_COPY, GRADIENT, REDUCED_GRADIENT ->
          tensor(site, number);
    };
  }

  private Spot operation(Site site, long number) {
    long element = number;
    for (Operation operation : of(site).toList()) {
      if (element < operation.size()) {
        return new Spot(Place.of(site, operation.name(), element), operation.size() - element);
      }
      element -= operation.size();
    }
    throw new IndexOutOfBoundsException("the operations write fewer floats than " + number);
  }

  private Spot tensor(Site site, long number) {
    OptionalInt age = site == Site.STORED_COPY ? OptionalInt.of(1) : OptionalInt.empty();
    long element = number;
    for (TensorSpec tensor : layout.tensors()) {
      if (element < tensor.size()) {
        Place place = new Place(site, tensor.name(), element, OptionalInt.empty(), age);
        return new Spot(place, tensor.size() - element);
      }
      element -= tensor.size();
    }
    throw new IndexOutOfBoundsException("the layout has fewer parameters than " + number);
  }
}
