package dev.redoubt.cli;

import dev.redoubt.cli.scenario.Mode;
import dev.redoubt.cli.scenario.ModelCatalog;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.cli.scenario.ScenarioLoader;
import dev.redoubt.cli.scenario.ScenarioWarnings;
import dev.redoubt.cli.scenario.Word;
import java.nio.file.Path;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The scenario file and its seed, for every command that takes one. */
final class ScenarioOption {
  @Spec(Spec.Target.MIXEE)
  @Nullable CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The scenario.")
  @Nullable Path file;

  @Option(names = "--seed", paramLabel = "N", description = "A seed in place of the scenario's.")
  @Nullable Long seed;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      converter = ModeConverter.class,
      completionCandidates = Modes.class,
      description = "A mode in place of the scenario's: ${COMPLETION-CANDIDATES}.")
  @Nullable Mode mode;

  /**
   * Loads and checks the scenario; its warnings go to the terminal.
   *
   * @throws ScenarioException with everything that is wrong about it
   */
  Scenario load(ModelCatalog catalog, Terminal terminal) throws ScenarioException {
    if (file == null || spec == null) {
      throw new IllegalStateException("picocli gives a required parameter");
    }
    if (seed != null && seed < 0) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--seed is " + seed + ", expected 0 or more");
    }
    Scenario scenario = new ScenarioLoader(catalog, mode).load(file);
    Scenario seeded = seed == null ? scenario : scenario.withSeed(seed);
    ScenarioWarnings.of(seeded).forEach(warning -> terminal.warning(file + ": " + warning));
    return seeded;
  }

  /** The words of the modes. */
  static final class Modes implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Word.words(Mode.values()).iterator();
    }
  }

  /** Reads one of them. */
  static final class ModeConverter implements CommandLine.ITypeConverter<Mode> {
    @Override
    public Mode convert(String word) {
      try {
        return Word.parse(Mode.class, word);
      } catch (IllegalArgumentException e) {
        throw new CommandLine.TypeConversionException(e.getMessage());
      }
    }
  }
}
