package dev.redoubt.cli.report;

import dev.redoubt.cli.report.RunOutcome.Ending;
import dev.redoubt.cli.report.RunOutcome.ExposedCommunication;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.report.RunOutcome.Ledger;
import dev.redoubt.cli.report.RunOutcome.Loss;
import dev.redoubt.cli.report.RunOutcome.Quantiles;
import dev.redoubt.cli.report.RunOutcome.Recovery;
import dev.redoubt.cli.report.RunOutcome.Samples;
import dev.redoubt.cli.run.TrainerModels;
import dev.redoubt.cli.scenario.Detector;
import dev.redoubt.cli.scenario.Effect;
import dev.redoubt.cli.scenario.Response;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.cli.scenario.ScenarioLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** A run of a small scenario with one fault, to be spoilt in one way at a time. */
public final class Outcomes {
  static final String GOLDEN = "9f00000000000001";
  static final String OTHER = "3a00000000000002";

  Ending ending = Ending.COMPLETED;
  @Nullable String golden = GOLDEN;
  SequencedMap<String, String> finals = new LinkedHashMap<>();
  FaultReport fault = detected();
  int falseAlarms;
  @Nullable Double goodput = 0.94;
  @Nullable Loss loss = new Loss(5.5, 3.2);
  Samples samples = new Samples(240, 240, 0);

  public Outcomes() {
    finals.put("pod0", GOLDEN);
    finals.put("pod1", GOLDEN);
  }

  /** The same run, stopped by the user. */
  public Outcomes interrupted() {
    ending = Ending.INTERRUPTED;
    return this;
  }

  static FaultReport detected() {
    return new FaultReport(
        "flip",
        "bit-flip",
        true,
        9,
        "0x3f to 0xbf",
        true,
        Detector.STATE_DIGEST,
        9,
        0.02,
        "pod0/rank0",
        true,
        Response.REPAIRED,
        Effect.CORRECTED);
  }

  static FaultReport missed() {
    return new FaultReport(
        "flip",
        "bit-flip",
        false,
        null,
        "the run ended before step 30",
        false,
        null,
        null,
        null,
        null,
        null,
        Response.NONE,
        null);
  }

  static FaultReport unseen() {
    return new FaultReport(
        "flip",
        "bit-flip",
        true,
        9,
        "0x3f to 0xbf",
        false,
        null,
        null,
        null,
        null,
        null,
        Response.NONE,
        Effect.ESCAPED);
  }

  public RunOutcome outcome() {
    return new RunOutcome(
        ending,
        ending == Ending.LOST ? "both copies of shard 0 are gone" : "",
        20,
        golden,
        finals,
        "0123456789abcdef",
        43168,
        List.of(fault),
        falseAlarms,
        null,
        null,
        null,
        List.of(),
        List.of(),
        List.of(new Recovery("repair", 9, 0.4, 1)),
        new Quantiles(0.15, 0.3),
        new ExposedCommunication(0.0625, "pod1/rank0", 0.125, 1048576),
        new Ledger(9.1, 0.1, 0.4, 0, 0, 4),
        goodput,
        loss,
        samples,
        null,
        List.of());
  }

  RunReport report(String expect) {
    return RunReport.of(scenario(expect), outcome());
  }

  /** A scenario with this as its {@code expect}. */
  public static Scenario scenario(String expect) {
    String text =
        """
        apiVersion: redoubt/v1
        name: small
        seed: 7
        cluster: {pods: 2, spares: 1}
        model: pico
        train: {steps: 20, microbatches: 6, sequenceLength: 32, batchSize: 2}
        faults:
          - id: flip
            at: {step: 9}
            inject: {kind: bit-flip, target: {pod: 0, site: parameters, tensor: head, element: 1, bit: 30}}
        expect: %s
        """
            .formatted(expect);
    try {
      Path file = Files.createTempFile("scenario", ".yaml");
      try {
        return new ScenarioLoader(new TrainerModels()).load(Files.writeString(file, text));
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ScenarioException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
