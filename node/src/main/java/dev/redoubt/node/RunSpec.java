package dev.redoubt.node;

import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Pause;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.program.ProductChecks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
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
 * @param returnsAfter so many committed steps after its loss every machine is there again, with
 *     empty memory and a new name; empty if they stay away, but for crashes that say otherwise
 * @param checkpoints where versions are kept on disk; null: only in memory
 * @param scrubBytesPerSecond what a worker reads of its stored versions at most; 0 = no limit
 * @param tls whether members talk only to those with a certificate of the run's own authority
 * @param products which matrix products workers check when they are computed
 * @param disk folder of the versions that the rules want on disk; null until it is known
 * @param scan whether workers scan their machines before they join, and while they have no rank
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
    OptionalInt returnsAfter,
    @Nullable Checkpoints checkpoints,
    long scrubBytesPerSecond,
    boolean tls,
    ProductChecks products,
    boolean scan,
    @Nullable Path disk) {

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
    this(
        protocol,
        model,
        train,
        data,
        frameDigests,
        faults,
        controllers,
        port,
        OptionalInt.empty(),
        null,
        Scrubber.UNLIMITED,
        false,
        ProductChecks.NONE,
        false,
        null);
  }

  /** The same run, from a checkpoint on, with checkpoints on the way. */
  public RunSpec with(Checkpoints job) {
    return with(
        faults, protocol.from(job.from()), returnsAfter, job, scrubBytesPerSecond, tls, products);
  }

  /** The same run, with machines that come back so many committed steps after their loss. */
  public RunSpec returning(OptionalInt afterSteps) {
    return with(faults, protocol, afterSteps, checkpoints, scrubBytesPerSecond, tls, products);
  }

  /** The same run, with or without certificates. */
  public RunSpec withTls(boolean on) {
    return with(faults, protocol, returnsAfter, checkpoints, scrubBytesPerSecond, on, products);
  }

  /** The same run, in which no worker scrubs more than so many bytes a second; 0 = no limit. */
  public RunSpec scrubbing(long bytesPerSecond) {
    return with(faults, protocol, returnsAfter, checkpoints, bytesPerSecond, tls, products);
  }

  /** The same run, in which workers check these matrix products. */
  public RunSpec checking(ProductChecks which) {
    return with(faults, protocol, returnsAfter, checkpoints, scrubBytesPerSecond, tls, which);
  }

  /** The same run, in which workers scan their machines, or do not. */
  public RunSpec scanning(boolean on) {
    return with(on, disk);
  }

  /** The same run, with a folder for the versions that its rules want on disk. */
  public RunSpec onDisk(Path folder) {
    return with(scan, folder);
  }

  private RunSpec with(boolean scanning, @Nullable Path folder) {
    return new RunSpec(
        protocol,
        model,
        train,
        data,
        frameDigests,
        faults,
        controllers,
        port,
        returnsAfter,
        checkpoints,
        scrubBytesPerSecond,
        tls,
        products,
        scanning,
        folder);
  }

  /** The same run, in which faults may be asked for while it goes. */
  public RunSpec openToFaults() {
    return with(
        faults.opened(), protocol, returnsAfter, checkpoints, scrubBytesPerSecond, tls, products);
  }

  private RunSpec with(
      FaultPlan plan,
      ProtocolConfig rules,
      OptionalInt returns,
      @Nullable Checkpoints job,
      long scrub,
      boolean secure,
      ProductChecks checks) {
    return new RunSpec(
        rules,
        model,
        train,
        data,
        frameDigests,
        plan,
        controllers,
        port,
        returns,
        job,
        scrub,
        secure,
        checks,
        scan,
        disk);
  }

  /** Checks what goes together; where there are several controllers, one may succeed another. */
  public RunSpec {
    if (controllers > 1 && protocol.succession() == ProtocolConfig.Succession.NONE) {
      protocol = protocol.with(ProtocolConfig.Succession.MAJORITY_OF_LIVING);
    }
    if (scrubBytesPerSecond < 0) {
      throw new IllegalArgumentException("no budget of " + scrubBytesPerSecond + " bytes a second");
    }
    if (products != ProductChecks.NONE && protocol.stateDigestEvery() != 1) {
      // Who has no rank keeps what it holds, and only by its digest is a wrong version known later.
      throw new IllegalArgumentException(
          "checks of products need stateDigestEvery 1, not " + protocol.stateDigestEvery());
    }
    if (controllers < 1) {
      throw new IllegalArgumentException("a run needs at least 1 controller, not " + controllers);
    }
  }

  /** Whether members have to be cut off from each other. */
  boolean cutsTheNetwork() {
    return faults.open()
        || faults.faults().stream().anyMatch(f -> f instanceof Partition || isMissed(f));
  }

  /** Whether a machine stands still for so long that the membership misses its heartbeats. */
  static boolean isMissed(Fault fault) {
    return switch (fault) {
      case Hang ignored -> true;
      case Pause pause -> pause.length().compareTo(MembershipTimes.configured().pause()) > 0;
      default -> false;
    };
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

  /** How many members one waits for before it takes part: those of the start, or only itself. */
  public int awaited(String member) {
    return members().contains(member) ? members().size() : 1;
  }

  /** How long nobody may lead before a run is given up, much longer than a succession takes. */
  public Duration patience() {
    return Duration.ofMillis(protocol.timeouts().joinMillisMax());
  }

  /** Why it is given up then. */
  public String noSuccessor() {
    return "no controller took over within " + patience().toMillis() + " ms";
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
