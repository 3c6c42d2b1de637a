package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** What must hold in every world, checked as it goes. */
final class Invariants {

  private record Attestation(WorkerId worker, long epoch, long step) {}

  private record Attempt(int boss, long epoch, long step) {}

  private final World world;
  private final Map<Long, Assignment> assignments = new HashMap<>();
  private final Map<Attestation, Long> contents = new HashMap<>();
  private final NavigableSet<Long> compared = new TreeSet<>();
  private final Map<WorkerId, Set<World.Key>> accepted = new HashMap<>();
  private final Map<Long, List<Digest>> digests = new HashMap<>();
  private final Set<Long> opened = new HashSet<>();
  private final Map<Integer, Long> committedBy = new HashMap<>();
  private final Map<Integer, Long> epochOf = new HashMap<>();
  private final Set<Attempt> audited = new HashSet<>();
  private final Map<Integer, Set<WorkerId>> unfit = new HashMap<>();
  private final Map<Integer, Set<WorkerId>> unfitSpares = new HashMap<>();
  private long committed;

  Invariants(World world) {
    this.world = world;
    committed = world.config.first();
    compared.add(committed);
  }

  AssertionError violated(String invariant, String what) {
    return new AssertionError(
        "invariant broken: "
            + invariant
            + "\n  "
            + what
            + "\n  world: "
            + world.config
            + "\n  replay: mvn -q -pl core -am test -Dtest=RandomSchedulesTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false -Dredoubt.fuzz.seed="
            + world.seed
            + " -Dredoubt.fuzz.schedules=2");
  }

  /** One epoch has one assignment. */
  void sent(Message.ToWorker message) {
    if (message instanceof Message.Prepare prepare) {
      Assignment assignment = prepare.assignment();
      if (assignment.epoch() != prepare.epoch()) {
        throw violated("one epoch has one assignment", "epochs differ in " + prepare);
      }
      Assignment other = assignments.putIfAbsent(prepare.epoch(), assignment);
      if (other != null && !other.equals(assignment)) {
        throw violated("one epoch has one assignment", other + " and " + assignment);
      }
    }
  }

  /** What was said in another epoch changes nothing. */
  void stale(ControllerState before, ControllerEvent event, Controller.Step step) {
    if (event instanceof ControllerEvent.Received received
        && received.message() instanceof Message.Answer answer
        && answer.epoch() != before.epoch()
        // Whoever claims learns from it that there is such a worker, and nothing else.
        && !(step.state().phase() instanceof Phase.Claiming)
        && !step.state().equals(before)) {
      throw violated("a stale answer changes nothing", "epoch " + before.epoch() + ": " + answer);
    }
  }

  /** A partial sum is taken once: what comes again has no place to go. */
  void accepts(WorkerId worker, World.Key frame) {
    if (!accepted.computeIfAbsent(worker, id -> new HashSet<>()).add(frame)) {
      throw violated("a frame is accepted once", worker + " takes again " + frame);
    }
  }

  void workerEpoch(WorkerId worker, long before, long after) {
    if (after < before) {
      throw violated(
          "a stale epoch is refused", worker + " went from epoch " + before + " to " + after);
    }
  }

  /** A worker does nothing for another epoch than the newest that it has heard of. */
  void workerEffect(WorkerId worker, WorkerState state, WorkerEffect effect) {
    long of =
        switch (effect) {
          case WorkerEffect.Abandon doing -> doing.epoch();
          case WorkerEffect.Initialise doing -> doing.epoch();
          case WorkerEffect.Verify doing -> doing.epoch();
          case WorkerEffect.StartPull doing -> doing.epoch();
          case WorkerEffect.PullGuest doing -> doing.epoch();
          case WorkerEffect.Compute doing -> doing.epoch();
          case WorkerEffect.Publish doing -> doing.epoch();
          case WorkerEffect.Update doing -> doing.epoch();
          case WorkerEffect.StartReplay doing -> doing.epoch();
          case WorkerEffect.StartAudit doing -> doing.epoch();
          case WorkerEffect.StartTrace doing -> doing.epoch();
          case WorkerEffect.ReadFinal doing -> doing.epoch();
          case WorkerEffect.Keep doing -> doing.epoch();
          case WorkerEffect.Tell ignored -> state.epoch();
          case WorkerEffect.DropFrame ignored -> state.epoch();
          case WorkerEffect.Refuse ignored -> state.epoch();
          case WorkerEffect.Leave ignored -> state.epoch();
        };
    if (of != state.epoch()) {
      throw violated(
          "a stale epoch is refused", worker + " in epoch " + state.epoch() + " does " + effect);
    }
  }

  /** Nobody is healed from a worker that holds another part of the model. */
  void sameShard(WorkerId worker, int shard, WorkerId donor, int donors) {
    if (shard != donors) {
      throw violated(
          "a donor holds the same shard",
          worker + " of shard " + shard + " asks " + donor + " of shard " + donors);
    }
  }

  /** What a worker computes on is there, and so is the version that a rewind would go to. */
  void holdsWatermark(
      WorkerId worker, NavigableMap<Long, Long> memory, WorkerEffect.Compute doing) {
    boolean all = LongStream.range(doing.verified(), doing.step()).allMatch(memory::containsKey);
    if (!all || memory.size() > world.config.keepVersions()) {
      throw violated(
          "versions from the watermark on are kept, and no more than there is room for",
          worker + " holds " + memory.keySet() + " for " + doing);
    }
  }

  /** Whether a version that was attested is not the golden one. */
  boolean wrong(long epoch, long step, Rank rank, WorkerId worker) {
    Long content = contents.get(new Attestation(worker, epoch, step));
    return content != null && content != world.golden(step, rank.index());
  }

  /** The truth about what a worker has in its memory when it attests. */
  void attests(WorkerId worker, long of, long step, long content) {
    contents.put(new Attestation(worker, of, step), content);
  }

  void note(int boss, Note note, Tardiness tardiness) {
    switch (note) {
      case Note.EpochOpened now -> {
        Long last = epochOf.put(boss, now.epoch());
        if (last != null && now.epoch() <= last) {
          throw violated("epochs grow", last + " then " + now.epoch());
        }
        if (!opened.add(now.epoch())) {
          throw violated("no epoch is handed out twice", Epoch.text(now.epoch()));
        }
        noneOf(unfitSpares.getOrDefault(boss, Set.of()), now.assignment(), now.toString());
      }
      case Note.StepCommitted commit -> {
        long before = committedBy.getOrDefault(boss, Math.min(committed, commit.step() - 1));
        committed(commit, before);
        audited(boss, commit);
        boolean own = commit.epoch() == commit.assignment().epoch();
        if (own && commit.assignment().pods().size() > 1) {
          noneOf(unfit.getOrDefault(boss, Set.of()), commit.assignment(), commit.toString());
        }
        committedBy.put(boss, commit.step());
        committed = Math.max(committed, commit.step());
      }
      case Note.Audited now -> audited.add(new Attempt(boss, now.epoch(), now.step()));
      case Note.Restored restored -> {
        boolean memory = !restored.donor().equals(Disk.DONOR);
        if (memory ? world.config.disk().baseline() : !world.config.disk().on()) {
          throw violated("the scheme says who heals", restored.toString());
        }
      }
      case Note.OnDisk file -> {
        if (file.version() > committedBy.getOrDefault(boss, committed)) {
          throw violated(
              "nothing on disk counts that is newer than the watermark", file.toString());
        }
      }
      case Note.RolledBack back -> {
        if (back.to() > committedBy.getOrDefault(boss, committed)) {
          throw violated("a rewind goes to the watermark or before it", back.toString());
        }
        committedBy.put(boss, back.to());
        committed = back.to();
      }
      case Note.Evicted evicted -> {
        evicted(evicted);
        if (evicted.reason().startsWith("late")) {
          lateOften(tardiness.of(evicted.worker()), evicted.toString());
        }
      }
      case Note.WorkerLost lost when lost.detector() == Detector.SLOW ->
          lateOften(tardiness.of(lost.worker()), lost.toString());
      case Note.Blamed blamed -> {
        WorkerId worker = blamed.worker();
        boolean copies =
            blamed.detector() == Detector.STATE_DIGEST || blamed.detector() == Detector.ARBITRATION;
        if (copies && worker != null && !world.stateWasWrong()) {
          throw violated("a wrong sum makes nobody guilty who took it", blamed.toString());
        }
        if (blamed.detector() == Detector.ABFT
            && (worker == null || !world.wasWrongInProducts(worker))) {
          throw violated("only who computed a wrong product is blamed for it", blamed.toString());
        }
        if (blamed.detector() == Detector.SCAN) {
          scanned(boss, worker, blamed);
        }
        if (blamed.detector() == Detector.AUDIT && worker != null && !world.wasWrong(worker)) {
          throw violated("an audit blames nobody who was right", blamed.toString());
        }
      }
      case Note.Diagnosed diagnosed -> {
        if (diagnosed.kind() == Note.Kind.PERSISTENT && !world.computesWrong(diagnosed.worker())) {
          throw violated("only who is wrong again is said to be", diagnosed.toString());
        }
      }
      default -> {}
    }
  }

  /** The watermark is never above a step that was to be audited and is not. */
  private void audited(int boss, Note.StepCommitted commit) {
    boolean drawn =
        world.config.audits().on()
            && commit.assignment().spans().stream()
                .anyMatch(span -> world.config.audits().draws(commit.step(), span));
    long epoch = commit.assignment().epoch();
    if (drawn && !audited.contains(new Attempt(boss, epoch, commit.step()))) {
      throw violated("what is verified was audited", commit.toString());
    }
  }

  private void scanned(int boss, @Nullable WorkerId worker, Note.Blamed blamed) {
    if (worker == null || !world.isSick(worker)) {
      throw violated("only who gave a wrong answer is blamed by a scan", blamed.toString());
    }
    unfit.computeIfAbsent(boss, none -> new HashSet<>()).add(worker);
    // A controller that can be replaced may not give anybody up without a majority.
    if (blamed.rank() == null && world.config.succession() == ProtocolConfig.Succession.NONE) {
      unfitSpares.computeIfAbsent(boss, none -> new HashSet<>()).add(worker);
    }
  }

  private void noneOf(Set<WorkerId> workers, Assignment assignment, String what) {
    if (assignment.workers().stream().anyMatch(workers::contains)) {
      throw violated("nobody has a rank whose machine gave a wrong answer", workers + ": " + what);
    }
  }

  private void evicted(Note.Evicted evicted) {
    long version = Math.max(0, world.controller.verified());
    // Where the disk is the baseline it holds all shards, and nobody would be healed from memory.
    if (world.config.disk().baseline()) {
      return;
    }
    int shard = evicted.rank().index();
    if (version > 0
        && !world.anotherHolds(version, shard, evicted.worker())
        && !world.hasGuest(shard, evicted.worker())) {
      throw violated("the last holder of a shard is not evicted", evicted.toString());
    }
  }

  /** Just late, or late now and then, is no reason to go. */
  private void lateOften(int times, String what) {
    if (times < world.config.patience().timesMax()) {
      throw violated("only who is late again and again is evicted for it", what);
    }
  }

  private void committed(Note.StepCommitted commit, long before) {
    if (world.config.compares(commit.step()) && !commit.digests().isEmpty()) {
      compared.add(commit.step());
    }
    if (!commit.digests().isEmpty() && commit.digests().size() != world.shards()) {
      throw violated("every shard of a compared version is agreed on", commit.toString());
    }
    complete(commit.assignment());
    if (!commit.digests().isEmpty()) {
      List<Digest> first = digests.putIfAbsent(commit.step(), commit.digests());
      if (first != null && !first.equals(commit.digests())) {
        throw violated("what is committed stays committed", first + " and " + commit);
      }
    }
    if (commit.step() != before + 1) {
      throw violated(
          "no sample is lost or used twice",
          "step " + commit.step() + " was committed after step " + before);
    }
    covers(commit.assignment());
    if (!commit.assignment().equals(assignments.get(commit.assignment().epoch()))) {
      throw violated(
          "one epoch has one assignment",
          commit + " against " + assignments.get(commit.assignment().epoch()));
    }
    for (Seat seat : commit.assignment().seats()) {
      Long content =
          contents.get(new Attestation(seat.worker(), commit.assignment().epoch(), commit.step()));
      if (content == null) {
        throw violated(
            "a committed version is attested alike by every copy",
            seat + " attested nothing in epoch " + commit.epoch() + " for " + commit);
      }
      if (!commit.digests().isEmpty()
          && commit.digests().get(seat.rank().index()).value() != content) {
        throw violated(
            "a committed version is attested alike by every copy",
            seat + " holds " + new Digest(content) + ", committed was " + commit);
      }
      boolean compared = !commit.digests().isEmpty() || !world.config.digests();
      if (compared && content != world.golden(commit.step(), seat.rank().index())) {
        throw violated(
            "the state after step n is the golden bits",
            seat + " holds other bits after step " + commit.step());
      }
    }
  }

  /** Every pod that computes has every shard once, and nobody has two. */
  private void complete(Assignment assignment) {
    Set<WorkerId> seated = new HashSet<>(assignment.workers());
    boolean whole =
        assignment.pods().stream()
            .allMatch(
                pod ->
                    IntStream.range(0, world.shards())
                        .mapToObj(shard -> new Rank(pod, shard))
                        .allMatch(
                            rank ->
                                assignment.seats().stream()
                                        .filter(seat -> seat.rank().equals(rank))
                                        .count()
                                    == 1));
    int ranks = assignment.seats().size();
    if (!whole || ranks != assignment.pods().size() * world.shards() || seated.size() != ranks) {
      throw violated("every live pod is complete", assignment.toString());
    }
  }

  private void covers(Assignment assignment) {
    BitSet used = new BitSet();
    List<Span> spans = assignment.spans();
    for (Span span : spans) {
      for (int i = span.from(); i < span.to(); i++) {
        if (used.get(i)) {
          throw violated("no sample is lost or used twice", i + " is twice in " + spans);
        }
        used.set(i);
      }
    }
    if (used.cardinality() != world.config.microbatches()) {
      throw violated("no sample is lost or used twice", "not all are in " + spans);
    }
  }

  void everyEvent() {
    if (world.controller.verified() > committed) {
      throw violated(
          "the watermark is not ahead of what is committed",
          world.controller.verified() + " > " + committed);
    }
    History history = world.controller.history();
    long ahead = history.newest() - history.verified();
    int lagSteps = world.config.audits().lagSteps();
    if (ahead > Math.max(lagSteps, world.config.stateDigestEvery() - 1) && world.config.digests()) {
      throw violated(
          "the training is not further ahead of the watermark than it may be", history.toString());
    }
  }

  void completed(Verdict.Completed verdict) {
    if (committed != world.config.steps()) {
      throw violated("all steps are committed", committed + " of " + world.config.steps());
    }
    if (verdict.finals().isEmpty()) {
      throw violated("somebody holds the result", "nobody does");
    }
    for (Verdict.FinalDigest last : verdict.finals()) {
      long golden = world.golden(world.config.steps(), last.rank().index());
      if (world.config.digests() && last.digest().value() != golden) {
        throw violated("the run ends on the golden bits", last.toString());
      }
    }
  }

  /** It begins without machines that are defective, as long as the others are enough. */
  void tooFewAreFit(Verdict.NotFormed verdict) {
    if (world.sickMachines() <= world.config.mesh().spares()) {
      throw violated("the run begins without machines that are not fit", verdict.reason());
    }
  }

  /** Nobody may say LOST while the run holds all shards of a version that was agreed on. */
  void lost(Verdict.Lost verdict) {
    if (world.config.disk().on() && verdict.reason().startsWith("no intact copy")) {
      throw violated("with a disk the first version is always to be had", verdict.reason());
    }
    long first = world.config.first();
    long verified = Math.max(first, world.controller.verified());
    compared.add(verified);
    // With digests off nothing is known of older versions, and nobody goes back to them.
    for (long version :
        compared.subSet(world.config.digests() ? first : verified, true, verified, true)) {
      boolean all = true;
      for (int shard = 0; shard < world.shards(); shard++) {
        all &= world.intactCopyOf(version, shard);
      }
      if (all) {
        throw violated(
            "LOST is only said when it is true",
            verdict.reason() + ", but version " + version + " is there");
      }
    }
  }

  /**
   * Faults that strike once can be decided, unless there are more of them than redos; and no epoch
   * passes in vain without a fault or a lost message.
   */
  void undecided(Verdict.Undecidable verdict) {
    boolean excused =
        world.controller.barren() > world.config.barrenMax()
            ? world.faults() + world.lostSinceCommit() >= world.config.barrenMax()
            : world.faults() > world.config.redosMax();
    if (!world.persistent() && !excused) {
      throw violated("one-shot faults are decided", verdict.reason());
    }
  }
}
