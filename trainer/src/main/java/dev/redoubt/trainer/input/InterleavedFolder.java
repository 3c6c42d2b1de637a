package dev.redoubt.trainer.input;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A data source of interleaved documents: the Markdown files of a folder and of the folders in it.
 *
 * <p>An image link stands for the segment that it names: {@code ![a red square](red.png)} a
 * picture, {@code ![a bell](bell.wav)} a sound, {@code ![a ball rolls](ball/)} a folder of frames
 * ({@link FrameFolder}). The rest is text, byte for byte. Paths are relative to the document and
 * may not leave the source's folder. What is missing or damaged is refused, with file and line.
 */
public final class InterleavedFolder {

  private static final String MARKDOWN = ".md";

  private final String source;
  private final SourceFolder folder;
  private final List<Path> documents;
  private final InputLimits limits;

  private InterleavedFolder(
      String source, SourceFolder folder, List<Path> documents, InputLimits limits) {
    this.source = source;
    this.folder = folder;
    this.documents = List.copyOf(documents);
    this.limits = limits;
  }

  /**
   * Looks what documents there are, and reads none yet.
   *
   * @param source its name, for reports
   * @param from a folder, or one Markdown file
   * @throws InputException if there is none
   */
  public static InterleavedFolder open(String source, Path from, InputLimits limits)
      throws InputException {
    Path path = from.toAbsolutePath().normalize();
    if (Files.isDirectory(path)) {
      return new InterleavedFolder(source, SourceFolder.of(path), markdown(path), limits);
    }
    Path parent = path.getParent();
    if (!Files.exists(path) || parent == null) {
      throw new InputException(path.toString(), "does not exist");
    }
    if (!isMarkdown(path)) {
      throw new InputException(path.toString(), "is neither a folder nor a Markdown file (.md)");
    }
    return new InterleavedFolder(source, SourceFolder.of(parent), List.of(path), limits);
  }

  private static List<Path> markdown(Path folder) throws InputException {
    try (Stream<Path> walk = Files.walk(folder)) {
      List<Path> found = new ArrayList<>(walk.filter(InterleavedFolder::isMarkdown).toList());
      if (found.isEmpty()) {
        throw new InputException(folder.toString(), "has no Markdown files (.md)");
      }
      SourceFolder source = SourceFolder.of(folder);
      found.sort((a, b) -> source.name(a).compareTo(source.name(b)));
      return found;
    } catch (IOException | UncheckedIOException e) {
      throw new InputException(folder.toString(), "cannot be read (" + e + ")", e);
    }
  }

  private static boolean isMarkdown(Path path) {
    return hasEnding(path, MARKDOWN) && Files.isRegularFile(path);
  }

  private static boolean hasEnding(Path path, String ending) {
    return String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT).endsWith(ending);
  }

  /** The documents' names, in their order: paths within the folder, with slashes. */
  public List<String> documents() {
    return documents.stream().map(folder::name).toList();
  }

  /**
   * Reads a document with all that it names.
   *
   * @param index below the number of documents
   * @throws InputException naming the file, and the line of a link that is wrong
   */
  public InterleavedDocument read(int index) throws InputException {
    Path file = documents.get(index);
    byte[] bytes = ByteReader.bytes(folder.inside(file), limits);
    MarkdownText decoded = MarkdownText.of(file.toString(), bytes);
    return new InterleavedDocument(source, folder.name(file), segments(file, decoded));
  }

  private List<Segment> segments(Path file, MarkdownText decoded) throws InputException {
    String text = decoded.text();
    List<Segment> segments = new ArrayList<>();
    long bytes = decoded.firstByte();
    int from = 0;
    int line = 1;
    for (MarkdownLinks.Link link : MarkdownLinks.in(text)) {
      bytes += addText(segments, text.substring(from, link.from()), line, bytes);
      segments.add(linked(file, link));
      bytes += MarkdownText.utf8Length(text.substring(link.from(), link.to()));
      from = link.to();
      line = link.line();
    }
    addText(segments, text.substring(from), line, bytes);
    return segments;
  }

  private static int addText(List<Segment> segments, String text, int line, long firstByte) {
    if (!text.isEmpty()) {
      segments.add(new Segment.Text(text, line, firstByte));
    }
    return MarkdownText.utf8Length(text);
  }

  private Segment linked(Path document, MarkdownLinks.Link link) throws InputException {
    String where = document + ":" + link.line();
    Path base = document.getParent();
    Path path = folder.resolve(where, base == null ? folder.root() : base, link.target());
    try {
      return segment(path, link);
    } catch (InputException e) {
      throw e.namedBy(where);
    }
  }

  private Segment segment(Path path, MarkdownLinks.Link link) throws InputException {
    String name = folder.name(path);
    if (Files.isDirectory(path)) {
      FrameFolder.Frames frames = FrameFolder.read(path, folder, limits);
      return new Segment.Video(
          name, link.alt(), link.line(), frames.framesPerSecond(), frames.pictures());
    }
    if (hasEnding(path, ".png")) {
      return new Segment.Image(name, link.alt(), link.line(), Png.read(path, limits));
    }
    if (hasEnding(path, ".wav")) {
      return new Segment.Audio(name, link.alt(), link.line(), Wav.read(path, limits));
    }
    throw new InputException(
        path.toString(), "is no picture (.png), no sound (.wav) and no folder of frames");
  }
}
