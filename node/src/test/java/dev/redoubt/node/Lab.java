package dev.redoubt.node;

import dev.redoubt.core.Buddies;
import dev.redoubt.core.Disk;
import dev.redoubt.core.Mesh;
import dev.redoubt.core.Note;
import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.core.Verdict;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Strike;
import dev.redoubt.trainer.GoldenResult;
import dev.redoubt.trainer.GoldenRun;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.program.ProductChecks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A small cluster for stories: say what it has, break it, run it, look at what happened. */
final class Lab implements RunListener {

  static final ModelConfig TINY = new ModelConfig("tiny", 1, 16, 4, 4, 32, 256, 64);

  /** So wide that its gradient becomes final in several buckets. */
  static final ModelConfig WIDE = new ModelConfig("wide", 2, 64, 4, 16, 2048, 256, 64);

  private final List<Fault> faults = new ArrayList<>();
  private final List<Note> notes = new ArrayList<>();
  private final List<Strike> strikes = new ArrayList<>();
  private final List<StepMeasure> measures = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();
  private final List<String> machines = new ArrayList<>();

  /** Who began which step before it was ordered. */
  private final Map<Long, Set<String>> ahead = new ConcurrentHashMap<>();

  private int pods = 3;
  private int ranks = 1;
  private int spares = 0;
  private int steps = 4;
  private int digestEvery = 1;
  private int scrubEvery = 0;
  private Buddies buddies = Buddies.NONE;
  private int strikesToEvict = 2;
  private boolean overlap = true;
  private ModelConfig model = TINY;
  private boolean verbose;
  private @Nullable Path folder;
  private long stallMillis = 30_000;
  private long seed = 7;
  private int controllers = 1;
  private boolean tls;
  private boolean scan;
  private ProductChecks products = ProductChecks.NONE;
  private OptionalInt returnsAfter = OptionalInt.empty();

  Lab pods(int count) {
    pods = count;
    return this;
  }

  Lab ranks(int count) {
    ranks = count;
    return this;
  }

  Lab wide() {
    model = WIDE;
    return this;
  }

  Lab spares(int count) {
    spares = count;
    return this;
  }

  Lab steps(int count) {
    steps = count;
    return this;
  }

  /** The ranks of a pod in a ring: each has the shards of so many before it. */
  Lab buddies(int copies) {
    buddies =
        new Buddies(
            IntStream.range(0, ranks)
                .mapToObj(
                    index ->
                        IntStream.rangeClosed(1, copies)
                            .mapToObj(back -> Math.floorMod(index - back, ranks))
                            .toList())
                .toList());
    return this;
  }

  /** Each rank of a pod has the sum of stripes of all others. */
  Lab sums() {
    buddies = Buddies.sums(ranks);
    return this;
  }

  Lab seed(long value) {
    seed = value;
    return this;
  }

  Lab digestEvery(int every) {
    digestEvery = every;
    return this;
  }

  Lab scrubEvery(int every) {
    scrubEvery = every;
    return this;
  }

  Lab overlap(boolean on) {
    overlap = on;
    return this;
  }

  Lab stallMillis(long most) {
    stallMillis = most;
    return this;
  }

  Lab controllers(int count) {
    controllers = count;
    return this;
  }

  Lab tls() {
    tls = true;
    return this;
  }

  Lab scanning() {
    scan = true;
    return this;
  }

  Lab checkingProducts() {
    products = ProductChecks.ALL;
    return this;
  }

  Lab returning(int afterSteps) {
    returnsAfter = OptionalInt.of(afterSteps);
    return this;
  }

  Lab evictAfter(int count) {
    strikesToEvict = count;
    return this;
  }

  Lab inject(Fault... more) {
    faults.addAll(Arrays.asList(more));
    return this;
  }

  /** Versions go to disk after every step, below {@code where}. */
  Lab onDisk(Path where) {
    folder = where;
    return this;
  }

  Lab verbose() {
    verbose = true;
    return this;
  }

  RunSpec spec() throws Exception {
    TrainConfig train = TrainConfig.defaults(seed, steps, 6, 1, 8);
    ProtocolConfig protocol =
        new ProtocolConfig(
                new Mesh(pods, ranks, spares),
                steps,
                6,
                4,
                digestEvery,
                scrubEvery,
                true,
                overlap,
                strikesToEvict,
                3,
                new ProtocolConfig.Timeouts(60_000, stallMillis, stallMillis, 2_000))
            .with(buddies);
    Path versions = folder;
    RunSpec spec =
        new RunSpec(
            versions == null ? protocol : protocol.with(Disk.lastResort(1)),
            model,
            train,
            Dataset.of(text(), train),
            true,
            new FaultPlan(faults),
            controllers,
            0);
    return (versions == null ? spec : spec.onDisk(versions))
        .returning(returnsAfter)
        .scanning(scan)
        .checking(products)
        .withTls(tls);
  }

  Verdict run() throws Exception {
    return LocalCluster.run(spec(), new FaultLedger(new FaultPlan(faults)), this);
  }

  /** The digest that each rank's shard has in the end. */
  List<Digest> golden() throws Exception {
    RunSpec spec = spec();
    GoldenResult golden = GoldenRun.run(model, spec.train(), spec.data(), 1, ranks, step -> {});
    return IntStream.range(0, ranks).mapToObj(rank -> golden.digest(steps, rank)).toList();
  }

  /** Whether every copy of every shard is golden in the end. */
  boolean isGolden(Verdict verdict) throws Exception {
    List<Digest> golden = golden();
    return verdict instanceof Verdict.Completed completed
        && !completed.finals().isEmpty()
        && completed.finals().stream()
            .allMatch(last -> last.digest().equals(golden.get(last.rank().index())));
  }

  <N extends Note> List<N> notes(Class<N> type) {
    return notes.stream().filter(type::isInstance).map(type::cast).toList();
  }

  int faults() {
    return faults.size();
  }

  List<Strike> strikes() {
    return strikes;
  }

  List<StepMeasure> measures() {
    return measures;
  }

  List<String> refusals() {
    return refusals;
  }

  /** What became of machines: name and word. */
  List<String> machines() {
    return machines;
  }

  static byte[] text() {
    byte[] text = new byte[20_000];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) ('a' + (i * 7 + i / 13) % 26);
    }
    return text;
  }

  static Stream<Digest> finals(Verdict verdict) {
    return verdict instanceof Verdict.Completed completed
        ? completed.finals().stream().map(Verdict.FinalDigest::digest)
        : Stream.empty();
  }

  /** The digest of each pod's whole model. */
  static Stream<Digest> pods(Verdict verdict) {
    Map<Integer, List<Digest>> pods = new TreeMap<>();
    if (verdict instanceof Verdict.Completed completed) {
      completed.finals().stream()
          .sorted(Comparator.comparing(Verdict.FinalDigest::rank))
          .forEach(
              last ->
                  pods.computeIfAbsent(last.rank().pod(), pod -> new ArrayList<>())
                      .add(last.digest()));
    }
    return pods.values().stream().map(Digest::combine);
  }

  @Override
  public void note(long nanos, Note note) {
    notes.add(note);
    say(note);
  }

  @Override
  public void struck(long nanos, Strike strike) {
    strikes.add(strike);
    say(strike);
  }

  @Override
  public void refused(long nanos, String worker, String what, String reason) {
    refusals.add(worker + " refused " + what + ": " + reason);
    say(worker + " refused " + what + ": " + reason);
  }

  @Override
  public void measured(long nanos, StepMeasure measure) {
    measures.add(measure);
  }

  @Override
  public void ahead(long nanos, String worker, long step) {
    ahead.computeIfAbsent(step, next -> ConcurrentHashMap.newKeySet()).add(worker);
  }

  Map<Long, Set<String>> ahead() {
    return ahead;
  }

  @Override
  public void members(int alive) {
    say(alive + " members");
  }

  @Override
  public void acting(long nanos, String node) {
    say(node + " acts");
  }

  @Override
  public void machine(long nanos, String node, String kind, String what) {
    machines.add(node + " " + kind);
    say(node + " " + kind + ": " + what);
  }

  private void say(Object what) {
    if (verbose) {
      System.out.println(System.nanoTime() / 1_000_000 % 1_000_000 + " " + what);
    }
  }
}
