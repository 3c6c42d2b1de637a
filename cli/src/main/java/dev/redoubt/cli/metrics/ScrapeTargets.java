package dev.redoubt.cli.metrics;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file by which Prometheus ({@code file_sd_configs}) knows the members that can be scraped now.
 * All series of a run have its endpoint as {@code instance}, so that whoever chooses a run has its
 * members too; {@code node} tells them apart.
 */
public final class ScrapeTargets implements AutoCloseable {

  /** In the run directory. */
  public static final String FILE = "targets.json";

  private static final Logger LOG = LoggerFactory.getLogger(ScrapeTargets.class);
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Path file;
  private final String instance;
  private final SequencedMap<String, Target> targets = new TreeMap<>();
  private boolean closed;

  private record Target(String role, InetSocketAddress address) {}

  /**
   * Nobody, so far; the file says so at once.
   *
   * @param instance host and port at which the run itself is scraped
   */
  public ScrapeTargets(Path file, String instance) {
    this.file = file;
    this.instance = instance;
    write();
  }

  /** A member is there. */
  public synchronized void add(String node, String role, InetSocketAddress address) {
    if (!closed) {
      targets.put(node, new Target(role, address));
      write();
    }
  }

  /** It is gone, if it was there. */
  public synchronized void remove(String node) {
    if (targets.remove(node) != null) {
      write();
    }
  }

  /** The run is over, and nobody is there any more. */
  @Override
  public synchronized void close() {
    closed = true;
    targets.clear();
    write();
  }

  /** Whoever reads it finds the old list or the new one. A run goes on if nobody can. */
  private void write() {
    ArrayNode root = JSON.createArrayNode();
    targets.forEach((node, target) -> put(root.addObject(), node, target));
    try {
      Path fresh = file.resolveSibling("." + file.getFileName());
      Files.writeString(fresh, JSON.writeValueAsString(root) + "\n");
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("members cannot be found by who scrapes them: {} cannot be written", file, e);
    }
  }

  private void put(ObjectNode group, String node, Target target) {
    group.putArray("targets").add(shown(target.address()));
    group
        .putObject("labels")
        .put("instance", instance)
        .put("node", node)
        .put("role", target.role());
  }

  private static String shown(InetSocketAddress address) {
    String host = address.getHostString();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
