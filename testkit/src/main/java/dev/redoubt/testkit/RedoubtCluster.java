package dev.redoubt.testkit;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.ExecConfig;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * Machines in containers that a test breaks by hand, while a run in mode {@code containers} has its
 * members on them. Nothing of it is asked for by the scenario, so that the run has to find out.
 *
 * <pre>{@code
 * try (RedoubtCluster cluster = RedoubtCluster.of("redoubt", 6)) {
 *   cluster.start();
 *   ScenarioRun.Going run = ScenarioRun.of(file).inMode("containers").start();
 *   run.awaitEvent("\"step\":20");
 *   cluster.kill(run.machineOf("w1"));
 *   assertThat(run.await()).endedOnGoldenBits().lostNothing();
 * }
 * }</pre>
 */
public final class RedoubtCluster implements AutoCloseable {

  private static final String LABEL = "dev.redoubt.machine";
  private static final Duration START = Duration.ofMinutes(2);

  private final Network network = Network.newNetwork();
  private final List<GenericContainer<?>> machines = new ArrayList<>();

  private RedoubtCluster(String image, int machines) {
    for (int i = 0; i < machines; i++) {
      this.machines.add(machine(image));
    }
  }

  /**
   * Machines of an image that {@code docker build} made of Redoubt's Dockerfile; not started yet.
   *
   * @param machines at least as many as the scenarios have members: workers, spares, controllers
   */
  public static RedoubtCluster of(String image, int machines) {
    return new RedoubtCluster(image, machines);
  }

  @SuppressWarnings("resource") // Closed with the cluster.
  private GenericContainer<?> machine(String image) {
    return new GenericContainer<>(DockerImageName.parse(image))
        .withLabel(LABEL, "standing")
        .withNetwork(network)
        .withStartupTimeout(START)
        .waitingFor(Wait.forHealthcheck())
        .withCreateContainerCmdModifier(
            create -> {
              HostConfig host = Objects.requireNonNull(create.getHostConfig());
              host.withInit(true)
                  .withCapDrop(Capability.ALL)
                  .withCapAdd(Capability.NET_ADMIN, Capability.DAC_OVERRIDE, Capability.FOWNER);
            });
  }

  /** Starts all machines; returns when they are healthy. */
  public void start() {
    machines.parallelStream().forEach(GenericContainer::start);
  }

  /** Their names. */
  public List<String> machines() {
    return machines.stream().map(RedoubtCluster::name).toList();
  }

  private static String name(GenericContainer<?> machine) {
    InspectContainerResponse info = machine.getContainerInfo();
    return info.getName().startsWith("/") ? info.getName().substring(1) : info.getName();
  }

  private GenericContainer<?> find(String name) {
    return machines.stream()
        .filter(machine -> name(machine).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no machine " + name + "; there are " + machines()));
  }

  /** Takes the power of a machine away. */
  public void kill(String name) {
    GenericContainer<?> machine = find(name);
    machine.getDockerClient().killContainerCmd(machine.getContainerId()).exec();
  }

  /** Freezes a machine, with all that it has in memory. */
  public void pause(String name) {
    GenericContainer<?> machine = find(name);
    machine.getDockerClient().pauseContainerCmd(machine.getContainerId()).exec();
  }

  /** Lets a frozen machine go on. */
  public void resume(String name) {
    GenericContainer<?> machine = find(name);
    machine.getDockerClient().unpauseContainerCmd(machine.getContainerId()).exec();
  }

  /** Cuts a machine off the network: in its own network namespace, nothing comes in or goes out. */
  public void cutOff(String name) throws InterruptedException {
    asRoot(name, "iptables -I INPUT ! -i lo -j DROP && iptables -I OUTPUT ! -o lo -j DROP");
  }

  /** Joins it to the network again. */
  public void rejoin(String name) throws InterruptedException {
    asRoot(name, "iptables -D INPUT ! -i lo -j DROP && iptables -D OUTPUT ! -o lo -j DROP");
  }

  /**
   * Delays what a machine sends, and loses some of it, by {@code tc netem}.
   *
   * @param lossPercent of the packets
   * @throws UnsupportedOperationException if the kernel has no netem
   */
  public void degrade(String name, Duration delay, double lossPercent) throws InterruptedException {
    try {
      asRoot(
          name,
          "tc qdisc replace dev eth0 root netem delay %dms loss %s%%"
              .formatted(delay.toMillis(), lossPercent));
    } catch (IllegalStateException e) {
      throw new UnsupportedOperationException(
          "tc netem does not work here: the kernel has no sch_netem, or the image no tc", e);
    }
  }

  private void asRoot(String name, String script) throws InterruptedException {
    try {
      ExecResult result =
          find(name)
              .execInContainer(
                  ExecConfig.builder()
                      .user("0")
                      .command(new String[] {"sh", "-c", script})
                      .build());
      if (result.getExitCode() != 0) {
        throw new IllegalStateException(
            "'%s' failed in %s: %s".formatted(script, name, result.getStderr().strip()));
      }
    } catch (IOException e) {
      throw new IllegalStateException("nothing can be run in " + name, e);
    }
  }

  @Override
  public void close() {
    machines.parallelStream().forEach(GenericContainer::stop);
    network.close();
  }
}
