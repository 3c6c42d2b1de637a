package dev.redoubt.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files of a run, held to golden ones. To renew them: {@code -Dredoubt.golden.write=true}. */
class ReportWritersTest {
  private static final String EXPECT =
      "{goodput: \">= 0.95\", faults: {flip: {detected: {withinSteps: 1}, blamed: {pod: 0}}}}";

  @Test
  void all_three_are_as_the_golden_files_say(@TempDir Path folder) throws IOException {
    RunReport report = new Outcomes().report(EXPECT);
    RunDirectory directory = RunDirectory.create(folder, "small", 7, Instant.EPOCH);

    ReportWriters.write(report, directory);

    for (String name : new String[] {"summary.json", "junit.xml", "summary.md"}) {
      assertGolden(name, Files.readString(directory.file(name)));
    }
  }

  @Test
  void a_summary_is_read_back_equal(@TempDir Path folder) throws IOException {
    RunReport report = new Outcomes().report(EXPECT);
    Path file = Files.writeString(folder.resolve("summary.json"), ReportWriters.json(report));

    assertThat(ReportWriters.read(file)).isEqualTo(report);
  }

  static Stream<Consumer<Outcomes>> runs() {
    return Stream.of(
        run -> {},
        run -> run.falseAlarms = 3,
        run -> run.fault = Outcomes.missed(),
        run -> run.finals.put("pod\u0001<&\">", Outcomes.OTHER),
        run -> run.ending = RunOutcome.Ending.LOST,
        run -> run.ending = RunOutcome.Ending.INTERRUPTED);
  }

  @ParameterizedTest
  @MethodSource("runs")
  void junit_xml_has_the_shape_that_ci_servers_read(Consumer<Outcomes> spoil) throws Exception {
    Outcomes run = new Outcomes();
    spoil.accept(run);
    RunReport report = run.report("{falseAlarms: 0, goodput: \">= 0.99\"}");
    Schema schema;
    try (InputStream xsd = ReportWritersTest.class.getResourceAsStream("junit.xsd")) {
      schema =
          SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
              .newSchema(new StreamSource(xsd));
    }
    String xml = JUnitXml.of(report);

    schema.newValidator().validate(new StreamSource(new StringReader(xml)));

    assertThat(count(xml, "<testcase ")).isEqualTo(number(xml, "tests"));
    assertThat(count(xml, "<failure ")).isEqualTo(number(xml, "failures"));
    assertThat(count(xml, "<error ")).isEqualTo(number(xml, "errors"));
    assertThat(count(xml, "<skipped ")).isEqualTo(number(xml, "skipped"));
    assertThat(number(xml, "failures") + number(xml, "errors") + number(xml, "skipped"))
        .isPositive();
  }

  private static int count(String xml, String part) {
    return xml.split(part, -1).length - 1;
  }

  private static int number(String xml, String attribute) {
    return Integer.parseInt(
        xml.replaceAll("(?s).*<testsuite [^>]*" + attribute + "=\"(\\d+)\".*", "$1"));
  }

  private static void assertGolden(String name, String text) throws IOException {
    if (Boolean.getBoolean("redoubt.golden.write")) {
      Path sources =
          Path.of(System.getProperty("redoubt.root", ".."), "cli", "src", "test", "resources")
              .resolve("dev/redoubt/cli/report");
      Files.writeString(sources.resolve(name), text);
      return;
    }
    try (InputStream golden = ReportWritersTest.class.getResourceAsStream(name)) {
      assertThat(golden).as(name).isNotNull();
      assertThat(text).isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
