package dev.redoubt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.page.ComparisonPage;
import dev.redoubt.cli.report.RecordedRun;
import dev.redoubt.cli.report.RunComparison;
import dev.redoubt.cli.report.RunComparison.Bits;
import dev.redoubt.cli.report.RunComparison.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redoubt compare RUN RUN}: two runs side by side. */
@Command(
    name = "compare",
    description = {
      "Show two runs side by side.",
      "Exit code 5: they trained the same and ended on other bits."
    })
final class CompareCommand implements Callable<Integer> {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
  private static final int SCHEMA = 1;

  /**
   * The report.
   *
   * @param schema of this object
   * @param bits what follows for the bits
   * @param rows figure by figure
   */
  private record Report(int schema, Bits bits, List<Row> rows) {}

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Parameters(index = "0", paramLabel = "RUN", description = "A run directory.")
  @Nullable Path first;

  @Parameters(index = "1", paramLabel = "RUN", description = "Another.")
  @Nullable Path second;

  @Option(names = "--json", description = "Print the comparison as JSON.")
  boolean json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write a page with charts of both: one file that works offline.")
  @Nullable Path html;

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = Main.terminal(spec, global);
    RunComparison comparison = RunComparison.of(read(first), read(second));
    if (html != null) {
      page(html, comparison);
    }
    terminal.result(json ? json(comparison) : text(comparison));
    return (comparison.bits() == Bits.DIVERGED ? ExitCode.DIVERGED : ExitCode.OK).code();
  }

  private RecordedRun read(@Nullable Path directory) throws IOException {
    if (spec == null || directory == null) {
      throw new IllegalStateException("picocli gives both");
    }
    try {
      return RecordedRun.read(directory);
    } catch (RecordedRun.UnreadableException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private void page(Path file, RunComparison comparison) throws IOException {
    if (spec == null || first == null || second == null) {
      throw new IllegalStateException("picocli gives them");
    }
    if (Files.isDirectory(file)) {
      throw new ParameterException(
          spec.commandLine(), "--html is " + file + ", a directory; expected a file");
    }
    try {
      ComparisonPage.write(file, comparison, verdict(comparison.bits()), first, second);
    } catch (RecordedRun.UnreadableException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new ParameterException(
          spec.commandLine(), "--html is " + file + ", whose directory is not there", e);
    }
  }

  private static String json(RunComparison comparison) throws JsonProcessingException {
    return JSON.writeValueAsString(new Report(SCHEMA, comparison.bits(), comparison.rows()));
  }

  private static String text(RunComparison comparison) {
    List<Row> rows = new ArrayList<>();
    rows.add(new Row("figure", "first", "second", "difference", "ratio"));
    rows.addAll(comparison.rows());
    int figure = width(rows, Row::figure);
    int first = width(rows, Row::first);
    int second = width(rows, Row::second);
    int difference = width(rows, Row::difference);
    String format =
        "%-" + figure + "s  %" + first + "s  %" + second + "s  %" + difference + "s  %s";
    List<String> lines = new ArrayList<>();
    for (Row row : rows) {
      lines.add(
          format
              .formatted(row.figure(), row.first(), row.second(), row.difference(), row.ratio())
              .stripTrailing());
    }
    lines.add("");
    lines.add(verdict(comparison.bits()));
    return String.join("\n", lines);
  }

  private static int width(List<Row> rows, Function<Row, String> column) {
    return rows.stream().mapToInt(row -> column.apply(row).length()).max().orElse(1);
  }

  private static String verdict(Bits bits) {
    return switch (bits) {
      case SAME -> "the same training, the same bits";
      case DIVERGED -> "the same training, but other bits";
      case UNRELATED -> "not the same training: nothing follows for the bits";
      case UNKNOWN -> "a run has no final or golden digest: nothing follows for the bits";
    };
  }
}
