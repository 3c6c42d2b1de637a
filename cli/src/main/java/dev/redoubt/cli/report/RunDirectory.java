package dev.redoubt.cli.report;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The folder of one run, {@code <UTC time>-<scenario>-seed<seed>}, and the link {@code latest}
 * beside it. Two runs in one second get different folders.
 */
public record RunDirectory(Path path) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int TRIES_MAX = 1000;

  /**
   * Makes a new, empty run directory and points {@code latest} at it.
   *
   * @param base is made if it is not there
   * @throws IOException with a message for the user if the place cannot be written to
   */
  public static RunDirectory create(Path base, String scenario, long seed, Instant now)
      throws IOException {
    try {
      Files.createDirectories(base);
      Path made = make(base, TIME.format(now) + "-" + scenario + "-seed" + seed);
      link(base, made.getFileName());
      return new RunDirectory(made);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(
          "cannot write a run to " + base + ": " + e.getFile() + " is in the way", e);
    } catch (AccessDeniedException e) {
      throw new IOException("cannot write a run to " + base + ": permission denied", e);
    } catch (IOException e) {
      throw new IOException("cannot write a run to " + base + ": " + e.getMessage(), e);
    }
  }

  private static Path make(Path base, String name) throws IOException {
    for (int i = 1; i <= TRIES_MAX; i++) {
      Path candidate = base.resolve(i == 1 ? name : name + "-" + i);
      if (made(candidate)) {
        return candidate;
      }
    }
    throw new IOException(TRIES_MAX + " runs of the name " + name + " are already there");
  }

  /** Whether it is new; if not, another run of the same second has it. */
  private static boolean made(Path candidate) throws IOException {
    try {
      Files.createDirectory(candidate);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /** A link is made beside and moved over the old one, so that there is always a whole one. */
  private static void link(Path base, Path target) throws IOException {
    Path latest = base.resolve("latest");
    if (Files.isDirectory(latest, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(latest.toString());
    }
    Path fresh = base.resolve(".latest-" + target);
    try {
      Files.createSymbolicLink(fresh, target);
    } catch (UnsupportedOperationException e) {
      // A file system without links: the run is as good without it.
      return;
    }
    Files.move(fresh, latest, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  public Path file(String name) {
    return path.resolve(name);
  }
}
