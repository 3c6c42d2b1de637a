package dev.redoubt.trainer.input;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The folder of a data source: what its documents name must lie within it, links followed. */
final class SourceFolder {

  private final Path root;
  private final Path real;

  private SourceFolder(Path root, Path real) {
    this.root = root;
    this.real = real;
  }

  static SourceFolder of(Path root) throws InputException {
    return new SourceFolder(root.normalize(), real(root));
  }

  Path root() {
    return root;
  }

  /** The path of something in the folder, with slashes. */
  String name(Path file) {
    return root.relativize(file).toString().replace('\\', '/');
  }

  /**
   * What a document means by a relative path.
   *
   * @param where the file and line that say so
   * @param base the document's own folder
   */
  Path resolve(String where, Path base, String target) throws InputException {
    if (target.isBlank()) {
      throw new InputException(where, "a link names no file");
    }
    if (target.contains("://")) {
      throw new InputException(
          where, "'" + target + "' is not fetched: put the file into the source's folder");
    }
    Path path;
    try {
      path = base.resolve(target).normalize();
    } catch (InvalidPathException e) {
      throw new InputException(where, "'" + target + "' is no path", e);
    }
    if (!path.startsWith(root) || Path.of(target).isAbsolute()) {
      throw new InputException(where, "'" + target + "' leads out of the source's folder " + root);
    }
    if (!Files.exists(path)) {
      throw new InputException(where, "'" + target + "' does not exist (" + path + ")");
    }
    try {
      return inside(path);
    } catch (InputException e) {
      throw e.namedBy(where);
    }
  }

  /** The same path, if it is not a link that leads out of the folder. */
  Path inside(Path path) throws InputException {
    if (!real(path).startsWith(real)) {
      throw new InputException(
          path.toString(), "is a link that leads out of the source's folder " + root);
    }
    return path;
  }

  private static Path real(Path path) throws InputException {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      throw new InputException(path.toString(), "cannot be read (" + e + ")", e);
    }
  }
}
