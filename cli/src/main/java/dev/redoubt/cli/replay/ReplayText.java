package dev.redoubt.cli.replay;

import dev.redoubt.cli.replay.StepReplay.Match;
import dev.redoubt.cli.replay.WholeReplay.Mismatch;
import dev.redoubt.cli.replay.WholeReplay.Shard;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a replay found, for a terminal. */
public final class ReplayText {

  private static final String UNKNOWN = "from none of these computations: an unknown fault";

  private ReplayText() {}

  /** Of a whole run. */
  public static String of(WholeReplay replay, Path directory) {
    List<String> lines = new ArrayList<>();
    Mismatch first = replay.first();
    if (replay.commitsCompared() == 0) {
      lines.add("the journal has no digest of a committed step: nothing could be compared");
    } else if (first == null) {
      lines.add(
          "every recorded digest is reproduced: %d committed steps"
              .formatted(replay.commitsCompared()));
    } else {
      lines.add("diverged at step %d (journal line %d)".formatted(first.step(), first.line()));
      for (Shard shard : first.shards()) {
        lines.add(
            "  shard %d: recorded %s, replayed %s"
                .formatted(shard.rank(), shard.recorded(), shard.replayed()));
      }
      lines.add("explain it: redoubt replay %s --step %d".formatted(directory, first.step()));
    }
    if (replay.commitsWithoutDigest() > 0) {
      lines.add(
          "%d committed steps have no digest: the copies were not compared there"
              .formatted(replay.commitsWithoutDigest()));
    }
    return String.join("\n", lines);
  }

  /** Of a step. */
  public static String of(StepReplay replay) {
    List<String> lines = new ArrayList<>();
    lines.add("step %d, clean: %s".formatted(replay.step(), String.join(" ", replay.clean())));
    if (Boolean.FALSE.equals(replay.baseAgrees())) {
      lines.add(
          "version %d was committed with other bits: explain an earlier step first"
              .formatted(replay.step() - 1));
    }
    replay.faults().forEach(fault -> lines.addAll(lines(fault)));
    replay.notReplayed().forEach(why -> lines.add("not replayed: " + why));
    if (replay.faults().isEmpty()) {
      lines.add("the journal has no fault of data in this step");
    }
    lines.add("");
    lines.add("recorded digests:");
    replay.matches().forEach(match -> lines.add("  " + line(match)));
    lines.add("");
    lines.add(verdict(replay));
    return String.join("\n", lines);
  }

  private static List<String> lines(FaultReplay fault) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add("fault %s in %s: %s".formatted(fault.fault(), fault.pod(), fault.evidence()));
    fault.where().forEach(where -> lines.add("  changed: " + where));
    if (fault.microbatch() != null) {
      lines.add("  bisected: microbatch " + fault.microbatch());
    }
    lines.add("  first operation that differs: " + fault.operation());
    if (fault.gradientTensors() > 0) {
      lines.add("  its gradient differs in %d tensors".formatted(fault.gradientTensors()));
      fault.gradient().forEach(tensor -> lines.add("    " + tensor));
    }
    lines.add("  after the step: " + String.join(" ", fault.struck()) + " where it struck");
    lines.add("                  " + String.join(" ", fault.elsewhere()) + " elsewhere");
    return lines;
  }

  private static String line(Match match) {
    String source = match.comesFrom();
    return "%s, shard %d: %s is %s"
        .formatted(match.who(), match.shard(), match.digest(), source == null ? UNKNOWN : source);
  }

  private static String verdict(StepReplay replay) {
    if (replay.matches().isEmpty()) {
      return "the journal has no digest of this step: nothing could be compared";
    }
    return replay.isExplained()
        ? "every recorded digest of the step is explained"
        : "undecidable: a recorded digest comes from none of these computations";
  }
}
