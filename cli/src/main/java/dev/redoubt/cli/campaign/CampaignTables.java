package dev.redoubt.cli.campaign;

import dev.redoubt.cli.campaign.Counts.By;
import dev.redoubt.simulator.InjectionDraw;
import dev.redoubt.simulator.Proportion;
import dev.redoubt.simulator.Stratum;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;

/** The tables of a campaign, from its counts; the order is that of the campaign's file. */
final class CampaignTables {
  private final CampaignSetup setup;
  private final Counts counts;
  private final List<String> arms;

  private CampaignTables(CampaignSetup setup, Counts counts) {
    this.setup = setup;
    this.counts = counts;
    this.arms = List.copyOf(setup.campaign().arms().keySet());
  }

  /** Those of which something was counted. */
  static List<Table> of(CampaignSetup setup, Counts counts) {
    CampaignTables tables = new CampaignTables(setup, counts);
    List<Table> all = new ArrayList<>();
    if (counts.injections() > 0) {
      all.add(tables.sample());
      all.add(tables.outcomes());
      all.add(tables.coverage());
      all.add(tables.harm());
      all.add(tables.answers());
      all.add(tables.diagnosis());
      all.add(tables.detectors());
      if (tables.arms.size() > 1) {
        all.add(tables.ablation());
      }
    }
    if (setup.trainings() > 0) {
      all.add(tables.falseAlarms());
    }
    return all;
  }

  private Table sample() {
    InjectionDraw draw = Objects.requireNonNull(setup.draw());
    List<List<Object>> rows = new ArrayList<>();
    double all = 0;
    for (Stratum stratum : setup.strata()) {
      double population = draw.population(stratum);
      all += population;
      rows.add(sampleRow(stratum.label(), population, drawn(By.STRATUM, stratum.label())));
    }
    rows.addFirst(sampleRow(Counts.ALL, all, counts.injections()));
    return new Table(
        "sample",
        "Sample: how many of all faults that could be, and the margin of a share at 95 %",
        List.of("stratum", "population", "injections", "margin"),
        0,
        rows);
  }

  private static List<Object> sampleRow(String name, double population, long injections) {
    double margin = injections == 0 ? 1 : Proportion.margin(population, injections);
    return List.of(name, (long) population, injections, margin);
  }

  private long drawn(By by, String name) {
    return counts.tally(arms.getFirst(), by, name).activated().of();
  }

  private Table outcomes() {
    List<List<Object>> rows = new ArrayList<>();
    for (String arm : arms) {
      long injections = counts.tally(arm, By.ALL, Counts.ALL).activated().of();
      for (Map.Entry<List<String>, Long> entry : counts.outcomes().entrySet()) {
        List<String> key = entry.getKey();
        if (key.getFirst().equals(arm)) {
          Proportion share = new Proportion(entry.getValue(), injections);
          rows.add(List.of(arm, key.get(1), key.get(2), share));
        }
      }
    }
    return new Table(
        "outcomes",
        "Outcomes: what the fault did in the end, and what was done about it",
        List.of("arm", "effect", "response", "injections"),
        1,
        rows);
  }

  private Table coverage() {
    return new Table(
        "coverage",
        "Coverage: of all drawn those that changed a bit, and of these what was found, and what"
            + " harms when nobody looks; Wilson's 95 % intervals in per cent",
        List.of("arm", "by", "group", "activated", "found", "harmful"),
        3,
        grouped(
            tally -> true, tally -> List.of(tally.activated(), tally.found(), tally.harmful())));
  }

  private Table harm() {
    return new Table(
        "harm",
        "Harm: of what harms when nobody looks, what was found, and what escaped all the same",
        List.of("arm", "by", "group", "foundGivenHarm", "escapedGivenHarm"),
        2,
        grouped(
            tally -> tally.harmful().hits() > 0,
            tally -> List.of(tally.foundGivenHarm(), tally.escapedGivenHarm())));
  }

  private Table answers() {
    return new Table(
        "answers",
        "Answers: steps from the strike to the alarm; of those with a blame, the right ones; of the"
            + " found ones, those that ended on the golden bits",
        List.of("arm", "by", "group", "median", "p99", "max", "blamedRight", "corrected"),
        2,
        grouped(
            tally -> tally.found().hits() > 0,
            tally ->
                List.of(
                    tally.latency(0.5),
                    tally.latency(0.99),
                    tally.latency(1),
                    tally.blamedRight(),
                    tally.corrected())));
  }

  private Table diagnosis() {
    return new Table(
        "diagnosis",
        "Diagnosis: of the wrong results that were found, those whose operation, element and bits"
            + " a replay of the step named, the fault striking again",
        List.of("arm", "by", "group", "operation", "element", "bits"),
        3,
        grouped(
            tally -> tally.bitsRight().of() > 0,
            tally -> List.of(tally.operationRight(), tally.elementRight(), tally.bitsRight())));
  }

  /** A row for each arm with all, each stratum and each group of bits, where there is one. */
  private List<List<Object>> grouped(Predicate<Tally> is, Function<Tally, List<Object>> cells) {
    List<String> strata = setup.strata().stream().map(Stratum::label).toList();
    List<List<Object>> rows = new ArrayList<>();
    for (String arm : arms) {
      add(rows, new Groups(arm, By.ALL, List.of(Counts.ALL)), is, cells);
      add(rows, new Groups(arm, By.STRATUM, strata), is, cells);
      add(rows, new Groups(arm, By.BITS, Counts.bitGroups()), is, cells);
    }
    return rows;
  }

  /** The groups of an arm. */
  private record Groups(String arm, By by, List<String> names) {}

  private void add(
      List<List<Object>> rows,
      Groups groups,
      Predicate<Tally> is,
      Function<Tally, List<Object>> cells) {
    for (String name : groups.names()) {
      Tally tally = counts.tally(groups.arm(), groups.by(), name);
      if (tally.activated().of() > 0 && is.test(tally)) {
        List<Object> row =
            new ArrayList<>(
                List.of(groups.arm(), groups.by().name().toLowerCase(Locale.ROOT), name));
        row.addAll(cells.apply(tally));
        rows.add(row);
      }
    }
  }

  private Table detectors() {
    List<List<Object>> rows = new ArrayList<>();
    for (String arm : arms) {
      for (Map.Entry<List<String>, Long> entry : counts.detectors().entrySet()) {
        List<String> key = entry.getKey();
        if (key.getFirst().equals(arm)) {
          long activated = counts.tally(arm, By.CLASS, key.get(1)).activated().hits();
          Proportion share =
              new Proportion(entry.getValue(), Math.max(activated, entry.getValue()));
          rows.add(List.of(arm, key.get(1), key.get(2), share));
        }
      }
    }
    return new Table(
        "detectors",
        "Who gave the first alarm",
        List.of("arm", "class", "detector", "foundFirst"),
        1,
        rows);
  }

  private Table ablation() {
    List<List<Object>> rows = new ArrayList<>();
    List<String> classes =
        setup.strata().stream().map(Stratum::label).map(Counts::classOf).distinct().toList();
    for (String kind : classes) {
      List<Object> row = new ArrayList<>();
      row.add(kind);
      arms.forEach(arm -> row.add(counts.tally(arm, By.CLASS, kind).found()));
      rows.add(row);
    }
    List<String> columns = new ArrayList<>(arms);
    columns.addFirst("class");
    return new Table(
        "ablation",
        "Ablation: what each arm found of the same injections",
        columns,
        arms.size(),
        rows);
  }

  private Table falseAlarms() {
    long steps = counts.cleanSteps();
    Proportion share = new Proportion(Math.min(counts.falseAlarms(), steps), steps);
    Proportion trainings = new Proportion(counts.alarmedTrainings(), counts.trainings());
    double three = steps == 0 ? 1 : 3.0 / steps;
    return new Table(
        "false-alarms",
        "False alarms in clean trainings; with none, the rate is below 3/steps at 95 %",
        List.of(
            "trainings",
            "steps",
            "alarms",
            "ruleOfThree",
            "notGolden",
            "alarmsInSteps",
            "alarmedTrainings"),
        2,
        List.of(
            List.of(
                counts.trainings(),
                steps,
                counts.falseAlarms(),
                counts.falseAlarms() == 0 ? three : "",
                counts.notGolden(),
                share,
                trainings)));
  }
}
