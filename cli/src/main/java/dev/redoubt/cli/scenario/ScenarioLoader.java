package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
  private static final String KIND = "scenario";

  private final FileSchema schema = new FileSchema(FileSchema.SCENARIO);
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
    TextFile read = TextFile.read(file, KIND);
    return parse(read.text(), read.name(), read.folder());
  }

  /**
   * Checks a text.
   *
   * @param name of the file, for the messages
   * @param folder that relative paths start from
   * @throws ScenarioException with every problem, if there is one
   */
  Scenario parse(String text, String name, Path folder) throws ScenarioException {
    YamlDocument document = YamlReader.read(text, KIND);
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
}
