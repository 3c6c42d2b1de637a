package dev.redoubt.cli.page;

import dev.redoubt.cli.page.Page.Section;
import dev.redoubt.cli.page.Tables.Cell;
import dev.redoubt.cli.report.Expectation;
import dev.redoubt.cli.report.RecordedRun.UnreadableException;
import dev.redoubt.cli.report.RunOutcome.Loss;
import dev.redoubt.cli.report.RunReport;
import dev.redoubt.cli.report.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code report.html} of a run: the story of one run for people. It is a function of the files in
 * the run's directory, so that it can be written again at any time, and says nothing that they do
 * not say.
 */
public final class RunPage {

  /** The name of the file. */
  public static final String NAME = "report.html";

  private static final List<Section> SECTIONS =
      List.of(
          new Section("expectations", "Wanted and observed"),
          new Section("faults", "Faults"),
          new Section("machines", "Machines"),
          new Section("loss", "Loss"),
          new Section("steps", "Steps"),
          new Section("time", "Time"),
          new Section("recovery", "Recovery"),
          new Section("detectors", "Detectors"),
          new Section("figures", "Figures"),
          new Section("journal", "Journal"));

  private final RunModel model;
  private final RunReport report;
  private final Html html;

  private RunPage(RunModel model, Html html) {
    this.model = model;
    this.report = model.report();
    this.html = html;
  }

  /**
   * Writes the page of a run into its directory.
   *
   * @return the file
   * @throws UnreadableException if the directory is not that of a run that is over
   * @throws IOException if a file cannot be read or written
   */
  public static Path write(Path directory) throws UnreadableException, IOException {
    Path file = directory.resolve(NAME);
    Page.write(file, of(RunModel.read(directory)));
    return file;
  }

  static String of(RunModel model) {
    return Page.of(
        model.report().scenario() + ": " + model.report().verdict().word(),
        SECTIONS,
        StepCharts.of(model),
        html -> new RunPage(model, html).body());
  }

  private void body() {
    head();
    section(0, this::expectations);
    section(1, () -> new FaultSection(model, html).write());
    section(2, () -> new LaneSection(model.timeline(), html).write());
    section(3, () -> StepCharts.loss(model.steps(), html));
    section(4, () -> StepCharts.seconds(model.steps(), html));
    section(5, () -> new TimeSection(html).of(report));
    section(6, () -> new RecoverySection(model, html).write());
    section(7, () -> new DetectorSection(model, html).write());
    section(8, () -> new FigureSection(report, html).write());
    section(9, () -> new EventSection(model.journal(), html).write());
  }

  private void section(int index, Runnable content) {
    section(html, SECTIONS.get(index), content);
  }

  static void section(Html html, Section section, Runnable content) {
    html.open("section", "id", section.id()).leaf("h2", section.title()).newLine();
    content.run();
    html.closeLine();
  }

  private void head() {
    html.open("header");
    html.open("h1").text(report.scenario()).text(" ");
    verdict(html, report.verdict());
    html.closeLine();
    if (!report.reason().isEmpty()) {
      html.leaf("p", report.reason(), "class", "reason").newLine();
    }
    html.leaf("p", facts()).newLine();
    html.open("p").text("The same run again, from this directory: ");
    html.leaf("code", "redoubt run scenario.resolved.yaml");
    html.text(" and its training, digest by digest: ").leaf("code", "redoubt replay .");
    html.closeLine().closeLine();
  }

  private String facts() {
    Loss loss = report.loss();
    Double goodput = report.goodput();
    return "Seed %d, %d of %d steps, %d parameters%s, %s. %s"
        .formatted(
            report.seed(),
            report.stepsDone(),
            report.steps(),
            report.modelParameters(),
            loss == null
                ? ""
                : ", loss "
                    + Figures.decimals(3, loss.first())
                    + " to "
                    + Figures.decimals(3, loss.last()),
            goodput == null
                ? "goodput could not be taken"
                : "goodput " + Figures.decimals(3, goodput),
            report.bitIdentical()
                ? "Every pod ended on the golden bits."
                : report.finalDigest() == null
                    ? "There are no final bits."
                    : "The final bits are not golden.");
  }

  /** A sign and a word; the colour only says the same again. */
  static void verdict(Html html, Verdict verdict) {
    String style =
        switch (verdict) {
          case PASSED -> "good";
          case FAILED, LOST -> "bad";
          case INCONCLUSIVE, INTERRUPTED -> "open";
        };
    html.leaf("span", verdict.word(), "class", "badge word " + style);
  }

  private void expectations() {
    expectations(html, report.expectations());
  }

  static void expectations(Html html, List<Expectation> expectations) {
    if (expectations.isEmpty()) {
      html.leaf("p", "Nothing was expected.");
      return;
    }
    Tables table =
        Tables.begin(
            html,
            "What was wanted, and what was observed",
            List.of("Expectation", "Wanted", "Observed", "Held"));
    for (Expectation expectation : expectations) {
      table.row(
          Cell.text(expectation.id()),
          Cell.prose(expectation.wanted()),
          Cell.prose(expectation.observed()),
          held(expectation));
    }
    table.end();
  }

  private static Cell held(Expectation expectation) {
    return expectation.open()
        ? Cell.verdict("open", "cannot be told")
        : expectation.failed() ? Cell.verdict("bad", "no") : Cell.verdict("good", "yes");
  }
}
