package dev.redoubt.cli.page;

import dev.redoubt.cli.page.Journal.Line;
import dev.redoubt.cli.page.Moments.Struck;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * From the strike of a fault to the next committed step, in the phases that {@code bench recovery}
 * measures too, out of the journal.
 *
 * @param noticed seconds to the first alarm
 * @param decided from there to the epoch that answers
 * @param moved until everybody stood on the version to go on from
 * @param running until the step was committed
 */
record WayBack(String fault, double noticed, double decided, double moved, double running) {

  double seconds() {
    return noticed + decided + moved + running;
  }

  /** One for each fault that was found and answered with a new epoch. */
  static List<WayBack> of(Journal journal, Moments moments, List<FaultReport> faults) {
    List<WayBack> all = new ArrayList<>();
    for (FaultReport fault : faults) {
      moments.of(fault.id()).flatMap(struck -> of(journal, fault, struck)).ifPresent(all::add);
    }
    return all;
  }

  private static Optional<WayBack> of(Journal journal, FaultReport fault, Struck struck) {
    Integer at = struck.alarm();
    Double latency = fault.latencySeconds();
    if (at == null || latency == null) {
      return Optional.empty();
    }
    // Of several epochs in a row the last one counts: it is the one that the step is done in.
    return next(journal, at, "epoch-opened")
        .flatMap(
            epoch ->
                next(journal, epoch, "step-committed")
                    .map(committed -> of(journal, fault.id(), latency, at, epoch, committed)));
  }

  private static WayBack of(
      Journal journal, String fault, double latency, int alarm, int epoch, int committed) {
    Line alarmed = journal.lines().get(alarm);
    Line opened = journal.lines().get(epoch);
    Line done = journal.lines().get(committed);
    Line started =
        journal
            .first(epoch, line -> line.is("step-started") && line.epoch() == done.epoch())
            .orElse(done);
    return new WayBack(
        fault,
        latency,
        Journal.seconds(alarmed.time(), opened.time()),
        Journal.seconds(opened.time(), started.time()),
        Journal.seconds(started.time(), done.time()));
  }

  private static Optional<Integer> next(Journal journal, int from, String event) {
    for (int at = from; at < journal.lines().size(); at++) {
      if (journal.lines().get(at).is(event)) {
        return Optional.of(at);
      }
    }
    return Optional.empty();
  }
}
