package dev.redoubt.cli.run;

import dev.redoubt.cli.report.RunOutcome;
import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.core.Note;
import java.util.List;

/** What scans of the machines came to. */
final class ScanAccount {

  private ScanAccount() {}

  static RunOutcome.Scans of(RunHistory history) {
    List<Note.Scanned> scans = history.all(Note.Scanned.class).stream().map(Timed::what).toList();
    int wrong = (int) scans.stream().filter(scan -> scan.wrong() != null).count();
    return new RunOutcome.Scans(
        scans.size() - wrong, scans.stream().mapToLong(Note.Scanned::tests).sum(), wrong);
  }
}
