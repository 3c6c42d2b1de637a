package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.live.LivePage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * A real run with a live page that goes on by itself, and stands still after steps that a test
 * names until the test lets it go on: so a slow browser misses nothing, and a fast one does not
 * wait.
 */
final class GatedRun implements HandEngine.Hand, AutoCloseable {

  private static final int SECONDS_MAX = 180;

  private record Gate(CompletableFuture<Void> reached, CompletableFuture<Void> opened) {
    Gate() {
      this(new CompletableFuture<>(), new CompletableFuture<>());
    }
  }

  private final Path runs;
  private final Map<Integer, Gate> gates;
  private final CompletableFuture<URI> address = new CompletableFuture<>();
  private final CompletableFuture<Cli> ended;

  private GatedRun(Path scenario, Path runs, int... steps) {
    this.runs = runs;
    this.gates =
        Arrays.stream(steps).boxed().collect(Collectors.toMap(step -> step, step -> new Gate()));
    this.ended =
        CompletableFuture.supplyAsync(
            () ->
                Cli.run(
                    new HandEngine(this),
                    Clock.systemUTC(),
                    "run",
                    scenario.toString(),
                    "-o",
                    runs.toString(),
                    "--ui",
                    "--json"),
            task -> Thread.ofPlatform().name("gated-run").daemon().start(task));
  }

  /**
   * Starts one.
   *
   * @param steps after which it stands still
   */
  static GatedRun start(Path scenario, Path runs, int... steps) {
    return new GatedRun(scenario, runs, steps);
  }

  @Override
  public void opened(LivePage page) {
    address.complete(URI.create("http://127.0.0.1:" + page.port() + page.path()));
  }

  /** A step that is done again finds its gate open. */
  @Override
  public void at(int step, LivePage page) {
    Gate gate = gates.get(step);
    if (gate != null) {
      gate.reached().complete(null);
      gate.opened().join();
    }
  }

  /** Where its page is. */
  URI address() throws Exception {
    return first(address);
  }

  /** Waits until it stands still after {@code step}. */
  void await(int step) throws Exception {
    first(gate(step).reached());
  }

  void letGo(int step) {
    gate(step).opened().complete(null);
  }

  private Gate gate(int step) {
    return Objects.requireNonNull(gates.get(step), "no gate after that step");
  }

  /** A run that ends before is no reason to wait for ever. */
  private <T> T first(CompletableFuture<T> wanted)
      throws ExecutionException, InterruptedException, TimeoutException {
    CompletableFuture.anyOf(wanted, ended).get(SECONDS_MAX, TimeUnit.SECONDS);
    if (!wanted.isDone()) {
      throw new AssertionError("the run ended before: " + ended.get());
    }
    return wanted.get();
  }

  /** Waits for the end, which has to be as it was expected, and says what the summary says. */
  JsonNode summary() throws Exception {
    Cli cli = ended.get(SECONDS_MAX, TimeUnit.SECONDS);
    assertThat(cli.exitCode()).as(cli.out() + cli.err()).isZero();
    JsonNode told = JsonMapper.builder().build().readTree(cli.out());
    JsonNode kept =
        JsonMapper.builder().build().readTree(runs.resolve("latest/summary.json").toFile());
    assertThat(kept).isEqualTo(told);
    return kept;
  }

  /** The lines of its journal so far. */
  List<String> journal() throws IOException {
    return Files.readAllLines(runs.resolve("latest/journal.jsonl"));
  }

  /** Lets it run out. */
  @Override
  public void close() {
    gates.values().forEach(gate -> gate.opened().complete(null));
    ended.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
  }
}
