package dev.redoubt.cli.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Who may ask at all: whoever knows the token, at the address that is served, from the page itself
 * or from no page.
 *
 * <p>On loopback a request must name loopback as its host, since a page in somebody's browser can
 * have a name of its own resolved to it. A page from elsewhere that has got hold of the token is
 * refused by its origin.
 *
 * @param token the first part of every path
 * @param loopback whether the server listens on loopback only
 */
record Admission(String token, boolean loopback) {

  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  /** An answer that is no. */
  record Refusal(int status, String why) {}

  /** Why a request is refused; empty if it is not. */
  Optional<Refusal> refuses(HttpRequest request) {
    HttpHeaders headers = request.headers();
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    if (request.decoderResult().isFailure() || !request.uri().startsWith("/")) {
      return no(400, "that is no request");
    }
    if (hosts.size() != 1) {
      return no(400, "a request names one host");
    }
    String host = hosts.getFirst();
    if (loopback && !LOOPBACK.contains(host.replaceFirst(":\\d+$", ""))) {
      return no(421, "this is not that host");
    }
    if (!isKnown(request.uri())) {
      return no(
          403,
          "the address of the page has a token, which the run has written to its"
              + " error stream");
    }
    List<String> origins = headers.getAll(HttpHeaderNames.ORIGIN);
    boolean foreign = origins.stream().anyMatch(origin -> !origin.equals("http://" + host));
    if (foreign || headers.containsValue("Sec-Fetch-Site", "cross-site", true)) {
      return no(403, "not for other pages");
    }
    return Optional.empty();
  }

  private static Optional<Refusal> no(int status, String why) {
    return Optional.of(new Refusal(status, why));
  }

  /** Takes as long for any wrong token of that length. */
  private boolean isKnown(String uri) {
    int end = uri.indexOf('/', 1);
    String given = end < 0 ? "" : uri.substring(1, end);
    return MessageDigest.isEqual(token.getBytes(UTF_8), given.getBytes(UTF_8));
  }

  /** What is asked for, behind the token, without a query. */
  String path(HttpRequest request) {
    String rest = request.uri().substring(token.length() + 1);
    int query = rest.indexOf('?');
    return query < 0 ? rest : rest.substring(0, query);
  }
}
