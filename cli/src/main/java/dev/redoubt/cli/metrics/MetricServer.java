package dev.redoubt.cli.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Where metrics are scraped: {@code /metrics}, {@code /health/live}, {@code /health/ready}, by GET
 * or HEAD.
 *
 * <p>A client that stalls costs a virtual thread and a socket, for a few seconds, and there is a
 * limit to how many may be there. On loopback a request must name loopback as its host, since a
 * page in somebody's browser can have a name of its own resolved to it; bound to anything else, the
 * network says who may come.
 */
public final class MetricServer implements AutoCloseable {

  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final int SCRAPES_MAX = 4;
  private static final int SCRAPE_SECONDS_MAX = 5;

  static {
    // Read once, when the JDK's server is loaded.
    limit("sun.net.httpserver.maxReqTime", "10");
    limit("sun.net.httpserver.maxRspTime", "10");
    limit("sun.net.httpserver.idleInterval", "30");
    limit("jdk.httpserver.maxConnections", "1024");
  }

  private final HttpServer server;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("metrics-", 0).factory());
  private final Semaphore scrapes = new Semaphore(SCRAPES_MAX, true);
  private final MetricRegistry registry;
  private final boolean loopback;

  private MetricServer(HttpServer server, MetricRegistry registry, boolean loopback) {
    this.server = server;
    this.registry = registry;
    this.loopback = loopback;
  }

  private static void limit(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /** What is answered. */
  private record Answer(int status, String type, String body) {
    static Answer text(int status, String body) {
      return new Answer(status, TEXT, body + "\n");
    }
  }

  /**
   * Listens, and answers until it is closed.
   *
   * @param host to bind to
   * @param port 0 for any free one
   * @throws IOException if the host is not known or the port is taken; the message says which
   */
  public static MetricServer start(MetricRegistry registry, String host, int port)
      throws IOException {
    InetAddress address = InetAddress.getByName(host);
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(address, port), 0);
    } catch (IOException e) {
      throw new IOException(
          "metrics cannot be served at " + host + ":" + port + ": " + e.getMessage(), e);
    }
    MetricServer metrics = new MetricServer(server, registry, address.isLoopbackAddress());
    server.setExecutor(metrics.threads);
    server.createContext("/", metrics::handle);
    server.start();
    return metrics;
  }

  /** The port that it listens at. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer = answer(exchange);
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", answer.type());
      exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
      if (answer.status() == 405) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      }
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
        exchange.sendResponseHeaders(answer.status(), -1);
        return;
      }
      exchange.sendResponseHeaders(answer.status(), body.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  private Answer answer(HttpExchange exchange) {
    List<String> hosts = exchange.getRequestHeaders().getOrDefault("Host", List.of());
    if (hosts.size() != 1) {
      return Answer.text(400, "a request names one host");
    }
    if (loopback && !LOOPBACK.contains(withoutPort(hosts.getFirst()))) {
      return Answer.text(421, "this is not that host");
    }
    if (!Set.of("GET", "HEAD").contains(exchange.getRequestMethod())) {
      return Answer.text(405, "only GET and HEAD");
    }
    return switch (exchange.getRequestURI().getPath()) {
      case "/metrics" -> scrape();
      case "/health/live" -> Answer.text(200, "live");
      case "/health/ready" ->
          registry.isReady()
              ? Answer.text(200, "ready")
              : Answer.text(503, "not ready: takes part in no training");
      case null, default -> Answer.text(404, "see /metrics, /health/live and /health/ready");
    };
  }

  /** A scrape takes milliseconds, and is over before it is sent: so it is worth to wait in turn. */
  private Answer scrape() {
    try {
      if (!scrapes.tryAcquire(SCRAPE_SECONDS_MAX, TimeUnit.SECONDS)) {
        return Answer.text(503, "scraped by too many at once");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Answer.text(503, "the run is over");
    }
    try {
      return new Answer(200, PROMETHEUS, registry.scrape());
    } finally {
      scrapes.release();
    }
  }

  private static String withoutPort(String host) {
    return host.replaceFirst(":\\d+$", "");
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
