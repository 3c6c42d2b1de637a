package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.run.ClusterEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mode processes with real processes: what they do, what becomes of them, and what is left. */
class ProcessesTest {
  private static final int PATIENCE_SECONDS = 180;

  private final Path folder;

  ProcessesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void a_killed_worker_is_replaced_and_a_stopped_one_goes_on_and_the_bits_are_golden()
      throws Exception {
    String faults =
        """
        [{id: pause, at: {step: 2, phase: reduce}, inject: {kind: pause, target: {pod: 0}, seconds: 0.3}},
           {id: kill, at: {step: 4, phase: update}, inject: {kind: crash, target: {pod: 1}}}]""";

    Cli ended = Cli.run(new ClusterEngine(), "run", file(0, 6, faults), "-o", out(), "--json");

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    JsonNode summary = JsonMapper.builder().build().readTree(ended.out());
    assertThat(summary.path("finalDigest")).isEqualTo(summary.path("goldenDigest"));
    assertThat(summary.at("/faults/0/evidence").asText()).contains("in state T after SIGSTOP");
    assertThat(summary.at("/faults/1/evidence").asText()).contains("exited with 137");
    assertThat(summary.at("/faults/1/response").asText()).isEqualTo("replaced");
    assertThat(summary.at("/faults/1/detectedBy").asText()).isEqualTo("membership");
    assertNothingIsLeft();
  }

  /** One that is killed is replaced by one with a new name, which has to get a certificate, too. */
  @Test
  void with_tls_each_member_has_a_certificate_while_the_run_goes_and_the_bits_are_golden()
      throws Exception {
    String faults =
        """
        [{id: kill, at: {step: 4, phase: update}, inject: {kind: crash, target: {pod: 1}, returns: {afterSteps: 1}}}]""";
    Set<String> permissions = ConcurrentHashMap.newKeySet();
    Path latest = Path.of(out()).resolve("latest");
    RunEngine engine =
        Watched.steps(
            step ->
                certificates(latest)
                    .map(file -> file.getFileName() + " " + permissions(file))
                    .forEach(permissions::add));
    String file = file("{pods: 2, spares: 1, controllers: 1, tls: true}", 8, faults);

    Cli ended = Cli.run(engine, "run", file, "-o", out(), "--json");

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    JsonNode summary = JsonMapper.builder().build().readTree(ended.out());
    assertThat(summary.path("finalDigest")).isEqualTo(summary.path("goldenDigest"));
    assertThat(summary.at("/faults/0/response").asText()).isEqualTo("replaced");
    assertThat(permissions)
        .contains("c0.tls rwx------", "w0.tls rwx------", "tls.key rw-------", "tls.p12 rw-------")
        .contains("w1~2.tls rwx------")
        .allMatch(said -> said.endsWith(" rwx------") || said.endsWith(" rw-------"));
    assertThat(certificates(latest)).isEmpty();
    assertThat(Files.readString(latest.resolve("nodes/w1~2.log"))).doesNotContain("NO_CERTIFICATE");
    assertNothingIsLeft();
  }

  /** Two JVMs that start at once on a few cores make healthy members look dead. */
  @Test
  void machines_that_come_back_at_once_start_one_after_the_other() throws Exception {
    String faults =
        """
        [{id: first, at: {step: 2, phase: reduce}, inject: {kind: crash, target: {pod: 1}, returns: {afterSteps: 1}}},
           {id: second, at: {step: 2, phase: reduce}, inject: {kind: crash, target: {pod: 2}, returns: {afterSteps: 1}}}]""";
    List<String> newcomers = new CopyOnWriteArrayList<>();
    Thread running = Thread.currentThread();
    RunEngine engine =
        Watched.events(
            event -> {
              String what = event.kind() + " " + event.node();
              if (what.matches("member-(started|belongs) w[12]~2")) {
                newcomers.add(what);
              }
              if (newcomers.size() == 4) {
                running.interrupt();
              }
            });
    String file = file("{pods: 3, controllers: 1}", 3_000, faults);

    Cli ended = Cli.run(engine, "run", file, "-o", out());

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(130);
    assertThat(newcomers)
        .extracting(what -> what.substring(0, what.indexOf(' ')))
        .containsExactly("member-started", "member-belongs", "member-started", "member-belongs");
    assertNothingIsLeft();
  }

  private static Stream<Path> certificates(Path directory) {
    try (Stream<Path> nodes = Files.walk(directory.resolve("nodes"))) {
      return nodes.filter(file -> file.toString().contains(".tls")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String permissions(Path file) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nobody is to believe that he is safe who is not. */
  @Test
  void a_member_without_certificates_does_not_join_a_run_with_tls() throws Exception {
    String scenario = file("{pods: 2, tls: true}", 3, "[]");
    String node =
        """
        {"scenario": "%s", "name": "w0", "role": "worker", "host": "127.0.0.1", "port": 0, "fabricPort": 0, "seeds": [],
         "token": "%s", "members": 1, "number": 1}"""
            .formatted(scenario, "0".repeat(64));
    Path file = Files.writeString(folder.resolve("node.json"), node);

    Cli ended = Cli.run("node", file.toString());

    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.err()).contains("has no \"certificates\"").contains("cluster.tls: true");
  }

  @Test
  void two_runs_side_by_side_do_not_meet() throws Exception {
    String file = file(0, 3, "[]");
    CompletableFuture<Cli> other =
        CompletableFuture.supplyAsync(() -> Cli.run(new ClusterEngine(), "run", file, "-o", out()));

    Cli ended = Cli.run(new ClusterEngine(), "run", file, "-o", out());

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    Cli besides = other.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(besides.exitCode()).as(besides.out() + besides.err()).isZero();
    assertNothingIsLeft();
  }

  @Test
  void a_port_in_use_is_named() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      // The workers start first: the first of them has the port after the controller's.
      int port = taken.getLocalPort() - 1;

      Cli ended = Cli.run(new ClusterEngine(), "run", file(port, 3, "[]"), "-o", out());

      assertThat(ended.exitCode()).isEqualTo(4);
      assertThat(ended.err()).contains("port " + taken.getLocalPort()).contains("cluster.port");
      assertNothingIsLeft();
    }
  }

  @Test
  void an_interrupt_leaves_nothing_running() throws Exception {
    Thread running = Thread.currentThread();
    RunEngine engine = Watched.steps(step -> running.interrupt());

    Cli ended = Cli.run(engine, "run", file(0, 3_000, "[]"), "-o", out());

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(130);
    assertNothingIsLeft();
  }

  @Test
  void members_end_with_their_supervisor_even_if_it_is_killed() throws Exception {
    Process supervisor = supervisor(file(0, 3_000, "[]"));
    List<ProcessHandle> members = new ArrayList<>();
    try (BufferedReader said = supervisor.errorReader(StandardCharsets.UTF_8)) {
      Optional<String> step = said.lines().filter(line -> line.startsWith("step 1/")).findFirst();
      assertThat(step).isPresent();
      members.addAll(supervisor.children().toList());
      assertThat(members).hasSize(4);
      stop(members.getFirst());
    } finally {
      supervisor.destroyForcibly().waitFor();
    }

    for (ProcessHandle member : members) {
      member.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(member.isAlive()).isFalse();
    }
  }

  @Test
  void a_bad_node_file_is_refused_with_what_was_expected() throws IOException {
    Path file = Files.writeString(folder.resolve("node.json"), "{\"scenario\": \"s.yaml\"\n");
    assertThat(Cli.run("node", file.toString()).exitCode()).isEqualTo(2);
    Files.writeString(file, "{\"scenario\": \"s.yaml\", \"name\": \"w0\", \"role\": \"boss\"}");

    Cli ended = Cli.run("node", file.toString());

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("node.json:1").contains("the role \"boss\"");
    assertThat(ended.err()).contains("\"worker\" or \"controller\"");
  }

  private static void stop(ProcessHandle process) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-STOP", Long.toString(process.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  private Process supervisor(String file) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("redoubt.jvm.args", "").split(" ")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Main.class.getName(), "run", file, "-o", out()));
    return new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
  }

  private static void assertNothingIsLeft() {
    try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
      assertThat(children.filter(ProcessHandle::isAlive).map(ProcessHandle::info)).isEmpty();
    }
  }

  private String file(int port, int steps, String faults) throws IOException {
    return file("{pods: 2, spares: 1, controllers: 1, port: " + port + "}", steps, faults);
  }

  private String file(String cluster, int steps, String faults) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 4000; i++) {
      text.append((char) ('a' + (i * 7 + i / 13) % 26));
    }
    Files.writeString(folder.resolve("text.txt"), text);
    Path file = folder.resolve("scenario.yaml");
    String scenario =
        """
      apiVersion: redoubt/v1
      name: processes-test
      seed: 7
      mode: processes
      cluster: %s
      model: pico
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: %d, microbatches: 3, sequenceLength: 16, batchSize: 1}
      timeouts: {joinMillisMax: 120000}
      faults: %s
      expect: {finalState: golden, falseAlarms: 0, evictions: 0}
      """
            .formatted(cluster, steps, faults);
    return Files.writeString(file, scenario).toString();
  }

  private String out() {
    return folder.resolve("runs").toString();
  }
}
