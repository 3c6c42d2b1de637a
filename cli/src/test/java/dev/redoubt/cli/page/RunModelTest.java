package dev.redoubt.cli.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.cli.page.Timeline.Kind;
import dev.redoubt.cli.page.Timeline.Lane;
import dev.redoubt.cli.page.Timeline.Mark;
import dev.redoubt.cli.page.Timeline.State;
import dev.redoubt.cli.page.Timeline.Stretch;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.scenario.Detector;
import dev.redoubt.cli.scenario.Effect;
import dev.redoubt.cli.scenario.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a page makes of a journal. */
class RunModelTest {

  private static final FaultReport CRASH =
      new FaultReport(
          "crash",
          "crash",
          true,
          2,
          "its port refuses",
          true,
          Detector.MEMBERSHIP,
          2,
          0.25,
          "pod1/rank0",
          true,
          Response.REPLACED,
          Effect.CRASH);

  private final Path folder;

  RunModelTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** Two pods and a spare; w1 dies in step 2, its proof comes after the alarm. */
  private static Lines story() {
    return new Lines()
        .raw(null, 0, "golden-run-ended", "\"losses\":[5.5,5.25,5.125]")
        .after(10)
        .line(null, 0, "c0", "controller-acting")
        .epoch(1, 1, "pod0/rank0=w0", "pod1/rank0=w1")
        .step(1, 1, 1, 5.5)
        .line(2, 1, "controller", "step-started")
        .after(0.5)
        .line(2, 1, "w1", "worker-lost", "detector", "membership", "cause", "links broke")
        .line(null, 1, "w2", "replaced", "lost", "w1", "rank", "pod1/rank0")
        .after(0.125)
        .epoch(2, 2, "pod0/rank0=w0", "pod1/rank0=w2")
        .after(0.125)
        .line(2, 2, "w1", "fault-struck", "fault", "crash", "kind", "crash", "evidence", "gone")
        .after(0.25)
        .step(2, 2, 2, 5.25)
        .step(3, 2, 1, 5.0)
        .line(null, 2, "controller", "concluded", "cause", "done")
        .after(3)
        .line(null, 0, "w0", "member-ended", "what", "ended")
        .line(null, 0, "", "run-ended", "verdict", "passed");
  }

  private Timeline timeline(Lines lines, FaultReport... faults) throws IOException {
    Journal journal = lines.journal(folder);
    List<String> workers = List.of("w0", "w1", "w2");
    return Lanes.of(journal, new Moments(journal, List.of(faults)), workers);
  }

  private static Lane lane(Timeline timeline, String node) {
    return timeline.lanes().stream().filter(l -> l.node().equals(node)).findFirst().orElseThrow();
  }

  @Test
  void a_lane_says_what_a_machine_was_and_when() throws IOException {
    Timeline timeline = timeline(story(), CRASH);

    assertThat(timeline.seconds()).isEqualTo(5);
    assertThat(timeline.lanes()).extracting(Lane::node).containsExactly("c0", "w0", "w1", "w2");
    assertThat(lane(timeline, "w0").stretches())
        .containsExactly(new Stretch(0, 5, "w0", State.TRAINING, "pod0/rank0"));
    assertThat(lane(timeline, "w1").stretches())
        .containsExactly(
            new Stretch(0, 1.5, "w1", State.TRAINING, "pod1/rank0"),
            new Stretch(1.5, 5, "w1", State.GONE, ""));
    assertThat(lane(timeline, "w2").stretches())
        .containsExactly(
            new Stretch(0, 1.5, "w2", State.SPARE, ""),
            new Stretch(1.5, 5, "w2", State.TRAINING, "pod1/rank0"));
  }

  @Test
  void a_fault_is_marked_where_it_struck_though_its_proof_came_later() throws IOException {
    assertThat(lane(timeline(story(), CRASH), "w1").marks())
        .extracting(Mark::kind, Mark::at)
        .containsExactlyInAnyOrder(tuple(Kind.LOST, 1.5), tuple(Kind.STRUCK, 1.25));
  }

  @Test
  void what_is_ended_with_the_run_is_not_lost() throws IOException {
    assertThat(lane(timeline(story(), CRASH), "w0").stretches())
        .noneMatch(stretch -> stretch.state() == State.GONE);
  }

  @Test
  void a_blamed_machine_that_loses_its_rank_is_evicted_and_an_alarm_is_marked_where_it_points()
      throws IOException {
    Lines lines =
        new Lines()
            .epoch(1, 1, "pod0/rank0=w0", "pod1/rank0=w1")
            .after(1)
            .raw(1, 1, "detected", "\"suspects\":[\"pod1/rank0\"],\"detector\":\"state-digest\"")
            .after(1)
            .line(1, 1, "w1", "blamed", "cause", "wrong")
            .line(1, 1, "w1", "evicted", "cause", "two strikes")
            .epoch(1, 2, "pod0/rank0=w0", "pod1/rank0=w2")
            .after(2)
            .line(null, 2, "controller", "concluded");

    Lane lane = lane(timeline(lines), "w1");

    assertThat(lane.stretches())
        .containsExactly(
            new Stretch(0, 2, "w1", State.TRAINING, "pod1/rank0"),
            new Stretch(2, 4, "w1", State.EVICTED, ""));
    assertThat(lane.marks())
        .extracting(Mark::kind)
        .containsExactly(Kind.ALARM, Kind.BLAMED, Kind.EVICTED);
  }

  @Test
  void a_machine_that_comes_back_goes_on_in_its_lane_under_another_name() throws IOException {
    Lines lines =
        new Lines()
            .epoch(1, 1, "pod0/rank0=w0", "pod1/rank0=w1")
            .after(1)
            .line(1, 1, "w1", "worker-lost", "cause", "gone")
            .after(1)
            .line(null, 1, "w1~2", "member-started", "what", "process 7")
            .line(null, 1, "w1", "member-ended", "what", "the process that was lost")
            .after(1)
            .epoch(2, 2, "pod0/rank0=w0", "pod1/rank0=w1~2")
            .after(1)
            .line(null, 2, "controller", "concluded");

    Timeline timeline = timeline(lines);

    assertThat(timeline.lanes()).extracting(Lane::node).containsExactly("w0", "w1", "w2");
    assertThat(lane(timeline, "w1").stretches())
        .containsExactly(
            new Stretch(0, 1, "w1", State.TRAINING, "pod1/rank0"),
            new Stretch(1, 2, "w1", State.GONE, ""),
            new Stretch(2, 3, "w1~2", State.SPARE, ""),
            new Stretch(3, 4, "w1~2", State.TRAINING, "pod1/rank0"));
  }

  @Test
  void without_a_planned_step_there_are_no_lanes() throws IOException {
    assertThat(timeline(new Lines().line(null, 0, "", "run-started")).lanes()).isEmpty();
  }

  @Test
  void the_way_back_has_the_phases_of_the_strike_the_alarm_the_epoch_and_the_step()
      throws IOException {
    Journal journal = story().journal(folder);

    assertThat(WayBack.of(journal, new Moments(journal, List.of(CRASH)), List.of(CRASH)))
        .singleElement()
        .satisfies(
            way -> {
              assertThat(way.noticed()).isEqualTo(0.25);
              assertThat(way.decided()).isEqualTo(0.125);
              assertThat(way.moved()).isEqualTo(0.375);
              assertThat(way.running()).isEqualTo(2);
              assertThat(way.seconds()).isEqualTo(2.75, within(1e-9));
            });
  }

  @Test
  void a_step_takes_the_time_of_the_try_that_counted() throws IOException {
    StepSeries steps = StepSeries.of(story().journal(folder));

    assertThat(steps.points())
        .containsExactly(
            new StepSeries.Point(1, 5.5, 5.5, 1.0),
            new StepSeries.Point(2, 5.25, 5.25, 2.0),
            new StepSeries.Point(3, 5.0, 5.125, 1.0));
  }

  @Test
  void the_first_loss_that_is_not_golden_is_named() throws IOException {
    assertThat(StepSeries.of(story().journal(folder)).parting()).isEqualTo(3);
  }

  @Test
  void an_older_journal_has_no_golden_losses() throws IOException {
    StepSeries steps =
        StepSeries.of(
            new Lines()
                .line(null, 0, "", "golden-run-ended", "digest", "9f")
                .step(1, 1, 1, 5.5)
                .journal(folder));

    assertThat(steps.golden()).isFalse();
    assertThat(steps.parting()).isNull();
    assertThat(steps.points()).containsExactly(new StepSeries.Point(1, 5.5, null, 1.0));
  }

  @Test
  void a_step_that_is_verified_later_was_done_when_the_next_one_began() throws IOException {
    Lines lines = new Lines().line(1, 1, "controller", "step-started").after(2);
    lines.line(2, 1, "controller", "step-started").after(3).committed(1, 1, 5.5).after(1);

    assertThat(StepSeries.of(lines.committed(2, 1, 5.25).journal(folder)).points())
        .containsExactly(
            new StepSeries.Point(1, 5.5, null, 2.0), new StepSeries.Point(2, 5.25, null, 4.0));
  }

  @Test
  void what_was_rolled_back_does_not_stand() throws IOException {
    Lines lines = new Lines().step(1, 1, 1, 5.5).step(2, 1, 1, 9.0).step(3, 1, 1, 9.5);
    lines.raw(3, 1, "rolled-back", "\"from\":3,\"to\":1").step(2, 2, 1, 5.25);

    assertThat(StepSeries.of(lines.journal(folder)).points())
        .extracting(StepSeries.Point::step, StepSeries.Point::loss)
        .containsExactly(tuple(1, 5.5), tuple(2, 5.25));
  }

  @Test
  void another_controller_goes_on_from_what_it_knows() throws IOException {
    Lines lines = new Lines().step(1, 1, 1, 5.5).step(2, 1, 1, 5.25);
    lines.line(null, 1, "controller", "controller-changed").epoch(2, 2, "pod0/rank0=w0");

    assertThat(StepSeries.of(lines.journal(folder)).points())
        .extracting(StepSeries.Point::step)
        .containsExactly(1);
  }

  @Test
  void a_torn_line_is_counted_and_left_out() throws IOException {
    Journal journal = story().torn().journal(folder);

    assertThat(journal.torn()).isOne();
    assertThat(journal.lines().getLast().event()).isEqualTo("run-ended");
  }

  @Test
  void a_round_number_of_seconds_is_between_two_ticks() {
    assertThat(LaneSection.round(9.02)).isEqualTo(10);
    assertThat(LaneSection.round(0.3)).isEqualTo(0.5);
    assertThat(LaneSection.round(2.5)).isEqualTo(5);
  }

  @Test
  void a_scenario_says_what_was_asked_of_each_fault() {
    String scenario =
        """
        faults:
        - id: flip
          at: {step: 9, phase: update}
          inject: {kind: bit-flip, target: {pod: 0, rank: 1, site: parameters, bit: 30}}
        - id: cut
          at: {step: 3}
          inject: {kind: crash, target: {controller: true}}
        """;

    assertThat(Asked.of(scenario))
        .containsEntry("flip", "pod0/rank1, step 9, update, site parameters, bit 30")
        .containsEntry("cut", "the controller, step 3, compute");
    assertThat(Asked.of("{no: [yaml")).isEmpty();
  }
}
