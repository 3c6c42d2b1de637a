package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.scenario.Effect;
import dev.redoubt.cli.scenario.Response;
import dev.redoubt.core.Detector;
import dev.redoubt.core.Note.Kind;
import dev.redoubt.core.Note.Trigger;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Recurrence;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Spare;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.Victim;
import dev.redoubt.fault.When;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Made-up histories: each alarm finds its own fault, and nothing else. */
class AttributionTest {

  private static final int KEEP = 4;

  private final Tale tale = Tale.of(3);

  private static BitFlip flip(String id, long step, int pod) {
    When when = new When(step, Phase.COMPUTE);
    return BitFlip.inState(id, when, new Target(pod, 0), Site.PARAMETERS, "head", 1, 30);
  }

  private static BitFlip gradient(String id, long step, int pod) {
    return new BitFlip(
        id,
        new When(step, Phase.COMPUTE),
        new Target(pod, 0),
        Site.GRADIENT,
        "head",
        1,
        20,
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  private static BitFlip rot(String id, long step, int pod, int age) {
    return new BitFlip(
        id,
        new When(step, Phase.COMPUTE),
        new Target(pod, 0),
        Site.STORED_COPY,
        "head",
        1,
        20,
        OptionalInt.empty(),
        OptionalInt.of(age));
  }

  private static Crash crash(String id, long step, int pod) {
    return new Crash(id, new When(step, Phase.COMPUTE), new Target(pod, 0));
  }

  private Attribution attribution(Fault... faults) {
    return new Attribution(
        tale.history(),
        List.of(faults),
        KEEP,
        committed ->
            committed.digests().isEmpty()
                ? Optional.empty()
                : Optional.of(committed.digests().getFirst().equals(Tale.RIGHT)));
  }

  private List<FaultReport> golden(Fault... faults) {
    return attribution(faults).reports(true, new Verdict.Completed(List.of()), false);
  }

  private List<FaultReport> notGolden(Fault... faults) {
    return attribution(faults).reports(false, new Verdict.Completed(List.of()), false);
  }

  @Test
  void a_flip_finds_its_alarm_its_blame_and_its_repair() {
    Fault flip = flip("flip", 2, 1);
    tale.steps(1, 1).start(2).strike(flip, 1).repaired(2, 1).steps(3, 4);

    FaultReport report = golden(flip).getFirst();

    assertThat(report)
        .isEqualTo(
            new FaultReport(
                "flip",
                "bit-flip",
                true,
                2,
                "changed",
                true,
                dev.redoubt.cli.scenario.Detector.STATE_DIGEST,
                2,
                1.0,
                "pod1/rank0",
                true,
                Response.REPAIRED,
                Effect.CORRECTED));
    assertThat(attribution(flip).falseAlarms()).isZero();
  }

  /** The worker of pod 2 is a rank 1 here, and its mate is no suspect. */
  @Test
  void a_flip_in_a_second_rank_is_laid_at_its_own_door() {
    Tale pods = Tale.ofPairs(2);
    BitFlip flip =
        BitFlip.inState(
            "flip", new When(2, Phase.UPDATE), new Target(1, 1), Site.PARAMETERS, "head", 1, 30);
    pods.steps(1, 1).start(2).strike(flip, 3);
    pods.suspected(2, Detector.STATE_DIGEST, new Rank(0, 1), new Rank(1, 1));
    pods.epoch(1, Trigger.ALARM).blamed(2, new Rank(1, 1)).start(2).commit(2);
    Attribution found =
        new Attribution(pods.history(), List.of(flip), KEEP, committed -> Optional.of(true));

    FaultReport report = found.reports(true, new Verdict.Completed(List.of()), false).getFirst();

    assertThat(report.blamed()).isEqualTo("pod1/rank1");
    assertThat(report.blamedRight()).isTrue();
    assertThat(report.response()).isEqualTo(Response.REPAIRED);
    assertThat(found.falseAlarms()).isZero();
  }

  @Test
  void two_faults_on_one_rank_find_an_alarm_each() {
    Fault first = flip("first", 2, 1);
    Fault second = flip("second", 4, 1);
    tale.start(2).strike(first, 1).repaired(2, 1).steps(3, 3);
    tale.start(4).strike(second, 1).repaired(4, 1);

    assertThat(golden(first, second)).extracting(FaultReport::detectedAtStep).containsExactly(2, 4);
    assertThat(golden(first, second)).extracting(FaultReport::latencySeconds).containsOnly(1.0);
    assertThat(attribution(first, second).falseAlarms()).isZero();
  }

  @Test
  void a_fault_that_nobody_saw_is_not_credited_with_the_alarm_of_the_next_on_its_rank() {
    Fault silent = gradient("silent", 2, 1);
    Fault masked = flip("masked", 3, 1);
    Fault seen = flip("seen", 5, 1);
    tale.start(2).strike(silent, 1).commit(2, List.of(Tale.WRONG));
    tale.start(3).strike(masked, 1).commit(3).steps(4, 4);
    tale.start(5).strike(seen, 1).repaired(5, 1);

    assertThat(golden(silent, masked, seen))
        .extracting(FaultReport::detected)
        .containsExactly(false, false, true);
  }

  @Test
  void two_faults_before_one_comparison_are_both_seen_by_it() {
    Fault first = flip("first", 1, 1);
    Fault second = flip("second", 2, 2);
    tale.start(1).strike(first, 1).start(2).strike(second, 2);
    tale.detected(2, Detector.STATE_DIGEST, 0, 1, 2).epoch(0, Trigger.ALARM);
    tale.blamed(2, 1, Kind.TRANSIENT).blamed(2, 2, Kind.TRANSIENT).start(1).commit(1);

    assertThat(golden(first, second)).extracting(FaultReport::detected).containsOnly(true);
    assertThat(golden(first, second))
        .extracting(FaultReport::blamed)
        .containsExactly("pod1/rank0", "pod2/rank0");
    assertThat(golden(first, second)).extracting(FaultReport::blamedRight).containsOnly(true);
  }

  @Test
  void an_alarm_without_a_fault_is_false_and_one_that_comes_again_is_the_same() {
    tale.start(1).detected(1, Detector.SCREEN, 2).epoch(0, Trigger.ALARM).start(1);
    tale.detected(1, Detector.SCREEN, 2).commit(1).steps(2, 2);
    assertThat(attribution().falseAlarms()).isOne();

    tale.start(3).detected(3, Detector.SCREEN, 2);
    assertThat(attribution().falseAlarms()).isEqualTo(2);
  }

  @Test
  void a_machine_that_is_taken_for_dead_without_a_crash_is_a_false_alarm() {
    Fault flip = flip("flip", 1, 0);
    tale.start(1).strike(flip, 0).lost(1, 0).replaced(0, 3).epoch(0, Trigger.LOSS);

    assertThat(golden(flip).getFirst().detected()).isFalse();
    assertThat(attribution(flip).falseAlarms()).isOne();
  }

  @Test
  void an_alarm_about_another_rank_or_of_a_layer_that_cannot_see_it_is_not_the_faults() {
    Fault flip = flip("flip", 1, 0);
    Fault silent = gradient("silent", 1, 2);
    tale.start(1).strike(flip, 0).strike(silent, 2);
    tale.detected(1, Detector.STATE_DIGEST, 1).detected(1, Detector.STATE_DIGEST, 2);

    assertThat(golden(flip, silent)).extracting(FaultReport::detected).containsOnly(false);
    assertThat(attribution(flip, silent).falseAlarms()).isEqualTo(2);
  }

  @Test
  void an_alarm_before_the_strike_does_not_count() {
    Fault flip = flip("flip", 1, 1);
    tale.start(1).detected(1, Detector.STATE_DIGEST, 1).strike(flip, 1).commit(1);

    assertThat(golden(flip).getFirst().detected()).isFalse();
    assertThat(attribution(flip).falseAlarms()).isOne();
  }

  @Test
  void after_the_repair_an_alarm_about_another_step_on_the_same_rank_is_false() {
    Fault flip = flip("flip", 2, 1);
    tale.start(2).strike(flip, 1).repaired(2, 1).start(3);
    tale.detected(3, Detector.STATE_DIGEST, 1);

    assertThat(golden(flip).getFirst().detectedAtStep()).isEqualTo(2);
    assertThat(attribution(flip).falseAlarms()).isOne();
  }

  @Test
  void a_stored_copy_that_nobody_could_mend_is_the_cause_of_every_alarm_about_it() {
    Fault rot = rot("rot", 4, 1, 1);
    tale.steps(1, 3).start(4).strike(rot, 1).commit(4);
    tale.detected(4, Detector.SCRUB, 1).blamed(4, 1, Kind.TRANSIENT).start(5).commit(5);
    tale.detected(5, Detector.SCRUB, 1).restored(2, 1).start(6).commit(6);
    assertThat(attribution(rot).falseAlarms()).isZero();
    assertThat(golden(rot).getFirst().detectedAtStep()).isEqualTo(4);
    assertThat(golden(rot).getFirst().response()).isEqualTo(Response.REPAIRED);

    tale.detected(6, Detector.SCRUB, 1);
    assertThat(attribution(rot).falseAlarms()).isOne();
  }

  @Test
  void a_stored_copy_that_was_dropped_explains_nothing_any_more() {
    Fault rot = rot("rot", 4, 1, 1);
    tale.steps(1, 3).start(4).strike(rot, 1).commit(4).steps(5, 6);
    tale.detected(6, Detector.SCRUB, 1);

    assertThat(golden(rot).getFirst().detected()).isFalse();
  }

  @Test
  void a_healthy_machine_that_is_named_is_wrong_blame() {
    Fault flip = flip("flip", 2, 0);
    tale.start(2).strike(flip, 0).detected(2, Detector.STATE_DIGEST, 0, 1);
    tale.epoch(1, Trigger.ALARM).blamed(2, 1, Kind.TRANSIENT).start(2).commit(2);

    FaultReport report = golden(flip).getFirst();
    assertThat(report.blamed()).isEqualTo("pod1/rank0");
    assertThat(report.blamedRight()).isFalse();
    assertThat(report.response()).isEqualTo(Response.WRONG_BLAME);
    assertThat(attribution(flip).falseAlarms()).isZero();
  }

  @Test
  void a_healthy_machine_that_is_named_beside_the_struck_one_is_wrong_blame_too() {
    Fault flip = flip("flip", 2, 0);
    tale.start(2).strike(flip, 0).detected(2, Detector.STATE_DIGEST, 0, 1);
    tale.epoch(1, Trigger.ALARM).blamed(2, 0, Kind.TRANSIENT).blamed(2, 1, Kind.TRANSIENT);
    tale.start(2).commit(2);

    assertThat(golden(flip).getFirst().response()).isEqualTo(Response.WRONG_BLAME);
  }

  @Test
  void checksums_on_products_see_products_alone() {
    Fault product =
        new BitFlip(
            "product",
            new When(2, Phase.COMPUTE),
            new Target(0, 0),
            Site.PRODUCT,
            "blocks.0.ffn.up",
            3,
            24,
            OptionalInt.empty(),
            OptionalInt.empty());
    tale.start(2).strike(product, 0).detected(2, Detector.ABFT, 0);
    tale.blamed(2, 0, Kind.TRANSIENT).epoch(1, Trigger.ALARM).start(2).commit(2);
    Fault silent = gradient("silent", 3, 1);
    tale.start(3).strike(silent, 1).detected(3, Detector.ABFT, 1);

    FaultReport report = golden(product, silent).getFirst();
    assertThat(report.detectedBy()).isEqualTo(dev.redoubt.cli.scenario.Detector.ABFT);
    assertThat(report.blamedRight()).isTrue();
    assertThat(golden(product, silent).getLast().detected()).isFalse();
    assertThat(attribution(product, silent).falseAlarms()).isOne();
  }

  private static DefectiveCore core(Victim target) {
    return new DefectiveCore(
        "core",
        new When(2, Phase.COMPUTE),
        target,
        DefectiveCore.Unit.ALL,
        3,
        1 << 24,
        0,
        0,
        new Recurrence(Integer.MAX_VALUE, 1));
  }

  @Test
  void a_spare_that_its_own_scan_finds_is_off_the_run_and_that_is_no_false_alarm() {
    Fault core = core(new Spare(0));
    tale.start(2).strike(core, 5).scanned(2, 5, null).commit(2);

    FaultReport report = golden(core).getFirst();
    assertThat(report.detectedBy()).isEqualTo(dev.redoubt.cli.scenario.Detector.SCAN);
    assertThat(report.blamed()).isEqualTo("w5");
    assertThat(report.blamedRight()).isTrue();
    assertThat(report.response()).isEqualTo(Response.EVICTED);
    assertThat(report.effect()).isEqualTo(Effect.CORRECTED);
    assertThat(attribution(core).falseAlarms()).isZero();
  }

  @Test
  void a_scan_of_a_machine_that_no_fault_struck_is_a_false_alarm() {
    Fault core = core(new Spare(0));
    tale.start(2).strike(core, 5).scanned(2, 6, null).commit(2);

    assertThat(golden(core).getFirst().detected()).isFalse();
    assertThat(attribution(core).falseAlarms()).isOne();
  }

  @Test
  void a_machine_that_is_back_with_its_defective_core_is_no_false_alarm() {
    Fault core = core(new Target(0, 0));
    tale.start(2).strike(core, 0).detected(2, Detector.AUDIT, 0).blamed(2, 0, Kind.PERSISTENT);
    tale.evicted(2, 0).replaced(0, 4).epoch(1, Trigger.EVICTION).start(2).commit(2);
    tale.start(3).scanned(3, 0, "~2").commit(3);

    FaultReport report = golden(core).getFirst();
    assertThat(report.detectedBy()).isEqualTo(dev.redoubt.cli.scenario.Detector.AUDIT);
    assertThat(report.response()).isEqualTo(Response.EVICTED);
    assertThat(attribution(core).falseAlarms()).isZero();
  }

  @Test
  void undecidable_is_said_even_if_somebody_was_suspected_at_first() {
    Fault flip = gradient("flip", 2, 0);
    tale.start(2).strike(flip, 0).detected(2, Detector.SCREEN, 0).blamed(2, 0, Kind.TRANSIENT);
    tale.epoch(1, Trigger.ALARM).start(2).detected(2, Detector.SCREEN, 0);
    tale.blamed(2, null, Kind.UNDECIDABLE).commit(2);

    FaultReport report = golden(flip).getFirst();
    assertThat(report.response()).isEqualTo(Response.UNDECIDABLE);
    assertThat(report.blamed()).isNull();
    assertThat(report.blamedRight()).isNull();
  }

  @Test
  void a_worker_that_had_too_many_strikes_is_evicted_not_replaced() {
    Fault flip = flip("flip", 2, 1);
    tale.start(2).strike(flip, 1).detected(2, Detector.STATE_DIGEST, 1).epoch(1, Trigger.ALARM);
    tale.blamed(2, 1, Kind.PERSISTENT).evicted(2, 1).replaced(1, 3).epoch(1, Trigger.EVICTION);
    tale.start(2).commit(2);

    assertThat(golden(flip).getFirst().response()).isEqualTo(Response.EVICTED);
  }

  @Test
  void an_eviction_for_a_later_fault_is_not_the_response_to_the_first() {
    Fault first = flip("first", 2, 1);
    Fault second = flip("second", 3, 1);
    tale.start(2).strike(first, 1).repaired(2, 1);
    tale.start(3).strike(second, 1).detected(3, Detector.STATE_DIGEST, 1);
    tale.epoch(2, Trigger.ALARM).blamed(3, 1, Kind.PERSISTENT).evicted(3, 1).dissolved(1);
    tale.epoch(2, Trigger.EVICTION).start(3).commit(3);

    assertThat(golden(first, second))
        .extracting(FaultReport::response)
        .containsExactly(Response.REPAIRED, Response.EVICTED);
  }

  @Test
  void a_crash_and_a_flip_on_the_same_rank_are_kept_apart() {
    Fault flip = flip("flip", 2, 1);
    Fault crash = crash("crash", 4, 1);
    tale.start(2).strike(flip, 1).repaired(2, 1).steps(3, 3);
    tale.start(4).strike(crash, 1).lost(4, 1).replaced(1, 3).epoch(3, Trigger.LOSS);
    tale.start(4).commit(4);

    List<FaultReport> reports = golden(flip, crash);
    assertThat(reports)
        .extracting(FaultReport::response)
        .containsExactly(Response.REPAIRED, Response.REPLACED);
    assertThat(reports)
        .extracting(FaultReport::effect)
        .containsExactly(Effect.CORRECTED, Effect.CRASH);
    assertThat(reports).extracting(FaultReport::detectedAtStep).containsExactly(2, 4);
    assertThat(attribution(flip, crash).falseAlarms()).isZero();
  }

  @Test
  void a_crash_whose_proof_comes_late_still_has_its_own_time() {
    Fault crash = crash("crash", 1, 1);
    long struckAt = tale.nanos() + 10;
    tale.start(1).lost(1, 1).dissolved(1).epoch(0, Trigger.LOSS).start(1).commit(1);
    tale.history().add(struckAt, Tale.proof(crash, 1));

    FaultReport report = golden(crash).getFirst();
    assertThat(report.detectedBy()).isEqualTo(dev.redoubt.cli.scenario.Detector.MEMBERSHIP);
    assertThat(report.response()).isEqualTo(Response.DISSOLVED);
    assertThat(report.latencySeconds()).isGreaterThan(0);
    assertThat(attribution(crash).falseAlarms()).isZero();
  }

  @Test
  void a_flip_on_the_spare_that_took_the_rank_is_the_spares() {
    Fault crash = crash("crash", 1, 1);
    Fault flip = flip("flip", 3, 1);
    tale.start(1).strike(crash, 1).lost(1, 1).replaced(1, 3).epoch(0, Trigger.LOSS);
    tale.steps(1, 2).start(3).strike(flip, 3).repaired(3, 1);

    assertThat(golden(crash, flip))
        .extracting(FaultReport::response)
        .containsExactly(Response.REPLACED, Response.REPAIRED);
    assertThat(golden(crash, flip)).extracting(FaultReport::blamedRight).containsOnly(true);
  }

  @Test
  void all_go_back_when_no_intact_copy_is_left() {
    Fault flip = flip("flip", 3, 1);
    tale.steps(1, 2).start(3).strike(flip, 1).detected(3, Detector.STATE_DIGEST, 1);
    tale.epoch(2, Trigger.ALARM).blamed(3, 1, Kind.TRANSIENT).rolledBack(2, 1);
    tale.epoch(1, Trigger.ROLLBACK).steps(2, 3);
    assertThat(golden(flip).getFirst().response()).isEqualTo(Response.REWOUND);
  }

  @Test
  void what_audits_find_late_is_found_during_a_later_step_and_rewound() {
    Fault silent = gradient("silent", 2, 1);
    tale.steps(1, 1).start(2).strike(silent, 1).start(3).start(4).detected(2, Detector.AUDIT, 1);
    tale.blamed(2, 1, Kind.TRANSIENT).rolledBack(3, 1).epoch(1, Trigger.ALARM).steps(2, 4);

    FaultReport report = golden(silent).getFirst();
    assertThat(report.detectedAtStep()).isEqualTo(4);
    assertThat(report.blamedRight()).isTrue();
    assertThat(report.response()).isEqualTo(Response.REWOUND);
    assertThat(report.effect()).isEqualTo(Effect.CORRECTED);
  }

  @Test
  void a_later_rollback_does_not_make_an_earlier_repair_a_rewind() {
    Fault flip = flip("flip", 2, 1);
    tale.start(2).strike(flip, 1).repaired(2, 1).steps(3, 3).start(4);
    tale.rolledBack(3, 2).epoch(2, Trigger.ROLLBACK).steps(3, 4);

    assertThat(golden(flip).getFirst().response()).isEqualTo(Response.REPAIRED);
  }

  @Test
  void undetected_is_masked_on_golden_bits_and_escaped_on_others() {
    Fault silent = gradient("silent", 1, 0);
    tale.start(1).strike(silent, 0).commit(1);

    assertThat(golden(silent).getFirst().effect()).isEqualTo(Effect.MASKED);
    assertThat(notGolden(silent).getFirst().effect()).isEqualTo(Effect.ESCAPED);
    assertThat(attribution(silent).reports(null, null, false).getFirst().effect()).isNull();
    assertThat(golden(silent).getFirst().response()).isEqualTo(Response.NONE);
  }

  @Test
  void a_fault_that_was_repaired_is_not_said_to_have_escaped_because_another_did() {
    Fault flip = flip("flip", 1, 1);
    Fault silent = gradient("silent", 2, 0);
    tale.start(1).strike(flip, 1).repaired(1, 1);
    tale.start(2).strike(silent, 0).commit(2, List.of(Tale.WRONG));

    assertThat(notGolden(flip, silent))
        .extracting(FaultReport::effect)
        .containsExactly(Effect.CORRECTED, Effect.ESCAPED);
  }

  @Test
  void a_fault_that_was_seen_but_whose_step_was_committed_wrong_has_escaped() {
    Fault flip = flip("flip", 2, 1);
    tale.steps(1, 1).start(2).strike(flip, 1).detected(2, Detector.SCREEN, 1);
    tale.blamed(2, 1, Kind.TRANSIENT).commit(2, List.of(Tale.WRONG));
    assertThat(notGolden(flip).getFirst().effect()).isEqualTo(Effect.ESCAPED);
  }

  @Test
  void the_loss_of_all_copies_is_that_of_the_last_crash_only() {
    Fault first = crash("first", 1, 1);
    Fault last = crash("last", 3, 0);
    Fault flip = flip("flip", 2, 0);
    tale.start(1).strike(first, 1).lost(1, 1).dissolved(1).epoch(0, Trigger.LOSS).steps(1, 1);
    tale.start(2).strike(flip, 0).repaired(2, 0);
    tale.start(3).strike(last, 0).lost(3, 0).dissolved(0);
    Verdict lost = new Verdict.Lost("nobody is left");
    tale.concluded(lost);

    List<FaultReport> reports = attribution(first, flip, last).reports(null, lost, false);
    assertThat(reports)
        .extracting(FaultReport::effect)
        .containsExactly(Effect.CRASH, Effect.CORRECTED, Effect.LOST);
    assertThat(reports)
        .extracting(FaultReport::response)
        .containsExactly(Response.DISSOLVED, Response.REPAIRED, Response.NONE);
  }

  @Test
  void without_proof_a_fault_did_not_strike_and_its_report_says_why() {
    Fault late = flip("late", 9, 1);
    Fault missed = flip("missed", 1, 1);
    tale.steps(1, 2);

    List<FaultReport> reports = golden(late, missed);
    assertThat(reports).extracting(FaultReport::struck).containsOnly(false);
    assertThat(reports)
        .extracting(FaultReport::evidence)
        .containsExactly("the run ended before step 9", "nothing proves that it did");
    assertThat(reports).extracting(FaultReport::effect).containsOnly(Effect.NOT_ACTIVATED);
  }
}
