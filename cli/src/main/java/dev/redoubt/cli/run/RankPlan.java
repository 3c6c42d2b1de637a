package dev.redoubt.cli.run;

import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.core.Assignment;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.WorkerId;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Bucket;
import dev.redoubt.trainer.program.Program;
import dev.redoubt.trainer.program.Program.CollectivePlan;
import dev.redoubt.trainer.program.Program.Pass;
import dev.redoubt.trainer.program.Shard;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What each rank of a pod holds and does in a step, as the compiled program says it: nothing is
 * estimated but the gradients that are in memory at once, which is their largest number.
 *
 * @param dataAxis pods: the mesh's axis over which microbatches are split
 * @param modelAxis ranks of a pod: the axis over which the model is split
 * @param ranks what each holds
 * @param overlap whether exchanges hide behind computing
 * @param flopsForward of one rank for one microbatch
 * @param flopsBackward of one rank for one microbatch, what is computed again included
 * @param exchanges between the ranks of a pod, for each microbatch
 * @param buckets parts in which a gradient leaves for the other pods
 * @param schedule every operation in the order in which it runs
 */
public record RankPlan(
    int dataAxis,
    int modelAxis,
    List<RankBytes> ranks,
    boolean overlap,
    long flopsForward,
    long flopsBackward,
    List<Exchange> exchanges,
    List<Part> buckets,
    List<Scheduled> schedule) {

  /**
   * What the JVM of a process with one worker takes beside: heap, code and classes. Measured with
   * the launcher's options; the heap may grow beyond it where there is much free memory.
   */
  public static final long JVM_BYTES = 256L << 20;

  /** Copies the lists. */
  public RankPlan {
    ranks = List.copyOf(ranks);
    exchanges = List.copyOf(exchanges);
    buckets = List.copyOf(buckets);
    schedule = List.copyOf(schedule);
  }

  /**
   * Native memory of a rank.
   *
   * @param rank its index in the pod
   * @param parameters floats, those that every rank has included
   * @param versionBytes one version: parameters and both moments
   * @param storedBytes all versions that are kept
   * @param gradientBytes all gradients that are there at once, own and received
   * @param workspaceBytes activations and what is exchanged, as planned by the program
   */
  public record RankBytes(
      int rank,
      long parameters,
      long versionBytes,
      long storedBytes,
      long gradientBytes,
      long workspaceBytes) {

    /** All of it. */
    public long totalBytes() {
      return storedBytes + gradientBytes + workspaceBytes;
    }
  }

  /**
   * A collective.
   *
   * @param kind all-reduce, reduce-scatter or all-gather
   * @param bytes that a rank sends for a microbatch
   * @param startAt place in the schedule
   * @param awaitAt place in the schedule
   * @param flopsBetween what is computed meanwhile
   */
  public record Exchange(
      String name, String kind, long bytes, int startAt, int awaitAt, long flopsBetween) {}

  /**
   * A bucket.
   *
   * @param readyAt the place in the schedule after which it is final
   */
  public record Part(int index, long bytes, int readyAt) {}

  /**
   * An operation or half of an exchange.
   *
   * @param shape of the whole value, empty for the half that sends
   * @param sharding what of it a rank has, empty for the half that sends
   */
  public record Scheduled(
      int place, String name, String pass, String shape, String sharding, long bytes, long flops) {}

  /** Compiles the program of a scenario; no memory is taken for values. */
  public static RankPlan of(Scenario scenario) {
    ModelConfig model = TrainerModels.model(scenario.model().name(), scenario.model().dimensions());
    TrainConfig train = Conversion.train(scenario);
    int count = scenario.cluster().workersPerPod();
    boolean overlap = scenario.train().overlap();
    Program program = Trainer.program(model, train, new Shard(0, count), overlap);
    return new RankPlan(
        scenario.cluster().pods(),
        count,
        IntStream.range(0, count)
            .mapToObj(rank -> bytes(scenario, model, new Shard(rank, count), program))
            .toList(),
        overlap,
        program.flops(Pass.FORWARD),
        program.flops(Pass.BACKWARD),
        program.collectives().stream().map(RankPlan::exchange).toList(),
        program.buckets().stream().map(bucket -> part(program, bucket)).toList(),
        schedule(program));
  }

  private static RankBytes bytes(
      Scenario scenario, ModelConfig model, Shard shard, Program program) {
    ParameterLayout layout = ParameterLayout.of(model, shard);
    return new RankBytes(
        shard.index(),
        layout.parameterCount(),
        layout.stateBytes(),
        Math.multiplyExact(layout.stateBytes(), scenario.redundancy().keepVersions()),
        Math.multiplyExact(layout.regionBytes(), gradients(scenario)),
        program.workspaceBytes());
  }

  private static long gradients(Scenario scenario) {
    int pods = scenario.cluster().pods();
    List<Seat> seats =
        IntStream.range(0, pods)
            .mapToObj(pod -> new Seat(new Rank(pod, 0), new WorkerId("pod" + pod)))
            .toList();
    return GradientCount.most(new Assignment(1, scenario.train().microbatches(), seats));
  }

  private static Exchange exchange(CollectivePlan plan) {
    return new Exchange(
        plan.collective().name(),
        word(plan.collective().kind()),
        plan.collective().bytes(),
        plan.startAt(),
        plan.awaitAt(),
        plan.flopsBetween());
  }

  private static Part part(Program program, Bucket bucket) {
    return new Part(bucket.index(), bucket.bytes(), program.readyAfter(bucket));
  }

  private static List<Scheduled> schedule(Program program) {
    Map<String, Program.OperationPlan> operations =
        program.operations().stream()
            .collect(Collectors.toMap(Program.OperationPlan::name, Function.identity()));
    List<String> names = program.schedule();
    List<Scheduled> places = new ArrayList<>();
    for (int place = 0; place < names.size(); place++) {
      places.add(scheduled(place, names.get(place), operations.get(names.get(place))));
    }
    return places;
  }

  private static Scheduled scheduled(
      int place, String name, Program.@Nullable OperationPlan operation) {
    return operation == null
        ? new Scheduled(place, name, "", "", "", 0, 0)
        : new Scheduled(
            place,
            name,
            word(operation.pass()),
            operation.rows() + " x " + operation.columns(),
            word(operation.sharding()),
            operation.bytes(),
            operation.flops());
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
