package dev.redoubt.cli.report;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes all reports of a run, each from the same {@link RunReport}. */
public final class ReportWriters {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private ReportWriters() {}

  /**
   * Writes {@code summary.json}, {@code junit.xml} and {@code summary.md}.
   *
   * @throws IOException if a file cannot be written
   */
  public static void write(RunReport report, RunDirectory directory) throws IOException {
    Files.writeString(directory.file("summary.json"), json(report));
    Files.writeString(directory.file("junit.xml"), JUnitXml.of(report));
    Files.writeString(directory.file("summary.md"), SummaryMarkdown.of(report));
  }

  /**
   * The text of {@code summary.json}, with a newline at its end.
   *
   * @throws IOException if a value cannot be written as JSON
   */
  public static String json(RunReport report) throws IOException {
    return JSON.writeValueAsString(report) + "\n";
  }

  /**
   * Reads a {@code summary.json}; keys of a later version are ignored.
   *
   * @throws IOException if it cannot be read or is no such file
   */
  public static RunReport read(Path summary) throws IOException {
    return JSON.readValue(Files.readString(summary), RunReport.class);
  }
}
