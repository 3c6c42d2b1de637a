package dev.redoubt.cli.page;

import dev.redoubt.cli.page.Tables.Cell;
import dev.redoubt.cli.report.RunOutcome.Audits;
import dev.redoubt.cli.report.RunOutcome.Scans;
import java.util.List;

/** What each layer of detection did. */
final class DetectorSection {

  private final RunModel model;
  private final Html html;

  DetectorSection(RunModel model, Html html) {
    this.model = model;
    this.html = html;
  }

  void write() {
    audits();
    scans();
    html.leaf("p", falseAlarms());
    if (model.detectors().isEmpty()) {
      html.leaf("p", "No detector raised an alarm.");
      return;
    }
    Tables table =
        Tables.begin(
            html,
            "Alarms of each detector",
            List.of("Detector", "Alarms", "Faults found first", "False alarms"));
    for (DetectorCount count : model.detectors()) {
      Integer wrong = count.falseAlarms();
      table.row(
          Cell.text(count.detector()),
          Cell.number(Integer.toString(count.alarms())),
          Cell.number(Integer.toString(count.found())),
          Cell.number(wrong == null ? "not recorded" : wrong.toString()));
    }
    table.end();
  }

  private String falseAlarms() {
    int count = model.report().falseAlarms();
    return switch (count) {
      case 0 -> "Every alarm is explained by a fault.";
      case 1 -> "One alarm is explained by no fault.";
      default -> count + " alarms are explained by no fault.";
    };
  }

  private void audits() {
    Audits audits = model.report().audits();
    if (audits == null) {
      return;
    }
    html.leaf(
        "p",
        "Audits: %d of %d drawn spans were computed again (fraction %s)%s"
            .formatted(
                audits.audited(),
                audits.spans(),
                audits.fraction(),
                audits.unaudited() == 0
                    ? "."
                    : "; %d in %d steps were not audited: nobody could."
                        .formatted(audits.unaudited(), audits.stepsNotWhole())));
  }

  private void scans() {
    Scans scans = model.report().scan();
    if (scans != null) {
      html.leaf(
          "p",
          "Scans: %d clean rounds, %d known-answer tests; %d machines gave a wrong answer."
              .formatted(scans.rounds(), scans.tests(), scans.wrong()));
    }
  }
}
