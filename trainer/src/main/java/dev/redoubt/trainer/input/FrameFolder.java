package dev.redoubt.trainer.input;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a video from a folder of frames: {@code frame-0001.png}, {@code frame-0002.png} and so on,
 * and a file {@code fps} with the number of frames in a second ({@value #FRAMES_PER_SECOND} without
 * it). Any other file that is no PNG is passed over.
 *
 * <p>Frames are in the order of their numbers, whatever zeros stand before them. A number that is
 * missing or comes twice, and a frame of another size, are refused: something was lost.
 */
final class FrameFolder {

  /** Where the folder says nothing. */
  static final double FRAMES_PER_SECOND = 25;

  private static final String RATE_FILE = "fps";
  private static final double RATE_MAX = 1000;
  private static final Pattern RATE = Pattern.compile("[0-9]{1,4}(\\.[0-9]{1,6})?");
  private static final Pattern FRAME = Pattern.compile("frame-([0-9]{1,18})\\.png");

  /** What is in a folder. */
  record Frames(double framesPerSecond, List<Picture> pictures) {}

  private final Path folder;
  private final SourceFolder source;
  private final InputLimits limits;

  private FrameFolder(Path folder, SourceFolder source, InputLimits limits) {
    this.folder = folder;
    this.source = source;
    this.limits = limits;
  }

  /**
   * Reads a video.
   *
   * @throws InputException naming the folder or the frame that is wrong
   */
  static Frames read(Path folder, SourceFolder source, InputLimits limits) throws InputException {
    FrameFolder frames = new FrameFolder(folder, source, limits);
    return new Frames(frames.rate(), frames.pictures());
  }

  private List<Picture> pictures() throws InputException {
    SortedMap<Long, Path> files = numbered();
    checkNumbers(files);
    List<Picture> pictures = new ArrayList<>();
    long pixels = 0;
    for (Path file : files.values()) {
      Picture picture = Png.read(source.inside(file), limits);
      pixels += (long) picture.width() * picture.height();
      check(file, picture, pictures, pixels);
      pictures.add(picture);
    }
    return pictures;
  }

  private SortedMap<Long, Path> numbered() throws InputException {
    SortedMap<Long, Path> files = new TreeMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path file : entries) {
        add(files, file);
      }
    } catch (IOException e) {
      throw new InputException(folder.toString(), "cannot be read (" + e + ")", e);
    }
    return files;
  }

  private void add(SortedMap<Long, Path> files, Path file) throws InputException {
    String name = String.valueOf(file.getFileName());
    if (!name.toLowerCase(Locale.ROOT).endsWith(".png")) {
      return;
    }
    Matcher matcher = FRAME.matcher(name);
    if (!matcher.matches()) {
      throw new InputException(file.toString(), "is no frame: expected a name as frame-0001.png");
    }
    Path before = files.put(Long.valueOf(matcher.group(1)), file);
    if (before != null) {
      Path first = before.compareTo(file) < 0 ? before : file;
      throw new InputException(first.toString(), "there is another frame of this number");
    }
    if (files.size() > limits.framesMax()) {
      throw new InputException(
          folder.toString(),
          "has too many frames; at most %d are read".formatted(limits.framesMax()));
    }
  }

  private void checkNumbers(SortedMap<Long, Path> files) throws InputException {
    if (files.isEmpty()) {
      throw new InputException(
          folder.toString(), "has no frames: expected files as frame-0001.png");
    }
    long expected = files.firstKey();
    for (long number : files.keySet()) {
      if (number != expected) {
        throw new InputException(folder.toString(), "frame " + expected + " is missing");
      }
      expected = number + 1;
    }
  }

  private void check(Path file, Picture picture, List<Picture> before, long pixels)
      throws InputException {
    if (!before.isEmpty()) {
      Picture first = before.getFirst();
      if (picture.width() != first.width() || picture.height() != first.height()) {
        throw new InputException(
            file.toString(),
            "has %d x %d pixels, where the first frame has %d x %d"
                .formatted(picture.width(), picture.height(), first.width(), first.height()));
      }
    }
    if (pixels > limits.pixelsMax()) {
      throw new InputException(
          folder.toString(), "has more than %d pixels in its frames".formatted(limits.pixelsMax()));
    }
  }

  private double rate() throws InputException {
    Path file = folder.resolve(RATE_FILE);
    if (!Files.exists(file)) {
      return FRAMES_PER_SECOND;
    }
    byte[] bytes = ByteReader.bytes(source.inside(file), limits);
    String text = new String(bytes, StandardCharsets.ISO_8859_1).strip();
    double rate = RATE.matcher(text).matches() ? Double.parseDouble(text) : 0;
    if (rate <= 0 || rate > RATE_MAX) {
      throw new InputException(
          file.toString(),
          "expected the frames in a second, as 25 or 12.5, at most " + (int) RATE_MAX);
    }
    return rate;
  }
}
