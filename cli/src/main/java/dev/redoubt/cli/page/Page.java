package dev.redoubt.cli.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * One HTML file with everything in it: style, scripts, data. Its content security policy lets
 * nothing run but these scripts, by their hashes, and nothing be fetched from anywhere.
 */
final class Page {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String LIBRARY = library();
  private static final String SCRIPT = resource("page.js");
  private static final String STYLE = resource("uPlot.min.css") + "\n" + resource("page.css");

  private Page() {}

  /**
   * A page.
   *
   * @param sections ids and titles, for the list of contents
   * @param charts that the script draws into the figures of their ids
   * @param body writes what is in {@code main}
   */
  static String of(String title, List<Section> sections, List<Chart> charts, Consumer<Html> body) {
    Html html = new Html();
    html.trusted("<!doctype html>\n").open("html", "lang", "en").newLine();
    head(html, title);
    html.open("body").newLine();
    html.leaf("a", "To the content", "class", "skip", "href", "#content").newLine();
    html.trusted(Patterns.definitions());
    contents(html, sections);
    html.open("main", "id", "content").newLine();
    body.accept(html);
    html.closeLine();
    html.leaf("footer", "Written by Redoubt. This file asks no host for anything.").newLine();
    html.open("script", "type", "application/json", "id", "data");
    html.trusted(json(charts)).closeLine();
    html.open("script").trusted(LIBRARY).closeLine();
    html.open("script").trusted(SCRIPT).closeLine();
    return html.closeLine().closeLine().toString();
  }

  /** A part of a page. */
  record Section(String id, String title) {}

  private static void head(Html html, String title) {
    html.open("head").newLine();
    html.open("meta", "charset", "utf-8").newLine();
    String policy =
        ("default-src 'none'; script-src '%s' '%s'; style-src '%s';"
                + " base-uri 'none'; form-action 'none'")
            .formatted(hash(LIBRARY), hash(SCRIPT), hash(STYLE));
    html.open("meta", "http-equiv", "Content-Security-Policy", "content", policy).newLine();
    html.open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.open("meta", "name", "color-scheme", "content", "light dark").newLine();
    html.leaf("title", title).newLine();
    html.open("style").trusted(STYLE).closeLine();
    html.closeLine();
  }

  private static void contents(Html html, List<Section> sections) {
    html.open("nav", "aria-label", "Contents").open("ul");
    for (Section section : sections) {
      html.open("li").leaf("a", section.title(), "href", "#" + section.id()).close();
    }
    html.close().closeLine();
  }

  /** As JSON that no HTML parser takes for an end of the script. */
  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value)
          .replace("&", "\\u0026")
          .replace("<", "\\u003c")
          .replace(">", "\\u003e")
          .replace("\u2028", "\\u2028")
          .replace("\u2029", "\\u2029");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a chart is plain numbers and texts", e);
    }
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** uPlot with its licence, which has to go wherever it goes. */
  private static String library() {
    String licence =
        resource("uPlot.LICENSE.txt")
            .lines()
            .map(line -> (" * " + line).stripTrailing())
            .collect(Collectors.joining("\n"));
    return "/*\n" + licence + "\n */\n" + resource("uPlot.iife.min.js");
  }

  private static String resource(String name) {
    try (InputStream stream = Page.class.getResourceAsStream(name)) {
      byte[] bytes = Objects.requireNonNull(stream, name).readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8).replace("\r\n", "\n").strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** There is always a whole file. */
  static void write(Path file, String page) throws IOException {
    Path fresh = file.resolveSibling("." + file.getFileName());
    Files.writeString(fresh, page);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
