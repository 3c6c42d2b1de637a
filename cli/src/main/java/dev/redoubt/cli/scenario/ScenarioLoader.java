package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a scenario file and checks it whole: the YAML, the schema, and whether it makes sense.
 *
 * <p>All problems are found in one go. A check that needs a value which is itself wrong is skipped,
 * so that one mistake is not reported twice.
 */
public final class ScenarioLoader {
  private static final long BYTES_MAX = 1 << 20;

  private final ScenarioSchema schema = new ScenarioSchema();
  private final ModelCatalog catalog;
  private final @Nullable Mode mode;

  /** A loader that knows the models of {@code catalog}. */
  public ScenarioLoader(ModelCatalog catalog) {
    this(catalog, null);
  }

  /**
   * A loader that takes {@code mode} in place of the scenario's, before anything is checked or
   * filled in; null for the scenario's own.
   */
  public ScenarioLoader(ModelCatalog catalog, @Nullable Mode mode) {
    this.catalog = catalog;
    this.mode = mode;
  }

  /**
   * Reads and checks a file of at most 1 MiB.
   *
   * @throws ScenarioException with every problem, if there is one or the file cannot be read
   */
  public Scenario load(Path file) throws ScenarioException {
    Path folder = file.toAbsolutePath().getParent();
    return parse(text(file), file.toString(), folder == null ? file.toAbsolutePath() : folder);
  }

  /**
   * Checks a text.
   *
   * @param name of the file, for the messages
   * @param folder that relative paths start from
   * @throws ScenarioException with every problem, if there is one
   */
  Scenario parse(String text, String name, Path folder) throws ScenarioException {
    YamlDocument document = YamlReader.read(text);
    List<Problem> problems = new ArrayList<>(document.problems());
    if (document.root().isMissingNode()) {
      throw new ScenarioException(name, problems);
    }
    if (mode != null && document.root() instanceof ObjectNode root) {
      root.put("mode", mode.word());
    }
    SchemaProblems shape = new SchemaProblems(schema, document);
    problems.addAll(shape.problems());
    JsonNode tree = schema.withDefaults(document.root());
    Fields fields = new Fields(document, tree, shape.bad(), catalog);
    MeaningChecks.check(fields, folder);
    problems.addAll(fields.problems());
    if (!problems.isEmpty()) {
      throw new ScenarioException(name, problems);
    }
    return new ScenarioReader(tree, folder, fields.dimensions().orElseThrow()).read();
  }

  private static String text(Path file) throws ScenarioException {
    try {
      if (Files.isDirectory(file)) {
        throw unreadable(file, "is a folder, expected a scenario file");
      }
      if (Files.size(file) > BYTES_MAX) {
        throw unreadable(file, "has more than 1 MiB, which no scenario needs");
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
