package dev.redoubt.cli.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The page, one file that asks for nothing from elsewhere, and the policy that holds the browser to
 * it: only its own script and style run, and it talks only to who served it.
 *
 * @param policy the header Content-Security-Policy
 */
record PageFile(String body, String policy) {

  static PageFile load() {
    try (InputStream in = PageFile.class.getResourceAsStream("page.html")) {
      if (in == null) {
        throw new IllegalStateException("page.html is not in the jar");
      }
      String body = new String(in.readAllBytes(), UTF_8);
      return new PageFile(body, policy(body));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String policy(String page) {
    return "default-src 'none'; script-src '"
        + hash(page, "script")
        + "'; style-src '"
        + hash(page, "style")
        + "'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
        + " frame-ancestors 'none'";
  }

  private static String hash(String page, String element) {
    int from = page.indexOf("<" + element + ">") + element.length() + 2;
    String inside = page.substring(from, page.indexOf("</" + element + ">"));
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(inside.getBytes(UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
