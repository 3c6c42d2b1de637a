package dev.redoubt.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is there, at any moment, in the form that Prometheus reads. */
class ScrapeTargetsTest {

  private final Path file;

  ScrapeTargetsTest(@TempDir Path folder) {
    file = folder.resolve(ScrapeTargets.FILE);
  }

  private JsonNode read() throws IOException {
    return JsonMapper.builder().build().readTree(file.toFile());
  }

  @Test
  void the_file_has_those_that_are_there() throws IOException {
    ScrapeTargets targets = new ScrapeTargets(file, "127.0.0.1:9464");
    assertThat(read()).isEmpty();

    targets.add("w1", "worker", InetSocketAddress.createUnresolved("172.18.0.3", 40_123));
    targets.add("c0", "controller", InetSocketAddress.createUnresolved("fd00::2", 40_124));

    assertThat(read().toString())
        .isEqualTo(
            "[{\"targets\":[\"[fd00::2]:40124\"],\"labels\":{\"instance\":\"127.0.0.1:9464\","
                + "\"node\":\"c0\",\"role\":\"controller\"}},"
                + "{\"targets\":[\"172.18.0.3:40123\"],\"labels\":{\"instance\":\"127.0.0.1:9464\","
                + "\"node\":\"w1\",\"role\":\"worker\"}}]");

    targets.remove("w1");
    targets.remove("nobody");
    assertThat(read().findValuesAsText("node")).containsExactly("c0");

    targets.close();
    targets.add("w2", "worker", InetSocketAddress.createUnresolved("172.18.0.4", 1));
    assertThat(read()).isEmpty();
  }

  /** A run is not stopped by a file that nobody may read. */
  @Test
  void a_file_that_cannot_be_written_stops_nothing() throws IOException {
    ScrapeTargets targets = new ScrapeTargets(file, "127.0.0.1:9464");
    Files.delete(file);
    Files.createDirectories(file.resolve("in-the-way"));

    targets.add("w1", "worker", InetSocketAddress.createUnresolved("127.0.0.1", 1));

    assertThat(file).isDirectory();
  }
}
