package dev.redoubt.cli.replay;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.redoubt.cli.replay.RecordedJournal.Attestation;
import dev.redoubt.cli.replay.RecordedJournal.Commit;
import dev.redoubt.cli.replay.RecordedJournal.Struck;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.node.RunSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One step of a run again: clean, and with each fault of data that struck in it; and which of these
 * computations each digest in the journal comes from.
 *
 * @param schema of this object
 * @param step from 1
 * @param baseAgrees whether the version that the step reads is the committed one; null if the
 *     journal has no digest of it. If not, an earlier step is to be explained first
 * @param clean digest of each shard of the version that the clean step writes
 * @param faults that struck in the step and can be replayed
 * @param notReplayed those that cannot, with the reason
 * @param matches of all recorded digests of the step
 */
public record StepReplay(
    int schema,
    int step,
    @Nullable Boolean baseAgrees,
    List<String> clean,
    List<FaultReplay> faults,
    List<String> notReplayed,
    List<Match> matches) {

  private static final int SCHEMA = 1;
  private static final String CLEAN = "the clean step";

  /** Keeps copies. */
  public StepReplay {
    clean = List.copyOf(clean);
    faults = List.copyOf(faults);
    notReplayed = List.copyOf(notReplayed);
    matches = List.copyOf(matches);
  }

  /**
   * A digest in the journal.
   *
   * @param line of the journal
   * @param who said it: a worker, or "committed"
   * @param shard of the model, from 0
   * @param digest that was said
   * @param comesFrom the computation that gives it; null if none of them does
   */
  public record Match(int line, String who, int shard, String digest, @Nullable String comesFrom) {}

  /** Whether each recorded digest comes from one of the computations, and there is one. */
  @JsonIgnore
  public boolean isExplained() {
    return !matches.isEmpty() && matches.stream().allMatch(match -> match.comesFrom() != null);
  }

  /**
   * Computes and compares.
   *
   * @param microbatch to bisect; empty for the first that the fault is in
   */
  public static StepReplay of(
      RunSpec spec, RecordedJournal journal, int step, OptionalInt microbatch, int threads)
      throws InterruptedException {
    try (StepBench bench = new StepBench(spec, step, threads)) {
      MemorySegment sum = bench.sum(at -> bench.base(), (at, gradient) -> {});
      MemorySegment next = bench.update(bench.base(), sum);
      List<FaultReplay> faults = new ArrayList<>();
      List<String> notReplayed = new ArrayList<>();
      for (Struck struck : journal.strikes()) {
        if (struck.step() == step) {
          replay(spec, bench, next, struck, microbatch)
              .accept(faults::add, why -> notReplayed.add(struck.fault() + ": " + why));
        }
      }
      List<String> clean = bench.digests(next);
      return new StepReplay(
          SCHEMA,
          step,
          baseAgrees(journal, step, bench.digests(bench.base())),
          clean,
          faults,
          notReplayed,
          matches(journal, step, clean, faults));
    }
  }

  /** Of a version that was given up and made again, the last counts. */
  private static @Nullable Boolean baseAgrees(
      RecordedJournal journal, int step, List<String> base) {
    return journal.commits().stream()
        .filter(commit -> commit.step() == step - 1 && !commit.digests().isEmpty())
        .reduce((earlier, later) -> later)
        .map(commit -> commit.digests().equals(base))
        .orElse(null);
  }

  private static Outcome replay(
      RunSpec spec, StepBench bench, MemorySegment next, Struck struck, OptionalInt wanted) {
    int microbatches = spec.train().microbatches();
    Fault fault =
        spec.faults().faults().stream()
            .filter(one -> one.id().equals(struck.fault()))
            .findFirst()
            .orElse(null);
    if (fault == null) {
      return new Outcome(null, "the scenario has no such fault");
    }
    if (fault instanceof BitFlip flip
        && (Site.ofVersions().contains(flip.site()) || flip.site() == Site.GRADIENT)) {
      FlipBench flips = new FlipBench(bench, next, flip, struck, microbatches);
      return new Outcome(flips.replay(wanted), "");
    }
    String flaw = InjectedBench.flaw(fault, struck.step(), spec.protocol().mesh().workersPerPod());
    if (flaw != null || !(fault.target() instanceof Target holds)) {
      return new Outcome(null, flaw == null ? "it struck nobody with a rank" : flaw);
    }
    NavigableSet<Integer> own = InjectedBench.reach(fault, holds, struck, microbatches);
    InjectedBench injected = new InjectedBench(bench, next, fault, holds, struck, own);
    return new Outcome(injected.replay(wanted), "");
  }

  /** A fault computed again, or why it cannot be. */
  private record Outcome(@Nullable FaultReplay replay, String why) {
    void accept(Consumer<FaultReplay> replays, Consumer<String> reasons) {
      if (replay != null) {
        replays.accept(replay);
      } else {
        reasons.accept(why);
      }
    }
  }

  private static List<Match> matches(
      RecordedJournal journal, int step, List<String> clean, List<FaultReplay> faults) {
    List<Match> matches = new ArrayList<>();
    for (Attestation said : journal.attestations()) {
      if (said.step() == step) {
        matches.add(match(said.line(), said.who(), said.rank(), said.digest(), clean, faults));
      }
    }
    for (Commit commit : journal.commits()) {
      for (int shard = 0; commit.step() == step && shard < commit.digests().size(); shard++) {
        String digest = commit.digests().get(shard);
        matches.add(match(commit.line(), "committed", shard, digest, clean, faults));
      }
    }
    return matches;
  }

  private static Match match(
      int line,
      String who,
      int shard,
      String digest,
      List<String> clean,
      List<FaultReplay> faults) {
    return new Match(line, who, shard, digest, source(who, shard, digest, clean, faults));
  }

  /** On the struck worker itself only what is said by one of its pod is looked for. */
  private static @Nullable String source(
      String who, int shard, String digest, List<String> clean, List<FaultReplay> faults) {
    if (is(clean, shard, digest)) {
      return CLEAN;
    }
    for (FaultReplay fault : faults) {
      if (who.startsWith(fault.pod() + "/") && is(fault.struck(), shard, digest)) {
        return "the step with fault %s, where it struck".formatted(fault.fault());
      }
      if (!who.startsWith(fault.pod() + "/") && is(fault.elsewhere(), shard, digest)) {
        return "the step with fault %s, where its gradients arrived".formatted(fault.fault());
      }
    }
    return null;
  }

  private static boolean is(List<String> digests, int shard, String digest) {
    return shard < digests.size() && digests.get(shard).equals(digest);
  }
}
