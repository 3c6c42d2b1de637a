package dev.redoubt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Source;
import dev.redoubt.trainer.data.corpus.Corpus;
import dev.redoubt.trainer.data.corpus.CorpusConfig;
import dev.redoubt.trainer.data.corpus.CorpusSource;
import dev.redoubt.trainer.data.corpus.Filter;
import dev.redoubt.trainer.data.corpus.Filters;
import dev.redoubt.trainer.data.corpus.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code redoubt data}: what the data stage keeps of some sources, and what it removes and why. */
@Command(
    name = "data",
    description = "Read sources, filter their documents, and account for every one.")
final class DataCommand implements Callable<Integer> {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private static final long BYTES_MAX = 1L << 30;

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Option(
      names = "--data",
      paramLabel = "NAME=PATH[,kind=K][,language=L][,bytesMax=N]",
      description =
          "A source: a file, a folder or jdk-sources. Kinds: prose (default), manual, code. May be"
              + " repeated (default: code=jdk-sources,kind=code,language=java).")
  List<String> data = List.of("code=jdk-sources,kind=code,language=java,bytesMax=16777216");

  @Option(
      names = "--without",
      split = ",",
      paramLabel = "FILTER",
      description = "Switch filters off, of ${COMPLETION-CANDIDATES}.")
  Set<Filter> without = EnumSet.noneOf(Filter.class);

  @Option(
      names = "--blocklist",
      paramLabel = "FILE",
      description = "Words, one a line, that no document may have.")
  @Nullable Path blocklist;

  @Option(names = "--seed", paramLabel = "N", description = "Of the classifiers (default: 7).")
  long seed = 7;

  @Option(
      names = "--removed",
      description = "List every document that was removed, with its reason.")
  boolean removed;

  @Option(names = "--json", description = "Print the report as JSON.")
  boolean json;

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws EnvironmentException, JsonProcessingException {
    Terminal terminal = Main.terminal(spec, global);
    Corpus corpus = build(config());
    if (json) {
      terminal.result(JSON.writeValueAsString(corpus.report()));
    } else {
      new DataText(corpus, terminal).print(removed);
    }
    return ExitCode.OK.code();
  }

  private static Corpus build(CorpusConfig config) throws EnvironmentException {
    try {
      return Corpus.build(config);
    } catch (DataException e) {
      throw new EnvironmentException(String.valueOf(e.getMessage()), e);
    }
  }

  private CorpusConfig config() throws EnvironmentException {
    List<CorpusSource> sources = new ArrayList<>();
    for (String each : data) {
      sources.add(source(each));
    }
    Set<Filter> on = EnumSet.allOf(Filter.class);
    on.removeAll(without);
    Filters defaults = Filters.DEFAULTS;
    Filters filters =
        new Filters(
            on,
            defaults.wordsMin(),
            defaults.linesMin(),
            defaults.lineCharactersMax(),
            defaults.qualityMin(),
            defaults.safetyMax(),
            blocked());
    try {
      return new CorpusConfig(sources, filters, seed);
    } catch (IllegalArgumentException e) {
      throw usage("--data: " + e.getMessage());
    }
  }

  private List<String> blocked() throws EnvironmentException {
    if (blocklist == null) {
      return List.of();
    }
    try {
      return Files.readAllLines(blocklist).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new EnvironmentException("--blocklist: cannot read " + blocklist + " (" + e + ")", e);
    }
  }

  private CorpusSource source(String text) {
    String[] parts = text.split(",", -1);
    int equals = parts[0].indexOf('=');
    if (equals < 1) {
      throw usage("--data: expected NAME=PATH[,kind=K][,language=L], not '" + text + "'");
    }
    String from = parts[0].substring(equals + 1);
    boolean code = from.equals(Source.JDK_SOURCES);
    Kind kind = code ? Kind.CODE : Kind.PROSE;
    String language = code ? "java" : CorpusSource.UNKNOWN;
    long bytesMax = BYTES_MAX;
    for (String part : List.of(parts).subList(1, parts.length)) {
      int at = part.indexOf('=');
      String value = part.substring(at + 1);
      switch (at < 0 ? part : part.substring(0, at)) {
        case "kind" -> kind = kind(value);
        case "language" -> language = value;
        case "bytesMax" -> bytesMax = number(value);
        default ->
            throw usage(
                "--data: '"
                    + part
                    + "' is none of kind=K, language=L, bytesMax=N in '"
                    + text
                    + "'");
      }
    }
    try {
      return new CorpusSource(parts[0].substring(0, equals), from, kind, language, bytesMax);
    } catch (IllegalArgumentException e) {
      throw usage("--data: " + e.getMessage());
    }
  }

  private Kind kind(String word) {
    for (Kind kind : Kind.values()) {
      if (kind.word().equals(word.toLowerCase(Locale.ROOT))) {
        return kind;
      }
    }
    throw usage("--data: kind is one of prose, manual, code, not '" + word + "'");
  }

  private long number(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw usage("--data: bytesMax is a number of bytes, not '" + digits + "'");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(
        spec == null ? new CommandLine(this) : spec.commandLine(), message);
  }
}
