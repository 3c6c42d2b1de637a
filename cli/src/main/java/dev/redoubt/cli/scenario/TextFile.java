package dev.redoubt.cli.scenario;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * A file that a user wrote.
 *
 * @param text of it
 * @param name as the user gave it
 * @param folder that relative paths in it start from
 */
record TextFile(String text, String name, Path folder) {
  private static final long BYTES_MAX = 1 << 20;

  /**
   * Reads a file of at most 1 MiB.
   *
   * @param kind for the messages: "scenario"
   * @throws ScenarioException if it cannot be read
   */
  static TextFile read(Path file, String kind) throws ScenarioException {
    Path absolute = file.toAbsolutePath();
    Path folder = absolute.getParent();
    return new TextFile(text(file, kind), file.toString(), folder == null ? absolute : folder);
  }

  private static String text(Path file, String kind) throws ScenarioException {
    try {
      if (Files.isDirectory(file)) {
        throw unreadable(file, "is a folder, expected a " + kind + " file");
      }
      if (Files.size(file) > BYTES_MAX) {
        throw unreadable(file, "has more than 1 MiB, which no " + kind + " needs");
      }
      String text = Files.readString(file);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (NoSuchFileException e) {
      throw unreadable(file, "there is no such file");
    } catch (CharacterCodingException e) {
      throw unreadable(file, "is not a text in UTF-8");
    } catch (IOException e) {
      throw unreadable(file, "cannot be read: " + e.getMessage());
    }
  }

  private static ScenarioException unreadable(Path file, String why) {
    return new ScenarioException(file.toString(), List.of(new Problem(1, 1, "", why)));
  }
}
