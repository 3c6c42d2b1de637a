package dev.redoubt.trainer.data.corpus;

import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The files of a source, in the order of their names, whatever the order of the folder. Links are
 * not followed: what they lead to is in the source by itself, or does not belong to it.
 */
final class SourceFiles {

  /** A larger file is no document. */
  static final long DOCUMENT_BYTES_MAX = 32L << 20;

  /** Files of one source; beyond that the source is refused. */
  static final int FILES_MAX = 1_000_000;

  /** The property that stands in for the running JDK's home. */
  private static final String JDK_HOME = "redoubt.jdk.home";

  private static final String GZIP = ".gz";

  /** Is told of each file, and says whether to go on. */
  interface Sink {
    boolean take(Read read);
  }

  private SourceFiles() {}

  /**
   * Reads the files one after the other, until there are no more or the sink has enough.
   *
   * @return how many files were not read any more
   * @throws DataException if there is no such source, or nothing in it
   */
  static int read(CorpusSource source, Sink sink) throws DataException {
    try {
      return source.from().equals(Source.JDK_SOURCES) ? archive(source, sink) : paths(source, sink);
    } catch (IOException e) {
      throw new DataException(of(source) + "cannot be read (" + e + "): check that it is there", e);
    }
  }

  private static String of(CorpusSource source) {
    return "data source '" + source.name() + "': ";
  }

  // Files and folders.

  private static int paths(CorpusSource source, Sink sink) throws DataException, IOException {
    Path root = root(source);
    if (!Files.isDirectory(root)) {
      sink.take(file(root, String.valueOf(root.getFileName())));
      return 0;
    }
    List<Path> files = files(source, root);
    if (files.isEmpty()) {
      throw new DataException(
          of(source)
              + "there is no file in folder "
              + root.toAbsolutePath()
              + ": name another one");
    }
    for (int i = 0; i < files.size(); i++) {
      if (!sink.take(file(files.get(i), portable(root.relativize(files.get(i)))))) {
        return files.size() - i - 1;
      }
    }
    return 0;
  }

  private static Path root(CorpusSource source) throws DataException {
    Path root;
    try {
      root = Path.of(source.from());
    } catch (InvalidPathException e) {
      throw new DataException(of(source) + "'" + source.from() + "' is not a path", e);
    }
    if (!Files.exists(root)) {
      throw new DataException(
          of(source)
              + root.toAbsolutePath()
              + " does not exist: name a file, a folder or "
              + Source.JDK_SOURCES);
    }
    return root;
  }

  private static List<Path> files(CorpusSource source, Path root)
      throws DataException, IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            files.add(file);
            return files.size() > FILES_MAX ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            // It is told as a document that cannot be read.
            files.add(file);
            return FileVisitResult.CONTINUE;
          }
        });
    if (files.size() > FILES_MAX) {
      throw new DataException(
          of(source) + root.toAbsolutePath() + " has more than " + FILES_MAX + " files: divide it");
    }
    files.sort(Comparator.comparing(file -> portable(root.relativize(file))));
    return files;
  }

  private static String portable(Path path) {
    return path.toString().replace('\\', '/');
  }

  private static Read file(Path path, String name) {
    if (Files.isSymbolicLink(path) && !name.isEmpty()) {
      return failed(name, Filter.UNREADABLE, "a symbolic link");
    }
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      return failed(name, Filter.UNREADABLE, "not a regular file");
    }
    try (InputStream in = Files.newInputStream(path)) {
      return name.endsWith(GZIP) ? unzipped(name, in) : whole(name, in, "larger");
    } catch (IOException e) {
      return failed(
          name, Filter.UNREADABLE, name.endsWith(GZIP) ? "damaged gzip" : "cannot be opened");
    }
  }

  private static Read unzipped(String name, InputStream in) throws IOException {
    try (GZIPInputStream content = new GZIPInputStream(in)) {
      return whole(name, content, "expands to more");
    }
  }

  private static Read whole(String name, InputStream in, String beyond) throws IOException {
    byte[] bytes = in.readNBytes((int) DOCUMENT_BYTES_MAX + 1);
    if (bytes.length > DOCUMENT_BYTES_MAX) {
      return new Read.Failed(
          name,
          DOCUMENT_BYTES_MAX,
          Filter.UNREADABLE,
          beyond + " than " + (DOCUMENT_BYTES_MAX >> 20) + " MiB");
    }
    return Decoding.text(name, bytes);
  }

  private static Read failed(String name, Filter filter, String reason) {
    return new Read.Failed(name, 0, filter, reason);
  }

  // The sources of the JDK.

  private static int archive(CorpusSource source, Sink sink) throws DataException, IOException {
    Path home = Path.of(System.getProperty(JDK_HOME, System.getProperty("java.home")));
    Path archive = home.resolve("lib").resolve("src.zip");
    if (!Files.isRegularFile(archive)) {
      throw new DataException(
          of(source)
              + "this JDK has no sources at "
              + archive
              + ": name a file or folder, or install a JDK with its sources (Debian:"
              + " openjdk-25-source; elsewhere a JDK archive with lib/src.zip)");
    }
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      List<ZipEntry> entries = new ArrayList<>();
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        if (entry.getName().endsWith(".java")) {
          entries.add(entry);
        }
      }
      entries.sort(Comparator.comparing(ZipEntry::getName));
      for (int i = 0; i < entries.size(); i++) {
        if (!sink.take(entry(zip, entries.get(i)))) {
          return entries.size() - i - 1;
        }
      }
      return 0;
    }
  }

  private static Read entry(ZipFile zip, ZipEntry entry) {
    try (InputStream in = zip.getInputStream(entry)) {
      return whole(entry.getName(), in, "expands to more");
    } catch (IOException e) {
      return failed(entry.getName(), Filter.UNREADABLE, "damaged archive entry");
    }
  }
}
