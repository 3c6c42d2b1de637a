package dev.redoubt.cli.campaign;

import dev.redoubt.cli.report.Expectation;
import dev.redoubt.simulator.CleanRow;
import dev.redoubt.simulator.CleanTrial;
import dev.redoubt.simulator.GoldenVersions;
import dev.redoubt.simulator.InOrder;
import dev.redoubt.simulator.InjectionBench;
import dev.redoubt.simulator.InjectionRow;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs what of a campaign is not there yet, row by row, and draws up the report. */
public final class CampaignRun {

  /** How far it is. */
  public interface Progress {

    /**
     * Called after each row.
     *
     * @param what is counted: "injections"
     * @param done of them, with those that were there already
     * @param of how many there are to be
     */
    void at(String what, long done, long of);
  }

  /**
   * The report, its tables for people, and how much was done this time.
   *
   * @param injected this time
   * @param trained without faults this time
   */
  record Result(
      CampaignReport report, List<Table> tables, Counts counts, long injected, long trained) {}

  private final CampaignSetup setup;
  private final CampaignIdentity identity;
  private final CampaignDirectory directory;
  private final int threads;
  private final Progress progress;
  private final Counts counts = new Counts();
  private long injected;
  private long trained;

  CampaignRun(
      CampaignSetup setup,
      CampaignIdentity identity,
      CampaignDirectory directory,
      int threads,
      Progress progress) {
    this.setup = setup;
    this.identity = identity;
    this.directory = directory;
    this.threads = threads;
    this.progress = progress;
  }

  /**
   * Runs to the end, or until the thread is interrupted; then the report says so, and is of what
   * was done up to there.
   *
   * @throws ResumeException if the rows that are there are damaged
   */
  Result run(GoldenVersions golden) throws IOException, ResumeException {
    boolean interrupted = false;
    try {
      inject(golden);
      train();
    } catch (InterruptedException e) {
      interrupted = true;
    }
    // A stop signal may have come after the last wait: the files below must be written all the
    // same.
    interrupted |= Thread.interrupted();
    List<Expectation> expectations = CampaignExpectations.evaluate(setup.campaign(), counts);
    List<Table> tables = CampaignTables.of(setup, counts);
    Map<String, List<Map<String, String>>> records = new LinkedHashMap<>();
    tables.forEach(table -> records.put(table.name(), table.records()));
    CampaignReport report =
        new CampaignReport(
            CampaignReport.SCHEMA,
            identity,
            CampaignReport.judge(interrupted, expectations),
            counts.injections(),
            counts.trainings(),
            expectations,
            records);
    directory.write(report, tables);
    return new Result(report, tables, counts, injected, trained);
  }

  private void inject(GoldenVersions golden)
      throws IOException, ResumeException, InterruptedException {
    if (setup.injections() == 0) {
      return;
    }
    InjectionBench.Setting setting = setup.injecting(golden);
    RowFile.Format<InjectionRow> format =
        new RowFile.Format<>(
            InjectionRow.HEADER,
            InjectionRow::parse,
            InjectionRow::csv,
            InjectionRow::index,
            setting.arms().size());
    try (RowFile<InjectionRow> file =
        RowFile.open(directory.file("rows.csv"), format, counts::add)) {
      new InOrder<List<InjectionRow>>(threads, () -> new InjectionBench(setting))
          .<IOException>run(
              file.next(),
              setup.injections(),
              (index, rows) -> {
                file.add(rows);
                rows.forEach(counts::add);
                injected++;
                progress.at("injections", file.next(), setup.injections());
              });
    }
  }

  private void train() throws IOException, ResumeException, InterruptedException {
    if (setup.trainings() == 0) {
      return;
    }
    RowFile.Format<CleanRow> format =
        new RowFile.Format<>(CleanRow.HEADER, CleanRow::parse, CleanRow::csv, CleanRow::index, 1);
    try (RowFile<CleanRow> file = RowFile.open(directory.file("clean.csv"), format, counts::add)) {
      new InOrder<CleanRow>(threads, () -> bench(setup.clean()))
          .<IOException>run(
              file.next(),
              setup.trainings(),
              (index, row) -> {
                file.add(List.of(row));
                counts.add(row);
                trained++;
                progress.at("clean trainings", file.next(), setup.trainings());
              });
    }
  }

  private static InOrder.Bench<CleanRow> bench(CleanTrial trial) {
    return new InOrder.Bench<>() {
      @Override
      public CleanRow run(long index) throws InterruptedException {
        return trial.run(index);
      }

      @Override
      public void close() {}
    };
  }
}
