package dev.redoubt.cli.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redoubt.cli.scenario.Problem;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.node.Checkpoints;
import dev.redoubt.node.Role;
import dev.redoubt.node.RunSpec;
import dev.redoubt.node.process.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What {@code redoubt node} reads: the scenario of the run, and the member's place in it.
 *
 * @param scenario with every default filled in; the same for all members
 * @param checkpoints of a run that writes its versions to disk; null for any other
 * @param metrics whether the member serves its own metrics, at its host and a port that it chooses
 */
public record NodeFile(
    Path scenario, Place place, @Nullable Checkpoints checkpoints, boolean metrics) {

  private static final String EXPECTED =
      "expected {\"scenario\": FILE, \"name\": TEXT, \"role\": \"worker\" or \"controller\","
          + " \"host\": TEXT, \"port\": 0 to 65535, \"fabricPort\": 0 to 65535, \"seeds\":"
          + " [ADDRESS], \"token\": 64 hexadecimal digits, \"members\": 1 or more, \"number\": 1 to"
          + " "
          + Place.NUMBER_MAX
          + "}, for a run with TLS also \"certificates\": FOLDER, for one in which faults are asked"
          + " for also \"open\": true, for a machine that is back with defective cores \"defects\":"
          + " {FAULT: STEP}, and for one with checkpoints also \"checkpoints\": {\"folder\":"
          + " FOLDER, \"every\": STEPS, \"from\": VERSION}; \"metrics\": true if it is to be"
          + " scraped";
  private static final int PORT_MAX = 65_535;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * The scenario's run as this member is to take part in it.
   *
   * @param file that this was read from
   * @throws ScenarioException if the run has TLS and this member no certificates, or the reverse:
   *     nobody is to believe himself safe who is not
   */
  public RunSpec of(RunSpec scenarios, Path file) throws ScenarioException {
    if (scenarios.tls() && place.certificates() == null) {
      throw wrong(file, 1, "has no \"certificates\", and the scenario has cluster.tls: true");
    }
    if (!scenarios.tls() && place.certificates() != null) {
      throw wrong(file, 1, "has \"certificates\", and the scenario has cluster.tls: false");
    }
    Path directory = scenario.toAbsolutePath().getParent();
    RunSpec spec = directory == null ? scenarios : scenarios.onDisk(versions(directory));
    return checkpoints == null ? spec : spec.with(checkpoints);
  }

  /** Where the versions of a run are, if its scenario wants them on disk. */
  static Path versions(Path directory) {
    return directory.resolve("versions");
  }

  /** Writes it so that nobody else can read the token. */
  static void write(NodeFile node, Path file) throws IOException {
    Place place = node.place();
    ObjectNode root =
        JSON.createObjectNode()
            .put("scenario", node.scenario().toString())
            .put("name", place.name())
            .put("role", place.role().word())
            .put("host", place.host())
            .put("port", place.port())
            .put("fabricPort", place.fabricPort());
    place.seeds().forEach(root.putArray("seeds")::add);
    root.put("token", place.token()).put("members", place.members()).put("number", place.number());
    Path certificates = place.certificates();
    if (certificates != null) {
      root.put("certificates", certificates.toString());
    }
    if (place.open()) {
      root.put("open", true);
    }
    if (!place.defects().isEmpty()) {
      place.defects().forEach(root.putObject("defects")::put);
    }
    Checkpoints checkpoints = node.checkpoints();
    if (checkpoints != null) {
      root.putObject("checkpoints")
          .put("folder", checkpoints.folder().toString())
          .put("every", checkpoints.every())
          .put("from", checkpoints.from());
    }
    if (node.metrics()) {
      root.put("metrics", true);
    }
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, JSON.writeValueAsString(root) + "\n");
  }

  /**
   * Reads and checks one.
   *
   * @throws ScenarioException with what is wrong and where
   */
  public static NodeFile read(Path file) throws ScenarioException {
    try {
      return new Reader(file, JSON.readTree(Files.readString(file))).read();
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      throw wrong(file, line, "is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw wrong(file, 1, "cannot be read: " + e);
    }
  }

  private static ScenarioException wrong(Path file, int line, String what) {
    return new ScenarioException(
        file.toString(), List.of(new Problem(line, 1, "", what + "; " + EXPECTED)));
  }

  /** One reading. */
  private record Reader(Path file, JsonNode root) {

    NodeFile read() throws ScenarioException {
      return new NodeFile(
          resolved(text("scenario")),
          new Place(
              text("name"),
              role(),
              host(),
              port("port"),
              port("fabricPort"),
              seeds(),
              token(),
              count("members", Integer.MAX_VALUE),
              count("number", Place.NUMBER_MAX),
              root.has("certificates") ? resolved(text("certificates")) : null,
              flag("open"),
              defects()),
          checkpoints(),
          metrics());
    }

    private Path resolved(String path) {
      return file.toAbsolutePath().resolveSibling(path);
    }

    private @Nullable Checkpoints checkpoints() throws ScenarioException {
      JsonNode found = root.path("checkpoints");
      if (found.isMissingNode()) {
        return null;
      }
      JsonNode every = found.path("every");
      JsonNode from = found.path("from");
      if (!found.path("folder").isTextual() || !every.isInt() || !from.canConvertToLong()) {
        throw wrong(file, 1, "has no folder, steps and version in its \"checkpoints\"");
      }
      try {
        return new Checkpoints(
            Path.of(found.path("folder").asText()), every.asInt(), from.asLong());
      } catch (IllegalArgumentException e) {
        throw wrong(file, 1, "has \"checkpoints\" that cannot be: " + e.getMessage());
      }
    }

    private boolean metrics() throws ScenarioException {
      JsonNode found = root.path("metrics");
      if (!found.isMissingNode() && !found.isBoolean()) {
        throw wrong(file, 1, "has \"metrics\" that are neither true nor false");
      }
      return found.asBoolean(false);
    }

    private String text(String key) throws ScenarioException {
      JsonNode value = root.path(key);
      if (!value.isTextual() || value.asText().isBlank()) {
        throw wrong(file, 1, "has no text \"" + key + "\"");
      }
      return value.asText();
    }

    private Role role() throws ScenarioException {
      String word = text("role");
      for (Role role : Role.values()) {
        if (role.word().equals(word)) {
          return role;
        }
      }
      throw wrong(file, 1, "has the role \"" + word + "\"");
    }

    /** Any name or address, but nothing that means something in a configuration. */
    private String host() throws ScenarioException {
      String host = text("host");
      if (!host.matches("[0-9A-Za-z.:-]+")) {
        throw wrong(file, 1, "has the host \"" + host + "\"");
      }
      return host;
    }

    private int port(String key) throws ScenarioException {
      JsonNode value = root.path(key);
      if (!value.isInt() || value.asInt() < 0 || value.asInt() > PORT_MAX) {
        throw wrong(file, 1, "has no port \"" + key + "\"");
      }
      return value.asInt();
    }

    private int count(String key, int max) throws ScenarioException {
      JsonNode value = root.path(key);
      if (!value.isInt() || value.asInt() < 1 || value.asInt() > max) {
        throw wrong(file, 1, "has no number of \"" + key + "\"");
      }
      return value.asInt();
    }

    private boolean flag(String key) throws ScenarioException {
      JsonNode value = root.path(key);
      if (!value.isMissingNode() && !value.isBoolean()) {
        throw wrong(file, 1, "has \"" + key + "\", which is neither true nor false");
      }
      return value.asBoolean();
    }

    private Map<String, Long> defects() throws ScenarioException {
      Map<String, Long> defects = new TreeMap<>();
      for (Map.Entry<String, JsonNode> entry : root.path("defects").properties()) {
        if (!entry.getValue().canConvertToLong()) {
          throw wrong(file, 1, "has \"defects\" without the step since which they are there");
        }
        defects.put(entry.getKey(), entry.getValue().asLong());
      }
      return defects;
    }

    private String token() throws ScenarioException {
      String token = text("token").toLowerCase(Locale.ROOT);
      if (!token.matches("[0-9a-f]{64}")) {
        throw wrong(file, 1, "has a \"token\" that is none");
      }
      return token;
    }

    private List<String> seeds() throws ScenarioException {
      List<String> seeds = new ArrayList<>();
      for (JsonNode seed : root.path("seeds")) {
        if (!seed.asText().matches("akka://redoubt@[^:@/]+:[0-9]+")) {
          throw wrong(file, 1, "has the seed " + seed + ", which is no akka://redoubt@HOST:PORT");
        }
        seeds.add(seed.asText());
      }
      return seeds;
    }
  }
}
