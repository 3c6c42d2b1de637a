package dev.redoubt.cli.campaign;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Lines that are appended as they come, so many for each index. Whoever opens the file again goes
 * on after the last index that is whole: a line that was torn when the process ended is cut off,
 * and so are the lines of an index that is not complete.
 *
 * <p>A line is written with one call and not forced to the disk: it outlives the process, though
 * not a loss of power, after which the end may be torn and is computed again. No channel is used:
 * an interrupt in the middle of a write would close it.
 *
 * @param <R> a line
 */
final class RowFile<R> implements AutoCloseable {

  /** What a file consists of. */
  record Format<R>(
      String header,
      Function<String, R> parse,
      Function<R, String> line,
      Function<R, Long> index,
      int linesForEach) {}

  private final RandomAccessFile file;
  private final Format<R> format;
  private long next;

  private RowFile(RandomAccessFile file, Format<R> format) {
    this.file = file;
    this.format = format;
  }

  /**
   * Opens a file, new or begun.
   *
   * @param known is given the lines that are there and whole
   * @throws ResumeException if a line that is not the last is no such line
   * @throws IOException if it cannot be read or written
   */
  static <R> RowFile<R> open(Path path, Format<R> format, Consumer<R> known)
      throws IOException, ResumeException {
    RowFile<R> rows = new RowFile<>(new RandomAccessFile(path.toFile(), "rw"), format);
    try {
      rows.takeUp(path, known);
    } catch (IOException | ResumeException | RuntimeException e) {
      rows.close();
      throw e;
    }
    return rows;
  }

  private void takeUp(Path path, Consumer<R> known) throws IOException, ResumeException {
    String text = Files.readString(path);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    List<String> lines = whole.lines().toList();
    if (lines.isEmpty()) {
      file.setLength(0);
      append(format.header() + "\n");
      return;
    }
    if (!lines.getFirst().equals(format.header())) {
      throw new ResumeException(path.getFileName() + " does not begin with " + format.header());
    }
    int rows = (lines.size() - 1) / format.linesForEach() * format.linesForEach();
    long bytes = lines.getFirst().length() + 1L;
    for (int row = 0; row < rows; row++) {
      String line = lines.get(row + 1);
      known.accept(parsed(path, row, line));
      bytes += line.length() + 1L;
    }
    next = rows / format.linesForEach();
    file.setLength(bytes);
    file.seek(bytes);
  }

  private R parsed(Path path, int row, String line) throws ResumeException {
    String place = "line " + (row + 2) + " of " + path.getFileName();
    try {
      R parsed = format.parse().apply(line);
      if (format.index().apply(parsed) != row / format.linesForEach()) {
        throw new ResumeException(place + " is of index " + format.index().apply(parsed));
      }
      return parsed;
    } catch (IllegalArgumentException e) {
      throw new ResumeException(place + " is damaged: " + e.getMessage());
    }
  }

  /** The first index that is not there. */
  long next() {
    return next;
  }

  /**
   * Appends the lines of the next index.
   *
   * @throws IOException if they cannot be written
   */
  void add(List<R> rows) throws IOException {
    if (rows.size() != format.linesForEach()) {
      throw new IllegalArgumentException(rows.size() + " lines for an index");
    }
    StringBuilder text = new StringBuilder();
    rows.forEach(row -> text.append(format.line().apply(row)).append('\n'));
    append(text.toString());
    next++;
  }

  private void append(String text) throws IOException {
    file.write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
