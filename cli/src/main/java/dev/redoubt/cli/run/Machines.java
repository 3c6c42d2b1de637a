package dev.redoubt.cli.run;

import dev.redoubt.cli.EnvironmentException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * Containers for the members of a run: those of a compose cluster that is up, or else containers of
 * the run's own, in a network of its own. The image is the same.
 */
final class Machines implements AutoCloseable {

  /** On containers that stand by for any run. */
  static final String STANDING = "dev.redoubt.machine=standing";

  private static final String OWN = "dev.redoubt.run";
  private static final String ADDRESS = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";

  /** A machine of ours that runs no member for so long ends. */
  private static final String IDLE_SECONDS = "60";

  private final Docker docker;
  private final String image;
  private final String run;
  private final boolean standing;
  private final Deque<String> idle = new ArrayDeque<>();
  private final List<Container> taken = new ArrayList<>();

  private Machines(Docker docker, String image, String run, List<String> standing) {
    this.docker = docker;
    this.image = image;
    this.run = run;
    this.standing = !standing.isEmpty();
    this.idle.addAll(standing);
  }

  /**
   * The machines for a run.
   *
   * @param run its name, from which containers and network get theirs
   * @param members that it begins with
   */
  static Machines of(Docker docker, String image, String run, int members)
      throws IOException, EnvironmentException {
    List<String> standing = standing(docker);
    if (!standing.isEmpty() && standing.size() < members) {
      throw new EnvironmentException(
          ("%d machines of the compose cluster are idle, and the scenario needs %d: start more"
                  + " (docker-compose up --detach --scale machine=%d), or take the cluster down,"
                  + " and the run makes its own")
              .formatted(standing.size(), members, members));
    }
    Machines machines = new Machines(docker, image, run, standing);
    if (standing.isEmpty()) {
      machines.prepare();
    }
    return machines;
  }

  private static List<String> standing(Docker docker) throws IOException {
    List<String> idle = new ArrayList<>();
    for (String name :
        docker.lines("ps", "--filter", "label=" + STANDING, "--format", "{{.Names}}")) {
      if (!runsAMember(docker, name)) {
        idle.add(name);
      }
    }
    return idle.stream().sorted().toList();
  }

  private void prepare() throws IOException, EnvironmentException {
    if (docker.tryTo("image", "inspect", "--format", "{{.Id}}", image).isEmpty()) {
      throw new EnvironmentException(
          "there is no image '%s': build it (docker build --tag %s .)".formatted(image, image));
    }
    // What killed runs have left behind, and nothing that runs.
    docker.run("container", "prune", "--force", "--filter", "label=" + OWN);
    docker.run("network", "create", "--label", OWN + "=" + run, run);
  }

  /** A machine that nobody has; {@code member} is who will run on it. */
  Container take(String member) throws IOException {
    String id = standing ? next(member) : start(member);
    String[] addresses = docker.run("inspect", "--format", ADDRESS, id).split(" ");
    if (addresses.length != 1 || addresses[0].isBlank()) {
      throw new IOException(
          id + " has the addresses " + Arrays.toString(addresses) + ", expected one");
    }
    Container container = new Container(docker, id, addresses[0], !standing);
    taken.add(container);
    return container;
  }

  /** One that stands by; else one that was taken, and whose member is gone, is put in order. */
  private String next(String member) throws IOException {
    String free = idle.poll();
    if (free != null) {
      return free;
    }
    for (Container old : List.copyOf(taken)) {
      if (!runsAMember(docker, old.id())) {
        old.discard();
        taken.remove(old);
        return old.id();
      }
    }
    throw new IOException("no machine of the compose cluster is free for " + member);
  }

  /** One that is off runs nothing. */
  private static boolean runsAMember(Docker docker, String id) {
    return docker
        .tryTo("top", id, "-o", "pid,comm")
        .filter(said -> said.lines().anyMatch(line -> line.endsWith(" java")))
        .isPresent();
  }

  private String start(String member) throws IOException {
    String name = run + "-" + member.replaceAll("[^A-Za-z0-9]", ".").toLowerCase(Locale.ROOT);
    docker.run(
        "run",
        "--detach",
        "--init",
        "--name",
        name,
        "--hostname",
        name,
        "--label",
        OWN + "=" + run,
        "--network",
        run,
        "--cap-drop",
        "ALL",
        "--cap-add",
        "NET_ADMIN",
        "--cap-add",
        "DAC_OVERRIDE",
        "--cap-add",
        "FOWNER",
        image,
        IDLE_SECONDS);
    return name;
  }

  @Override
  public void close() {
    taken.forEach(Container::discard);
    if (!standing) {
      docker.tryTo("network", "rm", run);
    }
  }
}
