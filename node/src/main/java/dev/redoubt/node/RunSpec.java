package dev.redoubt.node;

import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Samples;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What to run.
 *
 * @param protocol the rules
 * @param model what is trained
 * @param train how
 * @param data on what; only read, so all workers of one process share it
 * @param frameDigests whether the fabric verifies frames
 * @param faults what goes wrong
 * @param controllers members that can be the controller, at least 1; one of them acts
 * @param port the first controller's; the others and then the workers take the ports after it; 0 =
 *     any free ones
 * @param checkpoints where versions are kept on disk; null: only in memory
 */
public record RunSpec(
    ProtocolConfig protocol,
    ModelConfig model,
    TrainConfig train,
    Samples data,
    boolean frameDigests,
    FaultPlan faults,
    int controllers,
    int port,
    @Nullable Checkpoints checkpoints) {

  /** A run that keeps its versions in memory only. */
  public RunSpec(
      ProtocolConfig protocol,
      ModelConfig model,
      TrainConfig train,
      Samples data,
      boolean frameDigests,
      FaultPlan faults,
      int controllers,
      int port) {
    this(protocol, model, train, data, frameDigests, faults, controllers, port, null);
  }

  /** The same run, from a checkpoint on, with checkpoints on the way. */
  public RunSpec with(Checkpoints disk) {
    return new RunSpec(
        protocol.from(disk.from()),
        model,
        train,
        data,
        frameDigests,
        faults,
        controllers,
        port,
        disk);
  }

  /** Checks the number of controllers. */
  public RunSpec {
    if (controllers < 1) {
      throw new IllegalArgumentException("a run needs at least 1 controller, not " + controllers);
    }
  }

  /** The names of all members: controllers c0, c1, then workers w0, w1, in the order of ports. */
  public List<String> members() {
    return Stream.concat(
            IntStream.range(0, controllers).mapToObj(i -> "c" + i),
            IntStream.range(0, protocol.mesh().workers()).mapToObj(i -> "w" + i))
        .toList();
  }

  /** Whether a worker will have no rank at first, if all come: the first names get the ranks. */
  public boolean beginsAsSpare(String member) {
    return role(member) == Role.WORKER
        && members().stream()
            .filter(name -> role(name) == Role.WORKER)
            .sorted(Comparator.comparing(WorkerId::new))
            .limit(protocol.mesh().seats())
            .noneMatch(member::equals);
  }

  /** The port of a member of {@link #members}. */
  public int port(String member) {
    return port == 0 ? 0 : port + members().indexOf(member);
  }

  /** What a member of {@link #members} is. */
  public static Role role(String member) {
    return member.startsWith("c") ? Role.CONTROLLER : Role.WORKER;
  }
}
