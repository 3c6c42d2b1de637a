package dev.redoubt.cli.run;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.Main;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.node.process.Launched;
import dev.redoubt.node.process.Launcher;
import dev.redoubt.node.process.Place;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Starts {@code redoubt node} in containers. What a member reads is copied into its machine first:
 * its place, the scenario, its certificates, and the data. Nothing has to be mounted.
 */
final class ContainerLauncher implements Launcher, AutoCloseable {

  /** The image of the machines, unless the environment says another. */
  static final String IMAGE_VARIABLE = "REDOUBT_IMAGE";

  private static final String IMAGE = "redoubt";
  private static final String HOME = "/home/redoubt/run";

  /** Where the machines find the JDK's sources: an image is of a JRE, which has none. */
  private static final String JDK = "/home/redoubt/jdk";

  private final Docker docker;
  private final Machines machines;
  private final Scenario scenario;
  private final Path directory;
  private final Path nodes;
  private final long heapBytes;
  private final boolean metrics;
  private boolean checked;
  private final Map<String, Container> containers = new HashMap<>();

  private ContainerLauncher(
      Docker docker,
      Machines machines,
      Scenario scenario,
      Path directory,
      Path nodes,
      long heapBytes,
      boolean metrics) {
    this.docker = docker;
    this.machines = machines;
    this.scenario = scenario;
    this.directory = directory;
    this.nodes = nodes;
    this.heapBytes = heapBytes;
    this.metrics = metrics;
  }

  /**
   * A launcher whose members read {@code scenario.resolved.yaml} of the run directory and whose
   * logs are written below it.
   *
   * @param members that the run begins with
   * @param heapBytes at most, for each
   * @param metrics whether each serves its own
   */
  static ContainerLauncher in(
      Path directory, Scenario scenario, int members, long heapBytes, boolean metrics)
      throws IOException, EnvironmentException {
    String image = System.getenv().getOrDefault(IMAGE_VARIABLE, IMAGE);
    String run = "redoubt-" + directory.toAbsolutePath().getFileName();
    Docker docker = Docker.here();
    Machines machines =
        Machines.of(
            docker, image, run.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-"), members);
    return new ContainerLauncher(
        docker,
        machines,
        scenario,
        directory.toAbsolutePath(),
        Files.createDirectories(directory.toAbsolutePath().resolve("nodes")),
        heapBytes,
        metrics);
  }

  @Override
  public String host(String name) throws IOException {
    Container container = machines.take(name);
    containers.put(name, container);
    return container.host();
  }

  @Override
  public Launched launch(Place place) throws IOException {
    Container container = containers.get(place.name());
    if (container == null) {
      throw new IllegalStateException("nobody asked for the host of " + place.name());
    }
    if (!checked) {
      SameBuild.check(container);
      checked = true;
    }
    supply(container);
    container.put(directory.resolve("scenario.resolved.yaml"), HOME + "/scenario.resolved.yaml");
    container.put(placeFile(container, place), HOME + "/node.json");
    ProcessBuilder builder = docker.inside(container.id(), command(HOME + "/node.json"));
    builder.redirectError(ProcessBuilder.Redirect.appendTo(new File(log(place.name()))));
    return new Launched(builder.start(), container);
  }

  /** The data, where every machine reads them. */
  private void supply(Container container) throws IOException {
    Set<String> wanted = new LinkedHashSet<>();
    scenario.data().sources().forEach(source -> wanted.add(source.from()));
    Scenario.Tokenizer tokenizer = scenario.data().tokenizer();
    Stream.ofNullable(tokenizer)
        .flatMap(one -> Stream.ofNullable(one.model()))
        .forEach(wanted::add);
    for (String from : wanted) {
      if (from.equals(Scenario.Source.JDK_SOURCES)) {
        container.put(
            Path.of(System.getProperty("java.home"), "lib", "src.zip"), JDK + "/lib/src.zip");
      } else {
        container.mirror(Path.of(from));
      }
    }
  }

  /** The member's place with the paths of its machine. */
  private Path placeFile(Container container, Place place) throws IOException {
    Path certificates = place.certificates();
    Path inside = certificates == null ? null : Path.of(HOME, "certificates");
    if (certificates != null) {
      try (Stream<Path> files = Files.list(certificates)) {
        for (Path file : files.toList()) {
          container.put(file, inside + "/" + file.getFileName());
        }
      }
    }
    Path file = nodes.resolve(place.name() + ".json");
    Place there =
        new Place(
            place.name(),
            place.role(),
            place.host(),
            place.port(),
            place.fabricPort(),
            place.seeds(),
            place.token(),
            place.members(),
            place.number(),
            inside,
            place.open(),
            place.defects());
    NodeFile.write(
        new NodeFile(Path.of(HOME, "scenario.resolved.yaml"), there, null, metrics), file);
    return file;
  }

  private List<String> command(String file) {
    List<String> command = new ArrayList<>();
    command.add("java");
    command.addAll(JvmLauncher.flags(heapBytes));
    command.add("-Dredoubt.jdk.home=" + JDK);
    command.add("-cp");
    command.add("/opt/redoubt/lib/*");
    command.add(Main.class.getName());
    command.add("node");
    command.add(file);
    return command;
  }

  @Override
  public Path folder() {
    return nodes;
  }

  @Override
  public String log(String name) {
    return nodes.resolve(name + ".log").toString();
  }

  @Override
  public void close() {
    machines.close();
  }
}
