package dev.redoubt.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.node.process.NodeProcess;
import dev.redoubt.node.process.Place;
import dev.redoubt.store.net.RunToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Members with ports for Akka and for the fabric, as in mode processes, but each on a thread of
 * this JVM, so that their memory and their log can be looked at.
 */
final class Hosts implements AutoCloseable {

  private static final int PATIENCE_SECONDS = 120;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final RunSpec spec;
  private final RunToken token = RunToken.random();
  private final @Nullable RunCertificates certificates;
  private final CountDownLatch over = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();
  private final List<String> seeds = new ArrayList<>();
  private final Map<String, InetSocketAddress> akka = new LinkedHashMap<>();
  private final Map<String, InetSocketAddress> fabric = new LinkedHashMap<>();
  private final List<JsonNode> reports = new ArrayList<>();
  private final CompletableFuture<JsonNode> verdict = new CompletableFuture<>();
  private final CountDownLatch training = new CountDownLatch(3);

  /** Starts them all, one after the other. */
  Hosts(RunSpec spec, @Nullable RunCertificates certificates) throws Exception {
    this.spec = spec;
    this.certificates = certificates;
    int number = 0;
    for (String name : spec.members().reversed()) {
      start(name, ++number);
    }
  }

  private void start(String name, int number) throws Exception {
    int port = freePort();
    Place place =
        new Place(
            name,
            RunSpec.role(name),
            Member.LOOPBACK,
            0,
            port,
            seeds,
            token.hex(),
            spec.members().size(),
            number,
            certificates == null ? null : certificates.issue(name).folder(),
            false,
            Map.of());
    CompletableFuture<String> up = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .name("host-" + name)
            .start(
                () -> {
                  try {
                    String ignored =
                        NodeProcess.run(spec, place, new Silence(), ears(up), Optional.empty());
                  } catch (PortTakenException | RuntimeException e) {
                    boolean ignored = up.completeExceptionally(e);
                    ignored = verdict.completeExceptionally(e);
                  }
                });
    threads.add(thread);
    String address = up.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    seeds.add(address);
    akka.put(name, loopback(Integer.parseInt(address.substring(address.lastIndexOf(':') + 1))));
    fabric.put(name, loopback(port));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private PrintStream ears(CompletableFuture<String> up) {
    return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8) {
      @Override
      public void println(String line) {
        try {
          hear(JSON.readTree(line), up);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  private void hear(JsonNode report, CompletableFuture<String> up) {
    synchronized (reports) {
      reports.add(report);
    }
    switch (report.path("type").asText()) {
      case "Up" -> up.complete(report.path("address").asText());
      case "Concluded" -> verdict.complete(report.path("verdict"));
      case "Defect" ->
          verdict.completeExceptionally(new IllegalStateException(report.path("trace").asText()));
      case "Noted" -> {
        if (report.at("/note/type").asText().equals("StepCommitted")) {
          training.countDown();
        }
      }
      default -> {}
    }
  }

  /** Waits until they train. */
  void awaitTraining() throws InterruptedException {
    if (!training.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("no training");
    }
  }

  boolean isOver() {
    return verdict.isDone();
  }

  JsonNode verdict() throws Exception {
    return verdict.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** How often the controller noted something of this kind. */
  long noted(String kind) {
    synchronized (reports) {
      return reports.stream().filter(r -> r.at("/note/type").asText().equals(kind)).count();
    }
  }

  /** Where the members' actor systems listen. */
  Map<String, InetSocketAddress> akka() {
    return akka;
  }

  /** Where their ends of the fabric listen. */
  Map<String, InetSocketAddress> fabric() {
    return fabric;
  }

  /** The address of a member for whoever wants to join. */
  List<String> seeds() {
    return seeds;
  }

  RunToken token() {
    return token;
  }

  @Override
  public void close() {
    over.countDown();
    try {
      for (Thread thread : threads) {
        thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (certificates != null) {
      certificates.close();
    }
  }

  /** A supervisor that has nothing to say until the run is over. */
  private final class Silence extends InputStream {
    @Override
    public int read() throws IOException {
      try {
        over.await();
        return -1;
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return read();
    }
  }
}
