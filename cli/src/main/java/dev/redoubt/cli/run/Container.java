package dev.redoubt.cli.run;

import dev.redoubt.node.process.Hardware;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A container that is one member's machine. Its power is the engine's {@code kill}, it stands still
 * by the engine's freezer, and its network is cut by iptables in its own network namespace, so that
 * what is cut off loses control messages and tensors alike, and hears of it from nobody.
 */
final class Container implements Hardware {

  private static final String STATE = "{{.State.Status}} {{.State.ExitCode}}";
  private static final int SIGKILL_CODE = 137;
  private static final int FREEZES_MAX = 20;

  private final Docker docker;
  private final String id;
  private final String host;
  private final boolean isOurs;
  private Set<String> deafTo = Set.of();
  private boolean stands;
  private boolean discarded;

  /**
   * A container that runs.
   *
   * @param id its name
   * @param host its address in the network of the machines
   * @param isOurs whether it is to be removed at the end; one that was there before is put in order
   */
  Container(Docker docker, String id, String host, boolean isOurs) {
    this.docker = docker;
    this.id = id;
    this.host = host;
    this.isOurs = isOurs;
  }

  String id() {
    return id;
  }

  @Override
  public String name() {
    return "container " + id;
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public @Nullable String kill() {
    if (docker.tryTo("kill", id).isEmpty()) {
      return null;
    }
    String state = docker.tryTo("inspect", "--format", STATE, id).orElse("gone");
    return state.equals("exited " + SIGKILL_CODE)
        ? "%s has exited with %d after docker kill".formatted(name(), SIGKILL_CODE)
        : null;
  }

  @Override
  public @Nullable String stop() {
    // A busy container may not freeze at once: then the engine gives up, and lets it go on.
    for (int i = 0; i < FREEZES_MAX && !stands; i++) {
      stands =
          docker.tryTo("pause", id).isPresent()
              && docker.tryTo("inspect", "--format", STATE, id).orElse("").startsWith("paused");
    }
    return stands ? name() + " is paused: every process of it is frozen" : null;
  }

  @Override
  public boolean resume() {
    if (docker.tryTo("unpause", id).isEmpty()) {
      return false;
    }
    stands = false;
    return wall(deafTo);
  }

  @Override
  public boolean deafTo(Set<String> hosts) {
    // Nothing can be started in a frozen container; it hears nothing until it goes on anyway.
    deafTo = Set.copyOf(hosts);
    return stands || wall(deafTo);
  }

  private boolean wall(Set<String> hosts) {
    String drops =
        new TreeSet<>(hosts)
            .stream()
                .map(one -> " && iptables -A REDOUBT -s " + one + " -j DROP")
                .collect(Collectors.joining());
    String chain =
        "{ iptables -F REDOUBT 2>/dev/null"
            + " || { iptables -N REDOUBT && iptables -I INPUT -j REDOUBT; }; }";
    return docker.tryTo("exec", "-u", "0", id, "sh", "-c", chain + drops).isPresent();
  }

  /** Runs a command in it and returns what it printed. */
  String run(String... command) throws IOException {
    List<String> all = new ArrayList<>(List.of("exec", id));
    all.addAll(List.of(command));
    return docker.run(new byte[0], all);
  }

  /**
   * Copies a file into it, readable for its user only.
   *
   * @param path where, in a folder that its user may make
   */
  void put(Path file, String path) throws IOException {
    String folder = path.substring(0, path.lastIndexOf('/'));
    docker.run(
        Files.readAllBytes(file),
        List.of(
            "exec",
            "-i",
            id,
            "sh",
            "-c",
            "umask 077; mkdir -p \"$1\" && cat >\"$2\"",
            "sh",
            folder,
            path));
  }

  /** Copies a file or folder to the same path, readable for everybody, unless it is there. */
  void mirror(Path source) throws IOException {
    String path = source.toString();
    if (docker.tryTo("exec", id, "test", "-e", path).isEmpty()) {
      String parent = String.valueOf(source.getParent());
      docker.run("exec", "-u", "0", id, "mkdir", "-p", parent);
      docker.run("cp", "-L", path, id + ":" + parent + "/");
      docker.run("exec", "-u", "0", id, "chmod", "-R", "a+rX", path);
    }
  }

  /** Once: afterwards the machine is another one, or somebody else's. */
  @Override
  public void discard() {
    if (discarded) {
      return;
    }
    discarded = true;
    if (isOurs) {
      docker.tryTo("rm", "--force", "--volumes", id);
    } else {
      docker.tryTo("restart", "--time", "0", id);
    }
  }
}
