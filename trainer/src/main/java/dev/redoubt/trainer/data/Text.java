package dev.redoubt.trainer.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Reads the sources of a run, always in the same order. */
final class Text {

  /** The property that stands in for the running JDK's home. */
  static final String JDK_HOME = "redoubt.jdk.home";

  private static final String FIRST_MODULE = "java.base/";

  private Text() {}

  /** All sources, one after the other. */
  static Content read(DataConfig data) throws DataException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    TextOrigins origins = new TextOrigins();
    for (Source source : data.sources()) {
      Content content = read(source);
      origins.append(all.size(), content.origins(), 0, content.bytes().length);
      all.writeBytes(content.bytes());
    }
    return new Content(all.toByteArray(), origins);
  }

  private static Content read(Source source) throws DataException {
    if (source.from().equals(Source.JDK_SOURCES)) {
      return jdk(source);
    }
    Path path = path(source);
    try {
      return Files.isDirectory(path) ? folder(source, path) : file(source, path);
    } catch (IOException e) {
      throw new DataException(
          of(source) + "cannot read " + path + " (" + e + "): check that it is readable", e);
    }
  }

  private static Path path(Source source) throws DataException {
    Path path;
    try {
      path = Path.of(source.from());
    } catch (InvalidPathException e) {
      throw new DataException(of(source) + "'" + source.from() + "' is not a path", e);
    }
    if (!Files.exists(path)) {
      throw new DataException(
          of(source)
              + path.toAbsolutePath()
              + " does not exist: name a file, a folder or "
              + Source.JDK_SOURCES
              + " in data.sources[].from");
    }
    return path;
  }

  private static Content jdk(Source source) throws DataException {
    Path home = Path.of(System.getProperty(JDK_HOME, System.getProperty("java.home")));
    Path archive = home.resolve("lib").resolve("src.zip");
    if (!Files.isRegularFile(archive)) {
      throw new DataException(
          of(source)
              + "this JDK has no sources at "
              + archive
              + ": name a file or folder in data.sources[].from, or install a JDK with its sources"
              + " (Debian: openjdk-25-source; elsewhere a JDK archive with lib/src.zip)");
    }
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      return entries(zip, source);
    } catch (IOException e) {
      throw new DataException(
          of(source) + "cannot read " + archive + " (" + e + "): is the archive damaged?", e);
    }
  }

  private static Content entries(ZipFile zip, Source source) throws IOException {
    List<? extends ZipEntry> entries =
        zip.stream()
            .filter(entry -> entry.getName().endsWith(".java"))
            .sorted(
                Comparator.comparing((ZipEntry entry) -> !entry.getName().startsWith(FIRST_MODULE))
                    .thenComparing(ZipEntry::getName))
            .toList();
    Gathered gathered = new Gathered(source);
    for (ZipEntry entry : entries) {
      if (gathered.full()) {
        break;
      }
      try (InputStream in = zip.getInputStream(entry)) {
        gathered.add(entry.getName(), in);
      }
    }
    return gathered.content();
  }

  private static Content file(Source source, Path path) throws IOException {
    Gathered gathered = new Gathered(source);
    try (InputStream in = Files.newInputStream(path)) {
      gathered.add("", in);
    }
    return gathered.content();
  }

  /** Files in the order of their relative paths; files with a NUL byte are not text. */
  private static Content folder(Source source, Path folder) throws IOException, DataException {
    Gathered gathered = new Gathered(source);
    int binary = 0;
    for (Path path : files(folder)) {
      if (gathered.full()) {
        break;
      }
      try (InputStream in = Files.newInputStream(path)) {
        binary += gathered.addText(portable(folder.relativize(path)), in) ? 0 : 1;
      }
    }
    if (gathered.empty()) {
      throw new DataException(
          "%sno text in folder %s (%d binary files skipped): name a folder with text files"
              .formatted(of(source), folder.toAbsolutePath(), binary));
    }
    return gathered.content();
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(Files::isRegularFile)
          .sorted(Comparator.comparing(path -> portable(folder.relativize(path))))
          .toList();
    }
  }

  private static String portable(Path path) {
    return path.toString().replace('\\', '/');
  }

  private static String of(Source source) {
    return "data source '" + source.name() + "': ";
  }

  /** A text, and where each byte of it came from. */
  static final class Content {

    private final byte[] bytes;
    private final TextOrigins origins;

    Content(byte[] bytes, TextOrigins origins) {
      this.bytes = bytes;
      this.origins = origins;
    }

    byte[] bytes() {
      return bytes;
    }

    TextOrigins origins() {
      return origins;
    }
  }

  /** Bytes up to a limit. */
  private static final class Gathered {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TextOrigins origins = new TextOrigins();
    private final Source source;

    Gathered(Source source) {
      this.source = source;
    }

    void add(String document, InputStream in) throws IOException {
      append(document, in.readNBytes(room()));
    }

    boolean addText(String document, InputStream in) throws IOException {
      byte[] content = in.readNBytes(room());
      for (byte b : content) {
        if (b == 0) {
          return false;
        }
      }
      append(document, content);
      return true;
    }

    private void append(String document, byte[] content) {
      origins.begin(bytes.size(), new TokenOrigin(source.name(), document, 0));
      bytes.writeBytes(content);
    }

    private int room() {
      return (int) Math.min(Integer.MAX_VALUE - 8, source.bytesMax() - bytes.size());
    }

    boolean full() {
      return bytes.size() >= source.bytesMax();
    }

    boolean empty() {
      return bytes.size() == 0;
    }

    Content content() {
      return new Content(bytes.toByteArray(), origins);
    }
  }
}
