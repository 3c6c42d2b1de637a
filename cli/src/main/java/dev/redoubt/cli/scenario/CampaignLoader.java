package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a campaign file and checks it whole, as {@link ScenarioLoader} does with a scenario; what
 * the two have in common is read and checked by the same code.
 */
public final class CampaignLoader {
  private static final String KIND = "campaign";

  /** What is said in the words of a scenario. */
  private static final List<String> COMMON =
      List.of(
          "apiVersion",
          "name",
          "description",
          "seed",
          "cluster",
          "model",
          "data",
          "train",
          "redundancy",
          "detect");

  private final FileSchema schema = new FileSchema(FileSchema.CAMPAIGN);
  private final FileSchema scenarios = new FileSchema(FileSchema.SCENARIO);
  private final ModelCatalog catalog;

  /** A loader that knows the models of {@code catalog}. */
  public CampaignLoader(ModelCatalog catalog) {
    this.catalog = catalog;
  }

  /**
   * Reads and checks a file of at most 1 MiB.
   *
   * @throws ScenarioException with every problem, if there is one or the file cannot be read
   */
  public Campaign load(Path file) throws ScenarioException {
    TextFile read = TextFile.read(file, KIND);
    YamlDocument document = YamlReader.read(read.text(), KIND);
    List<Problem> problems = new ArrayList<>(document.problems());
    if (document.root().isMissingNode()) {
      throw new ScenarioException(read.name(), problems);
    }
    SchemaProblems shape = new SchemaProblems(schema, document);
    problems.addAll(shape.problems());
    JsonNode tree = schema.withDefaults(document.root());
    Fields fields = new Fields(document, tree, shape.bad(), catalog);
    MeaningChecks.check(fields, read.folder());
    CampaignChecks.check(fields);
    problems.addAll(fields.problems());
    if (!problems.isEmpty()) {
      throw new ScenarioException(read.name(), problems);
    }
    ScenarioReader base =
        new ScenarioReader(scenario(tree), read.folder(), fields.dimensions().orElseThrow());
    return new CampaignReader(tree).read(base.read(), read.text());
  }

  private JsonNode scenario(JsonNode tree) {
    ObjectNode common = JsonNodeFactory.instance.objectNode();
    COMMON.forEach(key -> common.set(key, tree.path(key)));
    return scenarios.withDefaults(common);
  }
}
